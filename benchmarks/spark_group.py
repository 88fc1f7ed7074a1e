"""`python -m benchmarks.spark_group [DOCUMENTS [SHARDS [MASTER]]]`: simulated key files grouped on Spark and embedded.

CPU of all processes: driver, JVM, workers of Python, from start to end, links and components. Writing the files is not
counted. Both give the same links, or there is no figure.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import adopted, key_grouping
from benchmarks.row import Row, table
from checker.model.text import BANDS

DOCUMENTS, SHARDS, MASTER = 2_000_000, 100, "local[2]"
GOAL = 6
# What starting costs, and one job over nearly nothing.
_FEW = 40


def absent() -> str:
    """Why this cannot be measured here; empty when it can."""
    return adopted.absent() or ("" if find_spec("pyspark") else "pyspark is not installed (make test-engines has it)")


def rows(documents: int = DOCUMENTS, shards: int = SHARDS, master: str = MASTER) -> list[Row]:
    """CPU on Spark, times that of the embedded engine. Raises RuntimeError when the links differ."""
    with tempfile.TemporaryDirectory(prefix="headwater-spark-") as name:
        large, small = Path(name, "large"), Path(name, "small")
        key_grouping.write(large, documents, shards)
        key_grouping.write(small, _FEW, 2)
        embedded = key_grouping.measured(large, documents)
        start, spark = measured(small, _FEW, master), measured(large, documents, master)
    if spark["digest"] != embedded["digest"]:
        raise RuntimeError(
            f"Spark finds {spark['links']} links, this process {embedded['links']}: they are not the same"
        )
    keys = documents * BANDS
    details = {
        "embedded, CPU s": embedded["seconds"],
        "Spark, CPU s": spark["cpu"],
        "of it to start, CPU s": start["cpu"],
        "Spark, CPU µs a key": round(spark["cpu"] / keys * 1e6, 3),
        "Spark without the start, CPU µs a key": round((spark["cpu"] - start["cpu"]) / keys * 1e6, 3),
        "Spark, wall s": spark["wall"],
        "driver, GB": spark["driver_gigabytes"],
        "links": spark["links"],
        "master": master,
    }
    name = f"grouping {keys / 1e6:g} M keys of {shards:,} shards on Spark, CPU"
    return [Row(name, spark["cpu"] / embedded["seconds"], GOAL, True, "embedded, start of both included", details)]


def measured(folder: Path, documents: int, master: str) -> dict[str, Any]:
    """Group in a fresh process, and count all that it starts."""
    spent = adopted.spent("benchmarks.spark_group", "group", str(folder), str(documents), master)
    return {**spent.said, "cpu": spent.cpu, "wall": spent.wall}


def group(folder: Path, documents: int, master: str) -> dict[str, object]:
    """Links and components, by an application of Spark that is started for it."""
    from benchmarks.composition import peak_of_this_process
    from checker.compare import bucket_edges, components
    from checker.engine.choosing import Choice, open_engine
    from checker.engine.ranges import parts_for
    from checker.store import EvidenceCache

    warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
    files, check, times = key_grouping.read(folder), sha256(), key_grouping.Watch()
    engine = open_engine(Choice(master=master))
    try:
        parts = parts_for(sum(file.entries for file in files))
        components(times.hashed(engine.group(files, bucket_edges, EvidenceCache(folder), parts), check), documents)
    finally:
        engine.close()
    peak = round(peak_of_this_process() / 1000, 3)
    return {"digest": check.hexdigest(), "links": times.count, "driver_gigabytes": peak}


def main() -> int:
    """Print the figure; 1 when the goal was missed."""
    if sys.argv[1:2] == ["group"]:
        print(json.dumps(group(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
        return 0
    if why := absent():
        print(f"skipped: {why}")
        return 0
    sizes = [int(float(number)) for number in sys.argv[1:3]]
    found = rows(*sizes, *sys.argv[3:4])  # type: ignore[arg-type]  # as many as were given
    print(table(found), json.dumps(found[0].details, indent=2))
    return int(not all(row.met for row in found))


if __name__ == "__main__":
    sys.exit(main())
