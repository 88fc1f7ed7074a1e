"""`python -m benchmarks.run --only measure`: what the full pass costs beside reading, in time and memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from benchmarks import corpus
from benchmarks.composition import ROOT, Folder, best_of, peak_of_this_process
from benchmarks.row import Row
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Measurement
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location
from checker.read.records import open_records
from checker.read.records.bad import BadRows
from checker.read.records.texts import TextSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Megabytes of JSON Lines; shards of the memory rows; how often each thing is timed."""

    shard: float = 64
    many: int = 100
    few: int = 10
    each: float = 2
    rounds: int = 5


class Counted(Folder):
    """A folder that counts the bytes that are read of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.bytes = 0

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        file = super().open(version, shard)
        self.bytes += (self.path / shard.path).stat().st_size
        return file


def rows(sizes: Sizes = Sizes()) -> list[Row]:
    """Everything that the issue asks of the pass over text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*speed(folder, sizes), *memory(folder, sizes), *again(folder, sizes)]


def speed(folder: Path, sizes: Sizes) -> list[Row]:
    """CPU seconds in one process, taken in turns, the best of the rounds; compiled code is warm."""
    jsonl, parquet, packed = folder / "a.jsonl", folder / "a.parquet", folder / "a.jsonl.zst"
    documents = corpus.write_jsonl(jsonl, sizes.shard)
    corpus.write_parquet(parquet, sizes.shard)
    pack(jsonl, packed)
    runs: dict[str, Callable[[], object]] = {}
    for path in (jsonl, packed, parquet):
        runs[f"bare {path.name}"] = partial(bare, path)
        for backend in backends():
            runs[f"{backend} {path.name}"] = partial(full, path, backend)
    cost = best_of(runs, sizes.rounds)
    details: dict[str, object] = {
        "documents": documents,
        "megabytes of JSON Lines per CPU second": {
            name: round(sizes.shard / seconds) for name, seconds in cost.items()
        },
    }
    return [
        Row(
            f"composition and text of {label}, {backend}",
            cost[f"bare {path.name}"] / cost[f"{backend} {path.name}"],
            0.35,
            False,
            "rate of reading and decoding the same records and texts",
            details,
        )
        for label, path in (("JSON Lines", jsonl), ("JSON Lines, zstd", packed), ("Parquet", parquet))
        for backend in backends()
    ]


def bare(path: Path) -> int:
    """Read and decode the records and their texts with the loader of the full pass, and do nothing with them."""
    documents = 0

    def drop(data: NDArray[np.uint8], offsets: NDArray[np.int64], lines: NDArray[np.uint32]) -> NDArray[np.uint32]:
        nonlocal documents
        documents += len(lines)
        return lines

    with path.open("rb", buffering=0) as file:
        for _batch in open_records(path.name, file, PLAN.settings, BadRows(), None, TextSink(drop)):
            pass
    return documents


def full(path: Path, backend: str) -> None:
    """The full pass: composition with tokens, and everything about the text."""
    _measure(Folder(path.parent), [path.name], replace(PLAN, backend=backend), EvidenceCache(None))


def memory(folder: Path, sizes: Sizes) -> list[Row]:
    """The highest resident memory of processes that measure few and many equally large shards."""
    place = folder / "many"
    place.mkdir()
    for index in range(sizes.many):
        corpus.write_jsonl(place / f"{index:03}.jsonl", sizes.each, seed=index)
    found = []
    for backend in backends():
        peaks = {number: _peak_megabytes(place, number, backend) for number in (sizes.few, sizes.many)}
        details = {f"{number} shards, MB": round(peak, 1) for number, peak in peaks.items()}
        growth = peaks[sizes.many] / peaks[sizes.few]
        basis = f"{sizes.few} shards of the same size"
        found.append(Row(f"peak memory, {sizes.many} shards, {backend}", growth, 1.1, True, basis, details))
    return found


def again(folder: Path, sizes: Sizes) -> list[Row]:
    """What a second run reads."""
    place = folder / "kept"
    place.mkdir()
    documents = sum(corpus.write_jsonl(place / f"{seed}.jsonl", sizes.shard / 4, seed=seed) for seed in range(4))
    source, cache = Counted(place), EvidenceCache(folder / "evidence")
    names = sorted(path.name for path in place.iterdir())
    _measure(source, names, PLAN, cache)
    first, source.bytes = source.bytes, 0
    _measure(source, names, PLAN, cache)
    details: dict[str, object] = {"documents": documents, "first run": first}
    return [Row("bytes of data read when nothing changed", source.bytes, 0, True, "must be none", details)]


def pack(source: Path, target: Path) -> None:
    """Compress as most corpora are."""
    import zstandard

    with source.open("rb") as plain, target.open("wb") as out:
        zstandard.ZstdCompressor(level=3).copy_stream(plain, out)


def _measure(source: Folder, names: list[str], plan: Plan, cache: EvidenceCache) -> None:
    """Measure; raises when a shard could not be measured, since failing is quick."""
    found = measure_shards(_shards(source.path, names), source, plan, cache, budget_seconds=None)
    missing = [result for result in found.values() if not isinstance(result, Measurement) or result.text is None]
    if missing:
        raise RuntimeError(f"not measured: {missing[0]}")


def _shards(place: Path, names: list[str]) -> list[tuple[DatasetVersion, Shard]]:
    version = DatasetVersion(path="data", root="", hash="0" * 32, definition=Location("data.dvc"), is_dir=True)
    return [(version, Shard(name, name, size_bytes=(place / name).stat().st_size)) for name in names]


def backends() -> list[str]:
    """What can do the work here."""
    return ["numpy", *(["numba"] if find_spec("numba") is not None else [])]


def _peak_megabytes(place: Path, shards: int, backend: str) -> float:
    """Run `python -m benchmarks.measure FOLDER NUMBER CACHE BACKEND` and return the peak that it prints."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "benchmarks.measure", str(place), str(shards), cache, backend]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(place: Path, number: int, cache: Path, backend: str) -> None:
    """Measure the first shards of a folder and print the peak memory in megabytes."""
    _measure(
        Folder(place),
        sorted(path.name for path in place.iterdir())[:number],
        replace(PLAN, backend=backend),
        EvidenceCache(cache),
    )
    print(peak_of_this_process())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
