"""Shards on a Spark of our own, started from a folder that is hostile: what becomes of each, and of the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine import clusters, spark_kernels
from engine.shards import FolderStore, notes

from checker.engine.choosing import Choice, open_engine
from checker.engine.kernels import measure_one
from checker.engine.seam import Descriptor, Engine, Kernel, Measured, Result, Work
from checker.engine.spark.engine import Spark
from checker.engine.workers import WorkerFault
from checker.errors import ObjectOffline, UsageError
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.composition import Unmeasured
from checker.model.dataset import DatasetSettings

pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"),
    pytest.mark.timeout(600),
]
PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
# Modules that a worker imports: were they taken from the folder, they would leave a mark and be of no use.
HOSTILE = ("numpy.py", "pyarrow.py", "json.py", "checker/__init__.py", "pyspark/__init__.py", "sitecustomize.py")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a pull request may bring it; `mark` lies there when any of it has run."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in HOSTILE:
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"open({str(folder / 'mark')!r}, 'a').close()\nraise SystemExit('hostile')\n")
    return folder


@pytest.fixture(scope="module")
def engine(hostile: Path) -> Iterator[Engine]:
    clusters.need_pyspark()
    clusters.need_java()
    before = Path.cwd()
    os.chdir(hostile)
    interrupts = signal.getsignal(signal.SIGINT)
    try:
        made = open_engine(Choice(master="local[2]"))
    finally:
        os.chdir(before)
    assert signal.getsignal(signal.SIGINT) is interrupts, "pyspark keeps Ctrl-C to itself"
    try:
        yield made
    finally:
        made.close()


def mapped(engine: Engine, folder: Path, kernel: Kernel, *names: str) -> dict[str, Result]:
    """What comes of shards of these names."""
    store = FolderStore(folder)
    shards = [store.add(name, *notes(100 * number)) for number, name in enumerate(names)]
    descriptors = [Descriptor(task, PLAN) for task in tasks_of(shards, PLAN.settings)]
    work = Work(kernel, store, EvidenceCache(folder / "evidence"))
    (folder / "evidence").mkdir(exist_ok=True)
    return {one.task.shard.path: result for one, result in engine.map_shards(descriptors, work)}


def test_nothing_of_the_folder_it_is_started_in_runs_in_a_worker(engine: Engine, hostile: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-S", "-c", "import numpy"], cwd=hostile, capture_output=True)
    (hostile / "mark").unlink()  # it was there: whoever imports from there is caught
    found = mapped(engine, tmp_path, spark_kernels.where, "0.jsonl")["0.jsonl"]
    assert isinstance(found, Measured)
    assert str(hostile) not in found.note
    assert not (hostile / "mark").exists()
    assert sorted(path.relative_to(hostile).as_posix() for path in hostile.rglob("*.py")) == sorted(HOSTILE)


def test_a_shard_that_kills_its_worker_costs_itself_alone(engine: Engine, tmp_path: Path) -> None:
    names = ["0.jsonl", "1.jsonl", "killer.jsonl", "3.jsonl"]
    found = mapped(engine, tmp_path, spark_kernels.by_name, *names)
    assert sorted(found) == sorted(names)
    lost = found.pop("killer.jsonl")
    assert isinstance(lost, Unmeasured)
    assert lost.reason == "killer.jsonl: Spark's worker that measured it was ended 2 times"
    assert "spark.executor.memoryOverhead" in lost.fix
    assert {type(result) for result in found.values()} == {Measured}
    opened = FolderStore(tmp_path).opened()
    assert len(set(opened)) == 3


def test_a_worker_that_is_killed_once_costs_nothing(engine: Engine, tmp_path: Path) -> None:
    found = mapped(engine, tmp_path, spark_kernels.by_name, "once.jsonl", "1.jsonl")
    assert {name: type(result) for name, result in found.items()} == {"once.jsonl": Measured, "1.jsonl": Measured}
    assert (tmp_path / "evidence" / "was-here").exists()


def test_what_a_kernel_refuses_is_raised_as_what_it_is(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data.dvc:3: refused.jsonl is refused; rename it"):
        mapped(engine, tmp_path, spark_kernels.by_name, "refused.jsonl", "1.jsonl")
    with pytest.raises(ObjectOffline, match="gone; wait"):
        mapped(engine, tmp_path, spark_kernels.by_name, "offline.jsonl")
    with pytest.raises(WorkerFault, match=r"(?s)on fault.jsonl:.*ZeroDivisionError: a fault of ours"):
        mapped(engine, tmp_path, spark_kernels.by_name, "fault.jsonl")


def test_want_of_memory_is_told_of_the_shard(engine: Engine, tmp_path: Path) -> None:
    found = mapped(engine, tmp_path, spark_kernels.by_name, "hungry.jsonl", "1.jsonl")
    lost = found["hungry.jsonl"]
    assert isinstance(lost, Unmeasured)
    assert "more memory than a worker of Spark may use" in lost.reason
    assert isinstance(found["1.jsonl"], Measured)


def test_a_full_disk_is_told_with_the_result(engine: Engine, tmp_path: Path) -> None:
    (found,) = mapped(engine, tmp_path, spark_kernels.small_disk, "0.jsonl").values()
    assert isinstance(found, Measured)
    assert "measurements are not kept" in found.trouble
    assert [path.name for path in (tmp_path / "evidence").rglob("*.text")] == []


def test_a_map_that_is_given_up_cancels_its_jobs(engine: Engine, tmp_path: Path) -> None:
    """As Ctrl-C does: the generator is closed while the first job runs."""
    store = FolderStore(tmp_path)
    shards = [store.add(f"{number}.jsonl", *notes(100 * number)) for number in range(2)]
    descriptors = [Descriptor(task, PLAN) for task in tasks_of(shards, PLAN.settings)]
    cache = EvidenceCache(tmp_path / "evidence")
    assert isinstance(engine, Spark)
    mapping = engine.map_shards(descriptors, Work(spark_kernels.wait, store, cache))

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    def waiting() -> bool:
        return len(list((tmp_path / "evidence").glob("waits-*"))) == 2

    before = signal.signal(signal.SIGALRM, interrupt)
    try:

        def press() -> None:
            deadline = time.monotonic() + 120
            while not waiting() and time.monotonic() < deadline:
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGALRM)

        presser = threading.Thread(target=press)
        presser.start()
        with pytest.raises(KeyboardInterrupt):
            next(mapping)
        presser.join()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert waiting()
    # Nothing runs any more: a new job gets its turn, on both workers.
    (tmp_path / "after").mkdir()
    found = mapped(engine, tmp_path / "after", measure_one, "0.jsonl", "1.jsonl")
    assert {type(result) for result in found.values()} == {Measured}
