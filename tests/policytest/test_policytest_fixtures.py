"""Fixtures are measured as datasets are: real files, the real readers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checker.errors import PolicyError
from checker.model.composition import Cell, Measurement, Origin, Unmeasured
from checker.model.evidence import Evidence
from checker.model.likeness import Duplication
from checker.model.policy import Policy, Stage
from checker.policy.load import load_policies
from checker.policytest import fixtures
from checker.policytest.fixtures import Fixtures

RULES = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}
  - {id: copies, check: near-duplication, level: block}
"""
RECORDS = [
    {"text": "the river takes the long way round to the sea and nobody minds at all", "origin": "human", "domain": "a"},
    {"text": "the river takes the long way round to the sea and nobody minds at all", "origin": "human", "domain": "a"},
    {"text": "a model wrote this sentence about something else entirely, it seems", "origin": "machine"},
]
CARD = "---\nlicense: mit\n---\n# Notes\n"


def policy(text: str = RULES) -> Policy:
    (found,) = load_policies({"policies/team.yaml": text.encode()})
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tests" / "fixtures" / "notes"
    made.mkdir(parents=True)
    (made / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in RECORDS), encoding="utf-8")
    (made / "README.md").write_text(CARD, encoding="utf-8")
    return made


def measured(folder: Path, text: str = RULES, **given: Any) -> Evidence:
    described: Mapping[str, Any] = given
    return Fixtures(folder.parents[1]).measure("fixtures/notes", described, policy(text), (Stage.PR,))


def cells(evidence: Evidence) -> dict[Cell, int]:
    (found,) = evidence.measurements.values()
    assert isinstance(found, Measurement)
    return {cell: tally.records for cell, tally in found.composition.cells.items()}


def test_records_and_card_are_read(folder: Path) -> None:
    evidence = measured(folder)
    assert cells(evidence) == {Cell(Origin.HUMAN, domain="a"): 2, Cell(Origin.MACHINE): 1}
    assert evidence.card is not None
    assert (evidence.card.path, evidence.card.fields["license"][0].content) == ("data/train/README.md", "mit")
    version = evidence.dataset.version
    assert [shard.path for shard in version.shards or ()] == ["a.jsonl"]
    assert version.size_bytes == (folder / "a.jsonl").stat().st_size


def test_copies_are_counted_where_a_rule_asks_for_them(folder: Path) -> None:
    found = measured(folder).duplication
    assert isinstance(found, Duplication)
    assert (found.whole.documents, found.whole.exact) == (3, 1)
    assert measured(folder, RULES.replace("near-duplication", "card-required")).duplication is None


def test_what_is_given_stands_beside_what_is_measured(folder: Path) -> None:
    given: dict[str, Any] = {
        "role": "gold",
        "labels": ["a"],
        "card": {"fields": {"license": ["cc0-1.0"]}},
        "lineage": {"roots": ["x"]},
    }
    evidence = measured(folder, **given)
    assert evidence.dataset.settings.role.value == "gold"
    assert evidence.dataset.version.labels == ("a",)
    assert evidence.card is not None and evidence.card.fields["license"][0].content == "cc0-1.0"
    assert evidence.lineage is not None and evidence.lineage.roots == ("x",)
    assert measured(folder, card_problem="lost").card is None


def test_records_are_read_as_the_settings_say(folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"wer": "gpt", "text": "x"}\n', encoding="utf-8")
    settings = {"fields": {"origin": "wer"}, "values": {"origin": {"gpt": "machine"}}, "domain": "health"}
    assert cells(measured(folder, settings=settings)) == {Cell(Origin.MACHINE, domain="health"): 1}


def test_a_shard_that_cannot_be_read_is_not_measured(folder: Path) -> None:
    (folder / "a.jsonl").unlink()
    (folder / "a.parquet").write_bytes(b"PAR1 and nothing else")
    (found,) = measured(folder).measurements.values()
    assert isinstance(found, Unmeasured)


def test_one_file_is_a_fixture_too(folder: Path) -> None:
    place = Fixtures(folder.parents[1])
    evidence = place.measure("fixtures/notes/a.jsonl", {}, policy(), (Stage.PR,))
    assert sum(cells(evidence).values()) == 3


def test_the_same_fixture_is_measured_once(folder: Path) -> None:
    place = Fixtures(folder.parents[1])
    first = place.measure("fixtures/notes", {}, policy(), (Stage.PR,))
    again = place.measure("fixtures/notes", {"lineage": {"roots": ["x"]}}, policy(), (Stage.COMMIT,))
    other = place.measure("fixtures/notes", {"settings": {"domain": "health"}}, policy(), (Stage.PR,))
    assert first.measurements is again.measurements
    assert cells(other) != cells(first)


def test_a_fixture_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"text": "x"}\n', encoding="utf-8")
    (folder / "b.jsonl").symlink_to(secret)
    with pytest.raises(PolicyError, match=r"b\.jsonl in the fixture notes is a symlink"):
        measured(folder)
    (folder.parent / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(PolicyError, match="leads out of the folder of the tests"):
        Fixtures(folder.parents[1]).measure("fixtures/elsewhere", {}, policy(), (Stage.PR,))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_nothing_waits_for_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "b.jsonl")
    with pytest.raises(PolicyError, match=r"b\.jsonl in the fixture notes is no regular file"):
        measured(folder)


def test_a_fixture_is_small(folder: Path) -> None:
    for number in range(fixtures.MOST_FILES):
        (folder / f"{number}.jsonl").touch()
    with pytest.raises(PolicyError, match=r"has 1,002 files, at most 1,000 are read"):
        measured(folder)


def test_a_fixture_has_few_bytes(folder: Path) -> None:
    with (folder / "b.jsonl").open("wb") as file:
        file.truncate(fixtures.MOST_BYTES)
    with pytest.raises(PolicyError, match="bytes, at most 67,108,864 are read"):
        measured(folder)


def test_an_empty_fixture_tests_nothing(folder: Path) -> None:
    (folder / "a.jsonl").unlink()
    (folder / "README.md").unlink()
    with pytest.raises(PolicyError, match="the fixture notes is empty"):
        measured(folder)


def test_a_broken_card_is_a_fault(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "card.yaml").write_bytes(b"license: mit\ndescription: \xff\nsources: [a]\nlanguage: en\n")
    with pytest.raises(PolicyError, match="the card of the fixture notes: "):
        measured(folder)
