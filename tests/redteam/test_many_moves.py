"""Thousands of datasets that a change renames at once are told in seconds, each by the rule that it leaves."""

from __future__ import annotations

import time

import pytest

from checker.discover import Discovery
from checker.discover.git import Git
from checker.discover.tree import Entry, Tree
from checker.governance import Rules
from checker.model.dataset import DatasetVersion, Snapshot, SnapshotKind
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.policy.rulebook import read_rulebook
from checker.scope import Found
from checker.trust import moved_out

MANY = 3_000
POLICY = b"""\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
select: {datasets: ["data/**", "new/**"]}
rules: [{id: trail, check: lineage-complete, level: block}]
"""


class _Listed(Tree):
    """A state of which only the names of files count."""

    def __init__(self, label: str, paths: list[str]) -> None:
        super().__init__(Snapshot(SnapshotKind.REVISION, label, label, label), Git("."))
        self._paths = paths

    def _list(self) -> dict[str, Entry]:
        return {path: Entry("100644", "0" * 40) for path in self._paths}


def told(before: dict[str, str], after: dict[str, str]) -> tuple[Outcome, ...]:
    """What is said of a change; both map the paths of datasets to their hashes."""
    old, new = (
        Discovery(
            _Listed(label, [f"{path}.dvc" for path in state]),
            ("",),
            tuple(DatasetVersion(path, "", content, Location(f"{path}.dvc", 1)) for path, content in state.items()),
            (),
            (),
        )
        for label, state in (("before", before), ("after", after))
    )

    def store() -> None:
        raise AssertionError("no list of shards is needed for single files")

    rules = Rules(read_rulebook({"policies/team.yaml": POLICY}), trusted=old.tree)
    return moved_out.outcomes(rules, (old.tree,), Found((), new, old, True), store)  # type: ignore[arg-type]  # no shard is asked for


BEFORE = {f"data/{number}.jsonl": f"{number:032x}" for number in range(MANY)}


@pytest.mark.parametrize(
    ("after", "status", "number"),
    [
        pytest.param({f"new/{name}": content for name, content in BEFORE.items()}, None, 0, id="where rules reach"),
        pytest.param(
            {f"new/{name}": f"f{content[1:]}" for name, content in BEFORE.items()},
            Status.WARN,
            MANY,
            id="where rules reach, and altered",
        ),
        pytest.param(
            {f"out/{name}": content for name, content in BEFORE.items()}, Status.FAIL, MANY, id="where no rule reaches"
        ),
    ],
)
def test_thousands_of_renamed_datasets(after: dict[str, str], status: Status | None, number: int) -> None:
    start = time.process_time()
    found = told(BEFORE, after)
    assert time.process_time() - start < 8
    assert len(found) == number
    assert {outcome.status for outcome in found} == ({status} if status else set())


def test_each_is_found_under_its_new_name() -> None:
    after = {f"out/{MANY - number}.jsonl": content for number, content in enumerate(BEFORE.values())}
    [first, *_] = told(BEFORE, after)
    assert first.message.startswith(f"data/0.jsonl is out/{MANY}.jsonl now, out of reach of team/trail")
