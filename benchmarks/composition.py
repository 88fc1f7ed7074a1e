"""`python -m benchmarks.run --only composition`: what measuring costs, against a bare parse of the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from benchmarks import corpus
from benchmarks.row import Row
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Measurement
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location

ROOT = Path(__file__).resolve().parents[1]
BLOCK = 64 * 1024  # the quickest size for the bare parse
PLAN = Plan(text=False, settings=DatasetSettings())


@dataclass(frozen=True, slots=True)
class Sizes:
    """Megabytes of JSON Lines, and how often each thing is timed."""

    shard: float = 320
    small: float = 16
    large: float = 256
    shards: int = 20
    rounds: int = 7


class Folder:
    """Serves shards from a folder and counts what is read of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = 0

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        self.opened += 1
        return (self.path / shard.path).open("rb", buffering=0)

    def shards(self) -> list[tuple[DatasetVersion, Shard]]:
        """Every file, under the hash of its content."""
        version = DatasetVersion(path="data", root="", hash="0" * 32, definition=Location("data.dvc"), is_dir=True)
        found = []
        for path in sorted(self.path.iterdir()):
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            found.append((version, Shard(path.name, digest, size_bytes=path.stat().st_size)))
        return found


def rows(sizes: Sizes = Sizes()) -> list[Row]:
    """Everything that issue and README promise of measuring."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*speed(folder, sizes), *memory(folder, sizes), *caching(folder, sizes)]


def speed(folder: Path, sizes: Sizes) -> list[Row]:
    """CPU seconds in one process, taken in turns, the best of the rounds."""
    jsonl, parquet = folder / "jsonl", folder / "parquet"
    jsonl.mkdir()
    parquet.mkdir()
    documents = corpus.write_jsonl(jsonl / "shard.jsonl", sizes.shard)
    corpus.write_parquet(parquet / "shard.parquet", sizes.shard)
    measured, in_columns = Folder(jsonl), Folder(parquet)
    bare = _bare_parse(jsonl / "shard.jsonl")
    cost = best_of(
        {
            "bare": bare,
            "jsonl": lambda: measure_all(measured, EvidenceCache(None)),
            "parquet": lambda: measure_all(in_columns, EvidenceCache(None)),
            "text": lambda: measure_all(measured, EvidenceCache(None), Plan(text=True, settings=DatasetSettings())),
        },
        sizes.rounds,
    )
    rates = {name: round(sizes.shard / seconds) for name, seconds in cost.items()}
    details: dict[str, object] = {"documents": documents, "megabytes per CPU second": rates}
    return [
        Row(
            "composition of JSON Lines",
            cost["bare"] / cost["jsonl"],
            0.6,
            False,
            "rate of a bare msgspec parse in the same process",
            details,
        ),
        Row(
            "composition of Parquet",
            cost["jsonl"] / cost["parquet"],
            10,
            False,
            "rate of JSON Lines in the same process",
            details,
        ),
    ]


def memory(folder: Path, sizes: Sizes) -> list[Row]:
    """The highest resident memory of a process that imports all it needs and measures one shard."""
    peaks = {}
    for size in (sizes.small, sizes.large):
        path = folder / f"{size:g}.jsonl"
        corpus.write_jsonl(path, size)
        peaks[size] = peak_megabytes(path)
        path.unlink()
    details = {f"{size:g} MB": round(peak, 1) for size, peak in peaks.items()}
    growth = peaks[sizes.large] / peaks[sizes.small]
    return [
        Row("peak memory of measuring JSON Lines, MB", max(peaks.values()), 80, True, "any size of shard", details),
        Row(
            "peak memory, large shard",
            growth,
            1.1,
            True,
            f"a shard {sizes.large / sizes.small:g} times smaller",
            details,
        ),
    ]


def caching(folder: Path, sizes: Sizes) -> list[Row]:
    """What a second run costs, with nothing and with one shard changed."""
    place = folder / "shards"
    place.mkdir()
    for index in range(sizes.shards):
        corpus.write_jsonl(place / f"{index:02}.jsonl", sizes.shard / 16, seed=index)
    source, cache = Folder(place), EvidenceCache(folder / "cache")
    listed = source.shards()
    whole = _seconds(lambda: measure_shards(listed, source, PLAN, cache, budget_seconds=None))
    source.opened = 0
    again = min(_seconds(lambda: measure_shards(listed, source, PLAN, cache, budget_seconds=None)) for _ in range(3))
    unchanged = source.opened
    ones = []
    for seed in range(3):
        corpus.write_jsonl(place / "00.jsonl", sizes.shard / 16, seed=1000 + seed)
        listed = source.shards()
        ones.append(_seconds(lambda: measure_shards(listed, source, PLAN, cache, budget_seconds=None)))  # noqa: B023 - called at once
    details = {"whole": round(whole, 4), "again": round(again, 4), "one changed": round(min(ones), 4)}
    limit = 1 / sizes.shards + 0.02
    return [
        Row("shards opened when nothing changed", unchanged, 0, True, "must be none", details),
        Row(f"one of {sizes.shards} shards changed", min(ones) / whole, limit, True, "cost of measuring all", details),
    ]


def measure_all(source: Folder, cache: EvidenceCache, plan: Plan = PLAN) -> Mapping[str, Measurement]:
    """Measure every shard; raises when one could not be measured, since failing is quick."""
    version = DatasetVersion(path="data", root="", hash="0" * 32, definition=Location("data.dvc"), is_dir=True)
    shards = [(version, Shard(path.name, path.name)) for path in sorted(source.path.iterdir())]
    found = measure_shards(shards, source, plan, cache, budget_seconds=None)
    measured = {name: result for name, result in found.items() if isinstance(result, Measurement)}
    if len(measured) < len(shards):
        raise RuntimeError(f"{len(shards) - len(measured)} shards could not be measured")
    return measured


def best_of(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least CPU seconds of each, run in turns so that a busy machine slows all alike."""
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(rounds + 1):
        for name, run in candidates.items():
            best[name] = min(best[name], _seconds(run))
    return best


