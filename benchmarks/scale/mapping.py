"""`headwater measure` of 100 and of 1,000 shards of the same size: what ten times as many cost in time and memory.

Every round begins with nothing known. The kernels are compiled before; loading them counts.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus
from benchmarks.fixtures import environment
from benchmarks.row import Row
from benchmarks.scale.figures import Figures, Series
from benchmarks.scale.fitting import Point
from benchmarks.scale.simulated import commit
from benchmarks.scale.tree import Spent, spent
from checker.model.dataset import Shard

SHARDS, TIMES = 100, 10
MEGABYTES = 0.5  # of a shard
SMALL_SHARDS = 40
# What a shard costs and what a byte costs are told apart by large shards.
LARGE, LARGE_MEGABYTES, SMALL_MEGABYTES = (2, 6), 40.0, 10.0
JOBS = 2
ROUNDS = 2
# The same kernels for both sizes: left to themselves, little data is measured by numpy.
COMMAND = (
    str(Path(sys.executable).with_name("headwater")),
    *("measure", "--backend", "numba", "--jobs", str(JOBS)),
)


class Corpus(NamedTuple):
    """A repository with the bytes of all its shards in the DVC cache."""

    folder: Path
    shards: int
    megabytes: float = MEGABYTES

    @property
    def repository(self) -> Path:
        """Where the command runs."""
        return self.folder / f"{self.shards}-{self.megabytes:g}"


def figures(*, small: bool) -> Figures:
    """Wall, CPU, and the memory of the command and of its largest worker."""
    few = SMALL_SHARDS if small else SHARDS
    with tempfile.TemporaryDirectory(prefix="headwater-scale-") as name:
        folder = Path(name)
        write(Corpus(folder, 1))
        one, many = Corpus(folder, few), Corpus(folder, few * TIMES)
        large = [Corpus(folder, count, SMALL_MEGABYTES if small else LARGE_MEGABYTES) for count in LARGE]
        for each in (one, many, *large):
            write(each)
        _once(Corpus(folder, 1))  # compiles
        # In turns, so that a busy machine slows both alike.
        rounds = [tuple(_once(each) for each in (Corpus(folder, 1), one, many)) for _ in range(ROUNDS)]
        fewer, further = (min((_once(each) for _ in range(ROUNDS)), key=lambda cost: cost.cpu) for each in large)
    start, less, more = (min(taken, key=lambda cost: cost.wall) for taken in zip(*rounds, strict=True))
    each_small = (more.cpu - less.cpu) / (many.shards - one.shards)
    each_large = (further.cpu - fewer.cpu) / (large[1].shards - large[0].shards)
    a_megabyte = (each_large - each_small) / (large[0].megabytes - MEGABYTES)
    return Figures(
        rows=_rows(one, less, more),
        series=_series(one, many, start, less, more),
        facts={
            "CPU s a MB": a_megabyte,
            "CPU s a shard": each_small - MEGABYTES * a_megabyte,
            "shards measured": many.shards,
            "MB of a shard measured": large[0].megabytes,
        },
        small=small,
    )


def _rows(one: Corpus, less: Spent, more: Spent) -> tuple[Row, ...]:
    what = f"measuring {one.shards * TIMES:,} shards of {MEGABYTES:g} MB, {JOBS} workers"
    against = f"{one.shards:,} shards"
    details: dict[str, object] = {
        "wall seconds": [less.wall, more.wall],
        "CPU seconds": [less.cpu, more.cpu],
        "MB of the command": [less.first, more.first],
        "MB of its largest worker": [less.largest, more.largest],
        "MB of all processes together": [less.peak, more.peak],
    }
    return (
        Row(f"{what}: wall", more.wall / less.wall, 10.5, True, against, details),
        Row(f"{what}: CPU", more.cpu / less.cpu, 10.5, True, against, details),
        Row(f"{what}: memory of the command", more.first / less.first, 1.1, True, against, details),
        Row(f"{what}: memory of the largest worker", more.largest / less.largest, 1.1, True, against, details),
    )


def _series(one: Corpus, many: Corpus, start: Spent, less: Spent, more: Spent) -> tuple[Series, ...]:
    def series(unit: str, costs: tuple[float, float, float]) -> Series:
        first, few, lots = costs
        points = (Point(one.shards, few), Point(many.shards, lots))
        return Series(f"measure, shards of {MEGABYTES:g} MB", unit, "shards", points, first)

    return (
        series("CPU s", (start.cpu, less.cpu, more.cpu)),
        series("wall s", (start.wall, less.wall, more.wall)),
    )


def write(target: Corpus) -> None:
    """Shards of one text, each with a first line of its own: their contents differ, their cost does not."""
    pattern = target.folder / f"pattern-{target.megabytes:g}.jsonl"
    if not pattern.exists():
        corpus.write_jsonl(pattern, target.megabytes)
    text, shards = pattern.read_bytes(), []
    for number in range(target.shards):
        data = f'{{"id": "{number}", "text": "shard {number} of {target.shards}"}}\n'.encode() + text
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        place = target.repository / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        shards.append(Shard(f"{number:05}.jsonl", digest, "md5", len(data)))
    commit(target.repository, tuple(shards))


def _once(target: Corpus) -> Spent:
    """Measure all of it, with nothing known."""
    cache = target.folder / "cache"
    shutil.rmtree(cache / "measurements", ignore_errors=True)
    settings = {**environment(), "HEADWATER_CACHE_DIR": str(cache), "HOME": str(target.folder)}
    return spent(COMMAND, target.repository, settings)
