"""Shards as the object store hands them out: verified while they are read, seekable when they lie on this disk."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from checker.discover.verified import verified
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Absence, Measurement, Origin, Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard

ROOT = Path(__file__).resolve().parents[2]
PLAN = Plan(text=False, settings=DatasetSettings())
ROWS: list[dict[str, Any]] = [
    {"origin": "human", "id": f"document {number}", "pad": "x" * 100} for number in range(40_000)
]


def as_jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))


def as_parquet(path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path, use_dictionary=False, compression="none")


def as_arrow(path: Path) -> None:
    import pyarrow
    from pyarrow import ipc

    table = pyarrow.Table.from_pylist(ROWS)
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


class Disk:
    """Serves one file through the verifying stream."""

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path
        self.digest = digest

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        file = io.FileIO(self.path)
        return verified(file, self.digest, "md5", of=shard.path, hint="fetch it again", size_bytes=None)


@pytest.mark.parametrize("right", [True, False], ids=["right hash", "wrong hash"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.arrow"])
def test_the_hash_is_checked_whatever_the_format(store: Any, tmp_path: Path, name: str, right: bool) -> None:
    path = tmp_path / name
    {"a.jsonl": as_jsonl, "a.parquet": as_parquet, "a.arrow": as_arrow}[name](path)
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if right else "0" * 32
    version, _ = store.add(name, {})
    shards = [(version, Shard(name, digest))]
    (found,) = measure_shards(shards, Disk(path, digest), PLAN, EvidenceCache(None), budget_seconds=None).values()
    if right:
        assert isinstance(found, Measurement)
        assert {cell.origin: tally.records for cell, tally in found.composition.cells.items()} == {Origin.HUMAN: 40_000}
    else:
        assert isinstance(found, Unmeasured)
        assert found.absence is Absence.DAMAGED


def test_gzip_without_isal(tmp_path: Path) -> None:
    code = """
import gzip, io, sys
sys.modules["isal"] = None
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location
good = gzip.compress(b'{"origin": "human"}\\n' * 9)
class Store:
    def open(self, version, shard):
        return io.BytesIO(good if shard.path == "a.jsonl.gz" else good[:-9])
version = DatasetVersion("data", "", "0" * 32, Location("data.dvc"))
shards = [(version, Shard("a.jsonl.gz", "1" * 32)), (version, Shard("b.jsonl.gz", "2" * 32))]
plan = Plan(False, DatasetSettings())
good_one, cut = measure_shards(shards, Store(), plan, EvidenceCache(None), budget_seconds=None).values()
print(good_one.composition.records, cut.reason)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "9 b.jsonl.gz: the gzip data are damaged or cut off (EOFError)\n"
