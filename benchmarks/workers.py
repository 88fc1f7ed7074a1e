"""`python -m benchmarks.run --only workers`: what a second worker process brings, and what one takes of memory."""

from __future__ import annotations

import hashlib
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from benchmarks import corpus
from benchmarks.row import Row
from checker.discover.verified import verified
from checker.engine.kernels import measure_one
from checker.engine.preparing import prepare_kernels
from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.engine.worker import Tell
from checker.engine.workers import Workers
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location


@dataclass(frozen=True, slots=True)
class Sizes:
    """Megabytes of JSON Lines in a shard before packing, how many shards, and how often each thing is timed."""

    shard: float = 48
    shards: int = 16
    rounds: int = 3


@dataclass(frozen=True)
class Packed:
    """Serves the shards of a folder, verified while they are read as those of the DVC cache are."""

    path: Path

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        source = (self.path / shard.path).open("rb", buffering=0)
        return verified(source, shard.hash, "md5", of=shard.path, hint="", size_bytes=shard.size_bytes)


def rows(sizes: Sizes = Sizes()) -> list[Row]:
    """Two workers against one, and the most memory that one took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "shards").mkdir()
        descriptors = _packed(folder / "shards", sizes)
        # Compiled once and then found by all workers, as `headwater measure` does it.
        note = prepare_kernels("auto", round(sizes.shard * sizes.shards * 1e6), jobs=2, memory_bytes=None)
        best = {jobs: float("inf") for jobs in (1, 2)}
        for _ in range(sizes.rounds):
            for jobs in best:
                best[jobs] = min(best[jobs], _seconds(descriptors, folder, jobs))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    details: dict[str, object] = {
        "megabytes unpacked": sizes.shard * sizes.shards,
        "wall seconds": {f"{jobs} workers": round(seconds, 2) for jobs, seconds in best.items()},
        "note": note,
    }
    return [
        Row(
            "composition and signatures of JSONL.zst, two workers",
            best[1] / best[2],
            1.8,
            False,
            "one worker; wall time with starting them, machine idle",
            details,
        ),
        Row("peak memory of a worker, MB", peak, 384, True, "what `--memory` grants it at least", details),
    ]


def _packed(folder: Path, sizes: Sizes) -> list[Descriptor]:
    """Shards of different content; every second one is the one before with another first line."""
    import zstandard

    version = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)
    plan = Plan(
        text=True, settings=DatasetSettings(), signatures=True, expected_bytes=round(sizes.shard * sizes.shards * 1e6)
    )
    shards, plain = [], folder / "plain"
    for number in range(sizes.shards):
        if number % 2 == 0:
            corpus.write_jsonl(plain, sizes.shard, seed=number)
        lines = f'{{"id": "{number}", "text": "shard {number}"}}\n'.encode() + plain.read_bytes()
        data = zstandard.ZstdCompressor(level=1).compress(lines)
        name = f"{number:02}.jsonl.zst"
        (folder / name).write_bytes(data)
        shards.append((version, Shard(name, hashlib.md5(data, usedforsecurity=False).hexdigest())))
    plain.unlink()
    return [Descriptor(task, plan) for task in tasks_of(shards, plan.settings)]


def _seconds(descriptors: Sequence[Descriptor], folder: Path, jobs: int) -> float:
    """Wall time from nothing known to all known. Raises when a shard could not be measured, since failing is quick."""
    cache = folder / "cache"
    work = Work(measure_one, Packed(folder / "shards"), EvidenceCache(cache))
    started = time.perf_counter()
    results = [result for _, result in Workers(partial(_call, work), jobs).run(descriptors)]
    seconds = time.perf_counter() - started
    shutil.rmtree(cache)
    failed = [result for result in results if not isinstance(result, Measured)]
    if failed or len(results) != len(descriptors):
        raise RuntimeError(f"{len(failed)} shards could not be measured: {failed[:1]}")
    return seconds


def _call(work: Work, descriptor: Descriptor, tell: Tell) -> Result:
    return work.kernel(descriptor, work)
