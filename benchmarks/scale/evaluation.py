"""A check of compositions at 100, 1,000 and 10,000 shards of 10,000 documents each: no byte of data is there.

With all entries in the local folder, and with an empty folder and a rollup in a shared store (a folder, too).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.row import Row
from benchmarks.scale.figures import Figures, Series
from benchmarks.scale.fitting import Point
from benchmarks.scale.simulated import DOCUMENTS, Simulated, shared, simulate
from benchmarks.scale.tree import Spent, spent

SHARDS = (100, 1_000, 10_000)
SMALL = (30, 100, 300)
ROUNDS = 2
HEADWATER = str(Path(sys.executable).with_name("headwater"))
CHECK = (HEADWATER, "check", "--all")
MEASURE = (HEADWATER, "measure", "--no-signatures")


class Run(NamedTuple):
    """What the two commands took at one number of shards; the best of the rounds."""

    shards: int
    check: Spent
    measure: Spent
    rolled: Spent
    rollup_bytes: int


def figures(*, small: bool) -> Figures:
    """CPU and memory of `headwater check`, and of `headwater measure` where all is known."""
    sizes = SMALL if small else SHARDS
    # One shard costs what a run costs before it has done anything.
    first, *runs = [_run(shards) for shards in (1, *sizes)]
    largest = runs[-1]
    growth = largest.check.cpu / runs[-2].check.cpu
    details = {"wall seconds": [run.check.wall for run in runs], "CPU seconds": [run.check.cpu for run in runs]}
    times = largest.shards / runs[-2].shards
    name = f"check of {largest.shards:,} shards, {largest.shards * DOCUMENTS:.0e} documents".replace("e+0", "·10^")
    return Figures(
        rows=(
            Row(f"{name}, CPU ms a shard", _each(largest.check, first.check, largest.shards), 2, True, "all known"),
            Row(f"{name}, MB", largest.check.first, 1024, True, "the whole process", details),
            Row(
                "the same with an empty folder and a rollup, CPU",
                largest.rolled.cpu / largest.check.cpu,
                1.5,
                True,
                "all in the folder",
            ),
            Row(f"CPU of it, times that of {runs[-2].shards:,}", growth, 1.05 * times, True, f"{times:g} x the shards"),
        ),
        series=(
            _series("check", "CPU s", [(run.shards, run.check.cpu) for run in runs], first.check.cpu),
            _series("check", "wall s", [(run.shards, run.check.wall) for run in runs], first.check.wall),
            _series("check", "MB", [(run.shards, run.check.first) for run in runs], first.check.peak),
            _series(
                "check, empty folder, rollup", "CPU s", [(run.shards, run.rolled.cpu) for run in runs], first.rolled.cpu
            ),
            _series("measure, all known", "CPU s", [(run.shards, run.measure.cpu) for run in runs], first.measure.cpu),
            _series("measure, all known", "MB", [(run.shards, run.measure.first) for run in runs], first.measure.peak),
        ),
        facts={
            "CPU ms a shard": _each(largest.check, first.check, largest.shards),
            "MB": largest.check.first,
            "CPU s": largest.check.cpu,
            "rollup MB": largest.rollup_bytes / 1e6,
            "rollup CPU s": largest.rolled.cpu,
        },
        small=small,
    )


def _series(name: str, unit: str, points: list[tuple[int, float]], start: float) -> Series:
    return Series(name, unit, "shards", tuple(Point(*point) for point in points), start)


def _each(cost: Spent, start: Spent, shards: int) -> float:
    return (cost.cpu - start.cpu) / shards * 1000


def _run(shards: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="headwater-scale-") as name:
        simulated = simulate(Path(name), shards)
        check, measure = _best(CHECK, simulated), _best(MEASURE, simulated)
        away, size_bytes = shared(simulated)
        return Run(shards, check, measure, _best(CHECK, away), size_bytes)


def _best(command: tuple[str, ...], simulated: Simulated) -> Spent:
    """The quickest of the rounds, after one that only warms the caches of the system."""
    taken = []
    for _ in range(1 + ROUNDS):
        if not simulated.kept:
            shutil.rmtree(simulated.cache, ignore_errors=True)
        taken.append(spent(command, simulated.repository, simulated.settings))
    return min(taken[1:], key=lambda each: each.cpu)
