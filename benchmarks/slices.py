"""`python -m benchmarks.slices`: how evenly slices load machines when shards differ in size, as a Markdown table."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from statistics import median

from checker.engine.slices import slice_with

MACHINES = 16
DRAWS = 15
# Of logarithms, the deviation: of equal size; of 1 : 2 in most; of 1 : 20 between the smallest and the largest tenth.
SPREADS = {"equal": 0.0, "alike": 0.3, "skewed": 1.2}


def main() -> None:
    """Measure and print."""
    slices = (1, 4, 16)
    print("| shards | their sizes | " + " | ".join(f"{MACHINES * times} slices" for times in slices) + " |")
    print("|---|---|" + "---|" * len(slices))
    for shards in (100, 1_000, 10_000):
        for name, spread in SPREADS.items():
            found = [
                median(busiest(shards, spread, MACHINES * times, seed) for seed in range(DRAWS)) for times in slices
            ]
            print(f"| {shards:,} | {name} | " + " | ".join(f"{load:.2f}" for load in found) + " |")


def busiest(shards: int, spread: float, slices: int, seed: int) -> float:
    """What the busiest machine reads, in parts of an even share, where each takes the next slice as soon as it can."""
    draw = random.Random(seed)
    loads = [0.0] * slices
    for _ in range(shards):
        size = draw.lognormvariate(0.0, spread)
        loads[slice_with(f"{draw.getrandbits(128):032x}", slices).number - 1] += size
    return makespan(loads, MACHINES) * MACHINES / sum(loads)


def makespan(loads: Sequence[float], machines: int) -> float:
    """When the last of the machines ends that take one load after the other, in their order."""
    ends = [0.0] * machines
    for load in loads:
        heapq.heapreplace(ends, ends[0] + load)
    return max(ends)


if __name__ == "__main__":
    main()
