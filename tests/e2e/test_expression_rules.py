"""Conditions of one's own in a real repository: judged at commit, open where evidence lacks, refused where wrong."""

from __future__ import annotations

import json

import pytest
from e2e.data_repository import DataRepository

from checker.rules._cel import installed

pytestmark = pytest.mark.skipif(not installed(), reason="the extra `cel` is not installed")

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: own, version: "1.0.0"}
select: {datasets: ["data/**"]}
rules:
  - id: own
    check: expression
    level: block
    with:
      cel: %s
"""


def judged(repository: DataRepository, cel: str, *more: str) -> tuple[int, dict[str, object]]:
    """The exit code, and the outcome of the rule."""
    (repository.path / "policies/own.yaml").write_text(POLICY % cel, encoding="utf-8")
    repository.git("add", "--all", ".")
    done = repository.headwater("check", "--all", "--format", "json", *more)
    assert done.stdout, done.stderr
    [outcome] = [each for each in json.loads(done.stdout)["outcomes"] if each["rule"] == "own/own"]
    return done.returncode, outcome


def test_what_holds_and_what_does_not_at_commit(repository: DataRepository) -> None:
    code, outcome = judged(repository, "records.total == 200 && share.machine <= 0.075 && card.synthetic")
    assert (code, outcome["status"]) == (0, "pass"), outcome
    code, outcome = judged(repository, "share.machine < 0.075")
    assert (code, outcome["status"], outcome["measured"]) == (1, "fail", 0.075)
    assert outcome["message"] == "data/train: share.machine < 0.075: this does not hold, as share.machine is 0.075"


def test_a_card_is_judged_without_measuring(repository: DataRepository) -> None:
    code, outcome = judged(repository, "\"'en' in card.language && lineage.steps == 1\"", "--budget", "0")
    assert (code, outcome["status"]) == (0, "pass"), outcome


def test_copies_within_the_dataset_are_counted(repository: DataRepository) -> None:
    code, outcome = judged(repository, "copies.exact * 100 <= copies.documents", "--budget", "60")
    assert (code, outcome["status"]) == (1, "fail")
    assert "copies.documents is 200" in str(outcome["message"])


def test_gold_that_nobody_named_leaves_it_open(repository: DataRepository) -> None:
    cel = "gold.records >= 1 || share.machine < 1.0"
    (repository.path / "policies/own.yaml").write_text(POLICY % cel, encoding="utf-8")
    repository.git("add", "--all", ".")
    repository.git("commit", "--quiet", "--no-verify", "-m", "Ask for gold")
    repository.git("switch", "--quiet", "--create", "change")
    repository.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Change nothing")
    code, outcome = judged(repository, cel, "--base", "main", "--policy-ref", "main", "--offline")
    assert outcome["status"] == "not-evaluated", outcome
    assert "gold" in str(outcome["message"])
    assert code == 3


def test_a_misspelled_variable_ends_with_2_at_its_place(repository: DataRepository) -> None:
    (repository.path / "policies/own.yaml").write_text(POLICY % "share.machin <= 0.2", encoding="utf-8")
    repository.git("add", "--all", ".")
    done = repository.headwater("check")
    assert done.returncode == 2
    assert "policies/own.yaml:10:12" in done.stderr
    assert "did you mean share.machine?" in done.stderr