def _seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def _bare_parse(path: Path) -> Callable[[], int]:
    """What anyone would write with msgspec to read the same fields and skip the text."""
    import msgspec

    keys: Sequence[str] = [
        key
        for key in dict.fromkeys(key for _, row in zip(range(8), corpus.records(), strict=False) for key in row)
        if key != "text"
    ]
    struct = msgspec.defstruct("Bare", [(key, str | int | float | None, None) for key in keys], gc=False)
    decode = msgspec.json.Decoder(struct).decode_lines

    def run() -> int:
        records, rest = 0, b""
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(BLOCK):
                cut = chunk.rfind(b"\n") + 1
                records += len(decode(rest + chunk[:cut]))
                rest = chunk[cut:]
        return records

    return run


def peak_megabytes(path: Path, *, text: bool = False) -> float:
    """Run `python -m benchmarks.composition PATH` and return the peak that it prints."""
    command = [sys.executable, "-m", "benchmarks.composition", str(path), *(["text"] if text else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def peak_of_this_process() -> float:
    """VmHWM where there is one: getrusage also counts what the parent held when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000 * 1.024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main(path: Path, *, text: bool) -> None:
    """Measure one file and print the peak memory in megabytes."""
    folder = Folder(path.parent)
    version = DatasetVersion(path="data", root="", hash="0" * 32, definition=Location("data.dvc"), is_dir=True)
    plan = Plan(text=text, settings=DatasetSettings())
    found = measure_shards([(version, Shard(path.name, "0"))], folder, plan, EvidenceCache(None), budget_seconds=None)
    if not isinstance(found["0"], Measurement):
        raise RuntimeError(found["0"].reason)
    print(peak_of_this_process())


if __name__ == "__main__":
    main(Path(sys.argv[1]), text="text" in sys.argv[2:])
