"""The same commands on every engine, over the demo's corpus and a hundred shards: equal evidence, equal verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from e2e import hundred_shards
from e2e.data_repository import DataRepository
from e2e.machines import Machine, clone, content, document
from engine import clusters

from checker.demo import repository as demo
from checker.demo.workshop import Workshop

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.timeout(600)]
CHECK = ("check", "--rev", "HEAD", "--all", "--format", "json")
SLICES = ("3/4", "1/4", "4/4", "2/4")


class Reference(NamedTuple):
    """A corpus, and what one process of the embedded engine makes of it."""

    repository: DataRepository
    shards: int
    entries: Mapping[str, str]
    verdict: Mapping[str, Any]


def the_demo(folder: Path) -> DataRepository:
    """The repository that `headwater demo` tells its story with, before anything is spoiled."""
    workshop = Workshop(folder / "workshop")
    demo.build(workshop)
    workshop.run("git", "add", "--all")
    workshop.run("git", "commit", "-q", "-m", "Add the handbook, its pipeline and its policy")
    return DataRepository(workshop.data)


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Measured once, and judged where nothing is measured."""
    folder = tmp_path_factory.mktemp("reference")
    repository = the_demo(folder) if request.param == "the demo" else hundred_shards.build(folder)
    machine = clone(repository, folder / "machine")
    summary = measured(machine, folder / "shared")
    return Reference(repository, summary["measured"], content(folder / "shared"), verdict(repository, folder))


def measured(machine: Machine, store: Path, *options: str) -> dict[str, Any]:
    done = machine.headwater("measure", "--download", "--store", str(store), "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return document(done)


def verdict(repository: DataRepository, folder: Path, *options: str) -> dict[str, Any]:
    """By the evidence in the store, in a clone that can neither read a shard nor measure one."""
    judge = clone(repository, folder / "judge", remote=False)
    return document(judge.headwater(*CHECK, "--require-evidence", "--store", str(folder / "shared"), *options))


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options of the command line that name it."""
    if request.param == "local-cluster":
        clusters.need_pyspark()
        clusters.need_java()
        return ("--engine", "spark", "--master", clusters.LOCAL_CLUSTER)
    return ("--engine", "spark", "--remote", request.getfixturevalue(f"{request.param}_address"))


# Each corpus on Spark and on Sail, each kind of Spark with one of them; the contract of engines is held by every kind.
@pytest.mark.parametrize(
    ("reference", "engine"),
    [
        ("the demo", "local-cluster"),
        ("the demo", "sail"),
        ("a hundred shards", "connect"),
        ("a hundred shards", "sail"),
    ],
    indirect=True,
)
def test_an_engine_gives_the_evidence_and_the_verdict_of_one_process(
    reference: Reference, engine: tuple[str, ...], tmp_path: Path
) -> None:
    machine = clone(reference.repository, tmp_path / "driver")
    summary = measured(machine, tmp_path / "shared", *engine)
    assert (summary["measured"], summary["unmeasured"]) == (reference.shards, [])
    assert content(tmp_path / "shared") == reference.entries
    # Texts meet on the engine, too; what it is told to group with is taken from the evidence.
    assert verdict(reference.repository, tmp_path, *engine) == reference.verdict


@pytest.mark.parametrize("reference", ["the demo"], indirect=True)
def test_slices_give_the_evidence_and_the_verdict_of_one_process(reference: Reference, tmp_path: Path) -> None:
    """Of the demo: `test_four_slices` does it with a hundred shards."""
    for number, share in enumerate(SLICES):
        measured(clone(reference.repository, tmp_path / f"machine-{number}"), tmp_path / "shared", "--slice", share)
    assert content(tmp_path / "shared") == reference.entries
    assert verdict(reference.repository, tmp_path) == reference.verdict


@pytest.mark.parametrize("reference", ["the demo"], indirect=True)
def test_a_check_measures_on_an_engine_what_is_not_known(
    reference: Reference, sail_address: str, tmp_path: Path
) -> None:
    store = tmp_path / "shared"
    store.mkdir()
    machine = clone(reference.repository, tmp_path / "driver")
    done = machine.headwater(*CHECK, "--download", "--store", str(store), "--engine", "spark", "--remote", sail_address)
    report = document(done)
    assert done.returncode == reference.verdict["exit_code"], done.stderr
    assert report["outcomes"] == reference.verdict["outcomes"]
    # Counts without tokens, which these rules do not ask for, are entries of their own.
    assert texts(content(store)) <= texts(reference.entries)


def texts(entries: Mapping[str, str]) -> set[tuple[str, str]]:
    found = {(path, digest) for path, digest in entries.items() if path.endswith(".text")}
    assert found
    return found
