"""Real repositories, rebuilt as git histories: every revision is listed, and equals what DVC itself reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from repos import SHARED, GitRepo, dvc_sees, real_histories

from checker.discover import Discovery, discover, lineage_of, open_repository

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not (SHARED / "data" / "dvc").is_dir(), reason="the shared fixtures are not beside the repository"
    ),
]

STATES = (
    ("NatLibFi__FintoAI-data-YSO", 4),
    ("SINTEF-9012__Erdre", 4),
    ("calkit__example-basic", 1),
    ("iterative__demo-bank-customer-churn", 4),
    ("sicara__dvc-streamlit-example", 4),
)
CASES = [pytest.param(name, number, id=f"{name} {number + 1}") for name, count in STATES for number in range(count)]
# DVC 3 refuses the dvc.yaml of these states: it was written for an older DVC.
REFUSED_BY_DVC = {("sicara__dvc-streamlit-example", number) for number in (1, 2, 3)}
OPENED = [
    pytest.param(name, number, id=f"{name} {number + 1}")
    for name, count in STATES
    for number in range(count)
    if (name, number) not in REFUSED_BY_DVC
]
Histories = Mapping[str, tuple[GitRepo, tuple[str, ...]]]


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Histories:
    return real_histories(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def seen_by_dvc(histories: Histories) -> Mapping[tuple[str, int], dict[str, Any]]:
    asked = [(name, number) for name, count in STATES for number in range(count)]
    views = dvc_sees(*((histories[name][0], histories[name][1][number]) for name, number in asked))
    return dict(zip(asked, views, strict=True))


def found_in(histories: Histories, name: str, number: int) -> Discovery:
    repo, tags = histories[name]
    return discover(open_repository(repo.folder).revision(tags[number]))


@pytest.mark.parametrize(("name", "number"), CASES)
def test_every_revision_is_listed_without_a_problem(histories: Histories, name: str, number: int) -> None:
    found = found_in(histories, name, number)
    assert found.problems == ()
    assert found.versions
    assert all(version.definition.line for version in found.versions)
    for version in found.versions:
        lineage = lineage_of(version, found, lambda one: one.shards)
        assert lineage.steps
        assert lineage.roots


def test_dvc_itself_opens_all_but_the_known_states(
    seen_by_dvc: Mapping[tuple[str, int], dict[str, Any]],
) -> None:
    assert {state for state, seen in seen_by_dvc.items() if seen["problems"]} == REFUSED_BY_DVC


@pytest.mark.parametrize(("name", "number"), OPENED)
def test_the_outs_are_those_that_dvc_reports(
    histories: Histories, seen_by_dvc: Mapping[tuple[str, int], dict[str, Any]], name: str, number: int
) -> None:
    seen = seen_by_dvc[name, number]
    found = found_in(histories, name, number)
    ours = {
        version.path: (
            version.stage,
            version.hash,
            version.hash_name if version.hash else None,
            version.size_bytes,
            version.file_count,
            version.cached,
            version.role,
            version.frozen,
        )
        for version in found.versions
    }
    theirs = {
        out["path"]: tuple(
            out[key] for key in ("stage", "hash", "hash_name", "size", "files", "cached", "role", "frozen")
        )
        for out in seen["outs"]
    }
    assert ours == theirs


@pytest.mark.parametrize(("name", "number"), OPENED)
def test_the_stages_use_what_dvc_says_they_use(
    histories: Histories, seen_by_dvc: Mapping[tuple[str, int], dict[str, Any]], name: str, number: int
) -> None:
    found = found_in(histories, name, number)
    ours = {
        (stage.step.definition.path, stage.name): (
            stage.cmd,
            {dep.path for dep in stage.step.deps if dep.kind == "path"},
            {use.path: sorted(use.keys) for use in stage.params},
        )
        for stage in found.stages
    }
    theirs = {
        (stage["file"], stage["name"]): (stage["cmd"], set(stage["deps"]), stage["params"])
        for stage in seen_by_dvc[name, number]["stages"]
    }
    assert ours == theirs
