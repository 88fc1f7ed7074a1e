"""`python -m benchmarks.spark_map [SHARDS [MEGABYTES [MASTER]]]`: the same shards measured on Spark and embedded.

CPU of all processes: driver, JVM, workers of Python. What starting costs is measured with shards of one record,
printed, and taken off both. Both leave the same evidence, byte for byte, or there is no figure.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path

from benchmarks import adopted, corpus
from benchmarks.composition import Folder
from benchmarks.row import Row, table

# Shards as large as they are where Spark pays. What each shard costs beside its bytes is a figure of its own.
SHARDS, MEGABYTES, MASTER = 24, 100.0, "local[2]"
GOAL = 1.1
JOBS = 2
ROUNDS = 2
_FEW_SHARDS, _MANY_SHARDS = 8, 64
_LITTLE_MEGABYTES = 0.001


def absent() -> str:
    """Why this cannot be measured here; empty when it can."""
    return adopted.absent() or ("" if find_spec("pyspark") else "pyspark is not installed (make test-engines has it)")


def rows(shards: int = SHARDS, megabytes: float = MEGABYTES, master: str = MASTER) -> list[Row]:
    """CPU on Spark beyond its start, times that of the embedded engine. RuntimeError when the evidence differs."""
    with tempfile.TemporaryDirectory(prefix="headwater-spark-") as name:
        large, small, many = Path(name, "large"), Path(name, "small"), Path(name, "many")
        write(large, shards, megabytes)
        write(small, _FEW_SHARDS, _LITTLE_MEGABYTES)
        write(many, _MANY_SHARDS, _LITTLE_MEGABYTES)
        cost(small, "embedded")  # compiles
        embedded = _least(large, "embedded").cpu - (started := _least(small, "embedded").cpu)
        spark, start, tasks = (_least(folder, master) for folder in (large, small, many))
        if cost(large, "embedded").said != spark.said:
            raise RuntimeError("the evidence that Spark leaves is not that of the embedded engine")
    beyond = spark.cpu - start.cpu
    details = {
        "embedded beyond its start, CPU s": round(embedded, 2),
        "Spark beyond its start, CPU s": round(beyond, 2),
        "start of the embedded engine, CPU s": started,
        "start of Spark, CPU s": start.cpu,
        "start of Spark, wall s": start.wall,
        "a further shard of Spark beside its bytes, CPU s": round(
            (tasks.cpu - start.cpu) / (_MANY_SHARDS - _FEW_SHARDS), 3
        ),
        "Spark in all, wall s": spark.wall,
        "master": master,
    }
    what = f"measuring {shards:,} shards of {megabytes:g} MB on Spark, CPU beyond the start"
    return [Row(what, beyond / embedded, GOAL, True, f"embedded, {JOBS} workers", details)]


def write(folder: Path, shards: int, megabytes: float) -> None:
    """Shards of one text, each with a first line of its own."""
    folder.mkdir()
    pattern = folder.with_suffix(".jsonl")
    corpus.write_jsonl(pattern, megabytes)
    text = pattern.read_bytes()
    for number in range(shards):
        (folder / f"{number:05}.jsonl").write_bytes(f'{{"id": "{number}", "text": "shard {number}"}}\n'.encode() + text)


def cost(folder: Path, where: str) -> adopted.Spent:
    """Measure all of it in a fresh process, with nothing known."""
    with tempfile.TemporaryDirectory(prefix="headwater-evidence-") as evidence:
        return adopted.spent("benchmarks.spark_map", "measure", str(folder), evidence, where)


def _least(folder: Path, where: str) -> adopted.Spent:
    """Of several times: a machine that is busy makes it more, nothing makes it less."""
    return min((cost(folder, where) for _ in range(ROUNDS)), key=lambda spent: spent.cpu)


def measure(folder: Path, evidence: Path, where: str) -> dict[str, object]:
    """The digest of all evidence that is left."""
    from checker.engine.choosing import Choice, open_engine
    from checker.engine.embedded import Embedded
    from checker.engine.kernels import measure_one
    from checker.engine.seam import Descriptor, Engine, Work
    from checker.measure import EvidenceCache, Plan
    from checker.measure.shards import tasks_of
    from checker.model.composition import Unmeasured
    from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
    from checker.model.location import Location

    warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
    version = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)
    plan = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numba")
    files = sorted(folder.glob("*.jsonl"))
    shards = [
        (version, Shard(file.name, f"{number:032x}", size_bytes=file.stat().st_size))
        for number, file in enumerate(files)
    ]
    engine: Engine = Embedded(JOBS) if where == "embedded" else open_engine(Choice(master=where))
    try:
        work = Work(measure_one, Folder(folder), EvidenceCache(evidence))
        results = list(engine.map_shards([Descriptor(task, plan) for task in tasks_of(shards, plan.settings)], work))
    finally:
        engine.close()
    lost = [result.reason for _, result in results if isinstance(result, Unmeasured)]
    if lost:
        raise RuntimeError(lost[0])
    digest = hashlib.sha256()
    for file in sorted(evidence.glob("[0-9a-f][0-9a-f]/*")):
        digest.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return {"shards": len(results), "evidence": digest.hexdigest()}


def main() -> int:
    """Print the figure; 1 when the goal was missed."""
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])))
        return 0
    if why := absent():
        print(f"skipped: {why}")
        return 0
    given = sys.argv[1:]
    found = rows(int(given[0]) if given else SHARDS, float(given[1]) if given[1:] else MEGABYTES, *given[2:3])
    print(table(found), json.dumps(found[0].details, indent=2))
    return int(not all(row.met for row in found))


if __name__ == "__main__":
    sys.exit(main())
