"""Measuring in worker processes gives what measuring in one process gives, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from engine import kernels
from engine.shards import FolderStore, notes

from checker.engine.embedded import Embedded
from checker.engine.kernels import measure_one, verify_one
from checker.engine.measuring import measure_all
from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.engine.sizes import LITTLE_BYTES, LITTLE_TEXT_BYTES, worth
from checker.errors import EngineError
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.measure.shards import tasks_of
from checker.model.composition import Absence, Composition, Measurement, Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.store.encoding import digest_of
from checker.store.entries import Kept

T = TypeVar("T")
# numpy: compiling would pay for the bytes that these shards claim to have.
PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
Shards = list[tuple[DatasetVersion, Shard]]


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


@pytest.fixture
def shards(store: FolderStore) -> Shards:
    """Five that can be read, one of no known format, one cut off, and one whose bytes are not there."""
    found = [store.add(f"{number}.jsonl", *notes(100 * number)) for number in range(5)]
    found.append(store.add("table.xyz", data=bytes(range(256)) * 8))
    found.append(store.add("cut.parquet", data=b"PAR1 and nothing more"))
    gone = store.add("gone.jsonl", {"text": "was here"})
    (store.folder / "objects" / gone[1].hash).unlink()
    return [*found, gone]


def outcome(found: Mapping[str, Measurement | Unmeasured]) -> dict[str, object]:
    """All that a check can see, and the bits of the evidence about the text."""
    return {
        key: (result.composition, result.digest, result.key, result.text and (result.text.key, result.text.digest))
        if isinstance(result, Measurement)
        else result
        for key, result in found.items()
    }


def wait_for(what: Callable[[], T], seconds: float = 20) -> T:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_workers_give_what_one_process_gives_bit_for_bit(
    store: FolderStore, shards: Shards, tmp_path: Path, jobs: int
) -> None:
    whole = measure_shards(shards, store, PLAN, EvidenceCache(tmp_path / "one"), budget_seconds=None)
    cache = EvidenceCache(tmp_path / "many")
    found = measure_all(shards, store, PLAN, cache, jobs=jobs, budget_seconds=None)
    assert list(found) == list(whole)
    assert outcome(found) == outcome(whole)
    assert sum(isinstance(result, Measurement) for result in found.values()) == 5
    again = measure_all(list(reversed(shards)), store, PLAN, cache, jobs=jobs, budget_seconds=None)
    assert outcome(again) == outcome(whole)


def test_what_is_known_is_not_opened_again(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache")
    measure_all(shards[:5], store, PLAN, cache, jobs=2, budget_seconds=None)
    assert len(store.opened()) == 5
    measure_all(shards[:5], store, PLAN, cache, jobs=2, budget_seconds=None)
    assert len(store.opened()) == 5


def test_each_content_is_opened_once(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    version, shard = shards[0]
    twice = [*shards[:3], (version, shard._replace(path="copy.jsonl"))]
    found = measure_all(twice, store, PLAN, EvidenceCache(tmp_path / "cache"), jobs=2, budget_seconds=None)
    assert len(found) == 3
    assert sorted(store.opened()) == sorted(shard.hash for _, shard in shards[:3])


def test_a_budget_is_not_spent_on_starting_workers(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    found = measure_all(shards[:2], store, PLAN, EvidenceCache(tmp_path / "cache"), jobs=2, budget_seconds=60)
    assert all(isinstance(result, Measurement) for result in found.values())
    assert {store.worker_at(shard) for _, shard in shards[:2]} == {os.getpid()}


def test_a_spent_budget_defers_all_but_what_is_known(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache")
    measure_all(shards[:1], store, PLAN, cache, jobs=1, budget_seconds=None)
    found = measure_all(shards[:2], store, PLAN, cache, jobs=2, budget_seconds=0)
    assert [type(found[shard.hash]) for _, shard in shards[:2]] == [Measurement, Unmeasured]
    second = found[shards[1][1].hash]
    assert isinstance(second, Unmeasured)
    assert second.absence is Absence.DEFERRED


@pytest.mark.parametrize("path", [None, "a file"])
def test_without_a_cache_this_process_measures(
    store: FolderStore, shards: Shards, tmp_path: Path, path: str | None
) -> None:
    if path is not None:
        (tmp_path / path).write_text("in the way of the folder")
    cache = EvidenceCache(None if path is None else tmp_path / path)
    found = measure_all(shards[:3], store, PLAN, cache, jobs=2, budget_seconds=None)
    whole = measure_shards(shards[:3], store, PLAN, EvidenceCache(tmp_path / "one"), budget_seconds=None)
    assert [result.digest for result in found.values() if isinstance(result, Measurement)] == [
        result.digest for result in whole.values() if isinstance(result, Measurement)
    ]
    assert len(found) == 3


def test_a_worker_that_is_killed_costs_its_shard_alone_and_only_once(
    store: FolderStore, shards: Shards, tmp_path: Path
) -> None:
    hurt = shards[1][1]
    (store.folder / "stuck").mkdir()
    (store.folder / "stuck" / hurt.hash).touch()

    def kill() -> None:
        os.kill(wait_for(lambda: store.worker_at(hurt)) or 0, signal.SIGKILL)
        (store.folder / "stuck" / hurt.hash).unlink()

    killer = threading.Thread(target=kill)
    killer.start()
    found = measure_all(shards[:5], store, PLAN, EvidenceCache(tmp_path / "cache"), jobs=2, budget_seconds=None)
    killer.join()
    assert all(isinstance(result, Measurement) for result in found.values())
    assert sorted(store.opened()) == sorted([*(shard.hash for _, shard in shards[:5]), hurt.hash])


def test_a_shard_that_ends_its_worker_twice_is_named(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    hurt = shards[1][1]
    (store.folder / "stuck").mkdir()
    (store.folder / "stuck" / hurt.hash).touch()

    def kill() -> None:
        first = wait_for(lambda: store.worker_at(hurt))
        os.kill(first or 0, signal.SIGKILL)
        os.kill(wait_for(lambda: {store.worker_at(hurt)} - {first}).pop() or 0, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = dict(measure_all(shards[:5], store, PLAN, EvidenceCache(tmp_path / "cache"), jobs=2, budget_seconds=None))
    killer.join()
    lost = found.pop(hurt.hash)
    assert isinstance(lost, Unmeasured)
    assert lost.reason == "1.jsonl: the worker process that measured it was ended twice (SIGKILL)"
    assert "--jobs" in lost.fix
    assert [type(result) for result in found.values()] == [Measurement] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a bound on its data")
def test_a_shard_that_needs_more_memory_than_a_worker_has_is_named(store: FolderStore, shards: Shards) -> None:
    sizes = (2**20, 2**30, 2**21)
    told = [(version, shard._replace(size_bytes=size)) for size, (version, shard) in zip(sizes, shards, strict=False)]
    descriptors = [Descriptor(task, PLAN) for task in tasks_of(told, PLAN.settings)]
    work = Work(kernels.hungry, store, EvidenceCache(None))
    found = {one.task.shard.path: result for one, result in Embedded(1, 192 * 2**20).map_shards(descriptors, work)}
    assert [type(found[f"{number}.jsonl"]) for number in range(3)] == [Measured, Unmeasured, Measured]
    lost = found["1.jsonl"]
    assert isinstance(lost, Unmeasured)
    assert lost.reason == "1.jsonl: measuring it takes more memory than one worker may use"
    assert "--memory" in lost.fix


def test_kernels_that_cannot_be_used_are_told_once(
    store: FolderStore, shards: Shards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked" / "numba"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('numba is broken here')\n")
    monkeypatch.setattr(sys, "path", [str(blocked.parent), *sys.path])
    told: list[str] = []
    wanted, cache = replace(PLAN, backend="numba"), EvidenceCache(tmp_path / "cache")
    found = measure_all(shards[:3], store, wanted, cache, jobs=2, budget_seconds=None, note=told.append)
    assert all(isinstance(result, Measurement) for result in found.values())
    assert len(told) == 1
    assert "text is measured with numpy" in told[0]
    assert "numba is broken here" in told[0]


def test_progress_counts_every_shard(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    cache = EvidenceCache(tmp_path / "cache")
    measure_all(shards[:1], store, PLAN, cache, jobs=1, budget_seconds=None)
    measure_all(shards[:4], store, PLAN, cache, jobs=2, budget_seconds=None, progress=lambda *step: seen.append(step))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert (seen[0][:2], seen[-1]) == ((1, 4), (4, 4, ""))


@pytest.mark.parametrize(
    ("size", "text", "jobs"),
    [
        pytest.param(LITTLE_TEXT_BYTES - 1, True, 1, id="a little text"),
        pytest.param(LITTLE_TEXT_BYTES, True, 4, id="enough text"),
        pytest.param(LITTLE_BYTES - 1, False, 1, id="no text is quick to read"),
        pytest.param(LITTLE_BYTES, False, 4, id="a lot"),
    ],
)
def test_workers_are_started_when_they_pay(tmp_path: Path, size: int, text: bool, jobs: int) -> None:
    assert worth(4, 10, size, EvidenceCache(tmp_path), text=text) == jobs
    assert worth(4, 3, size, EvidenceCache(tmp_path), text=text) == min(jobs, 3)
    assert worth(4, 10, size, EvidenceCache(None), text=text) == 1


def test_a_forged_entry_differs_from_a_second_measurement(store: FolderStore, shards: Shards, tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache")
    measure_all(shards[:2], store, PLAN, cache, jobs=1, budget_seconds=None)
    good, forged = (Descriptor(task, PLAN) for task in tasks_of(shards[:2], PLAN.settings))
    known = measure_all(shards[1:2], store, PLAN, cache, jobs=1, budget_seconds=None)[shards[1][1].hash]
    assert isinstance(known, Measurement)
    cells = {cell: tally._replace(reviewed=tally.records) for cell, tally in known.composition.cells.items()}
    invented = Composition(cells)
    cache.put(known.key, Kept(invented, digest_of(invented)))
    work = Work(verify_one, store, cache)
    found = [result for _, result in Embedded(1).map_shards([good, forged], work)]
    assert [result.differs for result in found if isinstance(result, Measured)] == [(), ("composition",)]


class Elsewhere(Embedded):
    """Its workers keep what they measure in a folder that this process does not see, or cannot keep it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def map_shards(
        self, descriptors: Iterable[Descriptor], work: Work
    ) -> Generator[tuple[Descriptor, Result], None, None]:
        return super().map_shards(descriptors, work._replace(cache=EvidenceCache(self.folder)))


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        pytest.param("there", "it is not where its worker has put it", id="another folder"),
        pytest.param(
            "file/there", r"measurements are not kept: .*file/there cannot be written \(Not a d", id="no room"
        ),
    ],
)
def test_evidence_that_an_engine_does_not_hand_over_is_not_measured_here(
    store: FolderStore, shards: Shards, tmp_path: Path, folder: str, why: str
) -> None:
    (tmp_path / "file").touch()
    engine, cache = Elsewhere(tmp_path / folder), EvidenceCache(tmp_path / "here")
    with pytest.raises(
        EngineError, match=rf"^the evidence of 0.jsonl is not known \(8 of 8 shards lack it\): {why}.*; see"
    ):
        measure_all(shards, store, PLAN, cache, jobs=1, budget_seconds=None, engine=lambda: engine)
    assert len(store.opened()) == 1


def test_a_descriptor_is_small_however_many_shards_its_dataset_has(store: FolderStore, shards: Shards) -> None:
    import pickle

    many = tuple(Shard(f"{number}.jsonl", f"{number:032x}") for number in range(10_000))
    version = shards[0][0]._replace(shards=many)
    task = tasks_of([(version, shards[0][1])], PLAN.settings)[0]
    sent: list[Descriptor] = []

    def catch(descriptor: Descriptor, work: Work) -> Measured:
        sent.append(descriptor)
        return Measured("", "", "")

    list(Embedded(1).map_shards([Descriptor(task, PLAN)], Work(catch, store, EvidenceCache(None))))
    assert len(pickle.dumps(sent)) < 2000
    assert pickle.loads(pickle.dumps(Work(measure_one, store, EvidenceCache(None))))[0] is measure_one
