"""The checks on text over real shards: what they find is there, and their advice mends it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import DataRepository, build
from e2e.releases import SETTINGS, records, release, write

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
select: {datasets: [data/train]}
rules:
  - {id: copies, check: duplication, level: block}
  - {id: near, check: near-duplication, level: block, with: {max_growth: 0.0}}
  - {id: leaks, check: gold-overlap, level: block, with: {against: [gold]}}
  - {id: tails, check: tail-coverage, level: block, with: {rare_types: 0}}
  - {id: varied, check: diversity, level: block}
  - {id: collapse, check: collapse-score, level: block}
"""
SHARD = "data/train/c.jsonl"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Clean training data under a policy of all checks on text."""
    repository = build(tmp_path_factory.mktemp("text-rules"), [("headwater.yaml", SETTINGS)])
    (repository.path / "policies/team.yaml").write_text(POLICY)
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        write(repository.path / f"data/train/{name}.jsonl", records(seed, 200, "human", "nnnsse"))
    write(repository.path / "data/gold/gold.jsonl", records(4, 90, "human", "nnnsse"))
    release(repository, "v1")
    return repository


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy that the test may change."""
    path = tmp_path / "data-repository"
    shutil.copytree(template.path, path, symlinks=True)
    return DataRepository(path)


def judged(repository: DataRepository, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    """The outcomes of each rule over what is staged."""
    repository.track("data/train", "data/gold")
    arguments = arguments or ("--staged", "--all")
    done = repository.headwater("check", "--stage", "push", *arguments, "--format", "json")
    found: dict[str, list[dict[str, Any]]] = {}
    for outcome in json.loads(done.stdout)["outcomes"]:
        found.setdefault(outcome["rule"].removeprefix("team/"), []).append(outcome)
    return found


def statuses(outcomes: list[dict[str, Any]]) -> list[str]:
    return [outcome["status"] for outcome in outcomes]


def lines(repository: DataRepository) -> list[str]:
    return (repository.path / SHARD).read_text("utf-8").splitlines(keepends=True)


def rewrite(repository: DataRepository, kept: list[str]) -> None:
    # DVC may have made the file a link into its cache, which must stay as it is.
    (repository.path / SHARD).unlink()
    (repository.path / SHARD).write_text("".join(kept), encoding="utf-8")


def test_clean_data_pass_and_what_is_too_small_is_said_to_be(repository: DataRepository) -> None:
    found = judged(repository)
    assert {rule: set(statuses(found[rule])) for rule in ("copies", "near", "leaks", "tails")} == {
        "copies": {"pass"},
        "near": {"pass"},
        "leaks": {"pass"},
        "tails": {"pass"},
    }
    for rule in ("varied", "collapse"):
        assert statuses(found[rule]) == ["not-evaluated"]
        assert "insufficient-" in found[rule][0]["message"]


def test_removing_the_copies_that_the_message_counts_mends_it(repository: DataRepository) -> None:
    clean = lines(repository)
    rewrite(repository, [*clean, *clean[:30]])
    (said,) = judged(repository)["copies"]
    assert said["status"] == "fail"
    assert "30 of 630 documents" in said["message"]
    match = re.match(r"remove (\d+) copies from data/train; c.jsonl alone holds 30", said["fix"])
    assert match is not None, said["fix"]
    rewrite(repository, [*clean, *clean[: 30 - int(match[1])]])
    assert statuses(judged(repository)["copies"]) == ["pass"]
    rewrite(repository, [*clean, *clean[: 31 - int(match[1])]])
    assert statuses(judged(repository)["copies"]) == ["fail"]


def test_the_named_place_is_the_leaked_document(repository: DataRepository) -> None:
    gold = (repository.path / "data/gold/gold.jsonl").read_text("utf-8").splitlines(keepends=True)
    rewrite(repository, [*lines(repository), gold[7]])
    documents, _ = judged(repository)["leaks"]
    assert (documents["status"], documents["measured"], documents["limit"]) == ("fail", 1, 0)
    assert f"such as {SHARD}:201 = data/gold/gold.jsonl:8" in documents["message"]
    assert json.loads(gold[7])["text"][:20] not in json.dumps(documents)
    rewrite(repository, lines(repository)[:200])
    assert set(statuses(judged(repository)["leaks"])) == {"pass"}


def test_near_copies_that_came_since_the_base(repository: DataRepository) -> None:
    # Only the last word differs, so one word 5-gram of some thirty: far beyond the similarity that is asked for.
    changed = [re.sub(r"Note (3-\d+)\.", r"Note \1x.", line) for line in lines(repository)[:20]]
    assert not set(changed) & set(lines(repository))
    rewrite(repository, [*lines(repository), *changed])
    repository.track("data/train")
    repository.git("commit", "--quiet", "-m", "Add near-copies")
    found = judged(repository, "--base", "v1")["near"]
    growth = next(outcome for outcome in found if outcome["scope"] == {"against": "base"})
    assert growth["status"] == "fail"
    assert growth["fix"].startswith("remove 20 near-copies that came since the base")


def test_bringing_back_the_told_records_mends_the_tail(repository: DataRepository) -> None:
    for name in "abc":
        path = repository.path / f"data/train/{name}.jsonl"
        kept = [line for line in path.read_text("utf-8").splitlines(keepends=True) if '"dialect": "e"' not in line]
        path.unlink()
        path.write_text("".join(kept), encoding="utf-8")
    lost = next(outcome for outcome in judged(repository)["tails"] if outcome["status"] == "fail")
    assert lost["scope"] == {"class": "e", "slice": "dialect"}
    assert "dialect e has 0 records" in lost["message"]
    match = re.match(r"bring back (\d+) records of dialect e", lost["fix"])
    assert match is not None
    write(repository.path / "data/train/back.jsonl", records(9, int(match[1]), "human", "e"))
    assert "fail" not in statuses(judged(repository)["tails"])
