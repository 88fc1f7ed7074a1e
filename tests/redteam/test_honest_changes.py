"""Pull requests that mean no harm: the gate lets them pass, or says in a word what to do."""

from __future__ import annotations

from redteam.pull_request import PullRequest, blocking, rows, told


def test_the_repository_passes_its_own_judgement(pull_request: PullRequest) -> None:
    report = pull_request.judge()
    assert told(blocking(report)) == ""
    assert report.verdict == "pass"


def test_clean_data_passes(pull_request: PullRequest) -> None:
    pull_request.track("data/train", {"a.jsonl": rows(90, 10), "b.jsonl": rows(95, 5), "c.jsonl": rows(50, 1)})
    report = pull_request.judge()
    assert told(blocking(report)) == ""
    assert report.verdict == "pass"
