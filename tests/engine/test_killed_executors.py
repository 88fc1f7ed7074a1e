"""An executor of Spark that is killed in the middle costs time and nothing else: what comes out is the same."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from engine import clusters, kernels
from engine.shards import FolderStore, notes

from benchmarks.keyfiles import simulate
from checker.compare import bucket_edges
from checker.engine.choosing import Choice
from checker.engine.embedded import Embedded
from checker.engine.kernels import measure_one
from checker.engine.seam import Descriptor, Engine, GroupKernel, KeyFile, Measured, Work
from checker.engine.spark.engine import Spark, open_spark
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.dataset import DatasetSettings

T = TypeVar("T")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"),
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the executor of a worker in /proc"),
]
DOCUMENTS, SHARDS, PARTS = 50_000, 12, 64
# Of 40 parts with keys, which are those of four tasks on two executors: the first two tasks are done by then.
CALLS = 25
_PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    clusters.need_pyspark()
    clusters.need_java()
    opened = open_spark(Choice(master=clusters.LOCAL_CLUSTER))
    yield opened
    opened.close()


def test_an_executor_is_killed_in_the_middle_of_the_shuffle(spark: Spark, tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "evidence")
    files = simulate(cache, DOCUMENTS, SHARDS)
    marks = tmp_path / "marks"
    marks.mkdir()
    expected = digest_of(Embedded(), files, cache, bucket_edges)
    tracker = spark.session.spark.sparkContext.statusTracker()

    def kill() -> tuple[list[int], list[str]]:
        """The stages that ran, and what was done by then."""
        waits = wait_for(lambda: list(marks.glob("waits.*")))
        done, running = [mark.name for mark in marks.glob("done.*")], list(tracker.getActiveStageIds())
        worker = int(waits[0].name.split(".")[2])
        # An executor of which a container gets rid takes its Python along; alone it would end what it had begun.
        for process in (executor_of(worker), worker):
            killed(process)
        (marks / "killed").touch()
        return running, done

    with ThreadPoolExecutor(1) as beside:
        killer = beside.submit(kill)
        found = digest_of(spark, files, cache, partial(kernels.edges_after_the_kill, str(marks), CALLS))
        running, done = killer.result(_PATIENCE_SECONDS)
    assert found == expected
    assert found[1] > DOCUMENTS
    # The kill has hit a stage that ran, after some of its tasks had ended and before others had begun.
    assert running
    after = {mark.name for mark in marks.glob("done.*")} - set(done)
    assert CALLS <= len(done) < 40 <= len(done) + len(after)
    # What the executor had cut out of the key files went with it, and was cut out once more.
    attempts = [tracker.getStageInfo(stage) for stage in range(max(running) + 1)]
    assert any(info.numFailedTasks or info.currentAttemptId for info in attempts if info is not None)
    # A part at which a worker waited in vain was done by another one.
    waited = {mark.name.removeprefix("waits.") for mark in marks.glob("waits.*")}
    in_vain = {name.split(".")[0] for name in waited if not (marks / f"done.{name}").exists()}
    assert in_vain & {name.split(".")[1] for name in after}


def test_an_executor_is_killed_while_it_measures(spark: Spark, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    shards = [store.add(f"{number}.jsonl", *notes(100 * number)) for number in range(6)]
    plan = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
    descriptors = [Descriptor(task, plan) for task in tasks_of(shards, plan.settings)]
    hurt = shards[2][1]
    (tmp_path / "stuck").mkdir()
    (tmp_path / "stuck" / hurt.hash).touch()

    def kill() -> int:
        worker = wait_for(lambda: store.worker_at(hurt))
        assert worker is not None
        for process in (executor_of(worker), worker):
            killed(process)
        (tmp_path / "stuck" / hurt.hash).unlink()
        return worker

    with ThreadPoolExecutor(1) as beside:
        killer = beside.submit(kill)
        found = dict(evidence_of(spark, descriptors, store, tmp_path / "spark"))
        first = killer.result(_PATIENCE_SECONDS)
    # It was being measured when its executor was killed, and was then measured by another worker.
    assert store.opened().count(hurt.hash) >= 2
    assert store.worker_at(hurt) != first
    assert found == dict(evidence_of(Embedded(), descriptors, store, tmp_path / "embedded"))
    assert len(found) == 2 * len(shards)


def digest_of(engine: Engine, files: list[KeyFile], cache: EvidenceCache, kernel: GroupKernel) -> tuple[str, int]:
    """The sha256 of all links, and their number."""
    digest, count = hashlib.sha256(), 0
    for links in engine.group(files, kernel, cache, PARTS):
        digest.update(links.edges.tobytes())
        count += len(links.edges)
    return digest.hexdigest(), count


def evidence_of(
    engine: Engine, descriptors: list[Descriptor], store: FolderStore, folder: Path
) -> Iterator[tuple[str, bytes]]:
    """Every entry that measuring leaves."""
    results = list(engine.map_shards(descriptors, Work(measure_one, store, EvidenceCache(folder))))
    assert all(isinstance(result, Measured) for _, result in results)
    for file in folder.glob("[0-9a-f][0-9a-f]/*"):
        yield file.relative_to(folder).as_posix(), file.read_bytes()


def executor_of(worker: int) -> int:
    """The JVM above a worker of Python."""
    while worker > 1:
        if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{worker}/cmdline").read_bytes():
            return worker
        worker = int(Path(f"/proc/{worker}/stat").read_text().rpartition(") ")[2].split()[1])
    raise AssertionError("the worker belongs to no executor")


def killed(process: int) -> None:
    """Kill it, unless it is gone already, and see that it is gone."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    wait_for(lambda: gone(process))


def gone(process: int) -> bool:
    """Whether it runs no more; its parent may not have heard of that yet."""
    try:
        return " Z " in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_for(what: Callable[[], T]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
