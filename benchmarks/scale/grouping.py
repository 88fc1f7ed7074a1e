"""Links and components of simulated key files at 10^6 to 10^8 keys, and joining alone at up to 5·10^7 documents.

The whole process is counted: imports, loading compiled code, every checksum. Writing the files is not.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import key_grouping
from benchmarks.composition import ROOT
from benchmarks.keyfiles import simulate
from benchmarks.row import Row
from benchmarks.scale.figures import Figures, Series
from benchmarks.scale.fitting import Point
from benchmarks.scale.tree import Spent, spent
from checker.engine.ranges import KEYS
from checker.model.text import BANDS
from checker.store import EvidenceCache
from checker.store.keys_reader import SortedKeys

DOCUMENTS = (50_000, 500_000, 2_000_000, 5_000_000)
JUDGED = 2_000_000  # 4·10^7 keys
NODES = (2_000_000, 10_000_000, 50_000_000)
SMALL_DOCUMENTS, SMALL_NODES = (2_000, 20_000), (20_000, 200_000)
SHARDS = 100
ROUNDS = 2
# A shard of 10^9 documents in 10,000; so many ranges are what `in_parts` cuts 2·10^10 keys into.
SHARD_DOCUMENTS = 100_000
LEAST_RANGES, MANY_RANGES = 32, 4096
# As many as the simulated documents have among them, with one hot key and chains (`docs/scale.md`).
LINKS_A_NODE = 1.6
_CHUNK = 1_000_000
LINKS = "of it for the links"


class Run(NamedTuple):
    """What one process took and what it found."""

    documents: int
    cost: Spent
    found: dict[str, float]

    @property
    def keys(self) -> int:
        return self.documents * BANDS


class Joined(NamedTuple):
    """CPU seconds and megabytes of joining."""

    documents: int
    cpu: float
    peak: float


def figures(*, small: bool) -> Figures:
    """CPU a key, memory, and how both grow."""
    documents, nodes = (SMALL_DOCUMENTS, SMALL_NODES) if small else (DOCUMENTS, NODES)
    # Two documents a shard: what opening the files and starting cost before there is anything to group.
    first, *runs = [_run(count) for count in (2 * SHARDS, *documents)]
    joins = [_joined(count) for count in nodes]
    judged = next((run for run in runs if run.documents == JUDGED), runs[-1])
    largest = runs[-1]
    details: dict[str, object] = {f"{run.keys:.0e} keys": {**run.found, "wall": run.cost.wall} for run in runs}
    name = f"grouping {judged.keys:.0e} keys of {SHARDS} shards".replace("e+0", "·10^")
    a_link = joins[-1].cpu / (joins[-1].documents * LINKS_A_NODE) * 1e9
    return Figures(
        rows=(
            Row(f"{name}, CPU µs a key", judged.cost.cpu / judged.keys * 1e6, 0.5, True, "whole process", details),
            Row(f"{name}, GB", judged.cost.first / 1000, 1, True, "whole process"),
            Row(
                f"memory at {largest.keys:.0e} keys".replace("e+0", "·10^"),
                largest.cost.first / judged.cost.first,
                1.1 if largest.keys > judged.keys else 1,
                True,
                f"at {judged.keys:.0e}".replace("e+0", "·10^"),
            ),
            Row(
                f"joining {nodes[-1]:.0e} documents, CPU ns a link".replace("e+0", "·10^"),
                a_link,
                300,
                True,
                "random links, 1.6 a document",
            ),
        ),
        series=(
            _series("links", "CPU s", [(run.keys, run.found[LINKS]) for run in runs], first.found[LINKS]),
            _series("grouping, whole process", "CPU s", [(run.keys, run.cost.cpu) for run in runs], first.cost.cpu),
            _series("grouping, whole process", "wall s", [(run.keys, run.cost.wall) for run in runs], first.cost.wall),
            Series(
                "joining, random links", "CPU s", "documents", tuple(Point(one.documents, one.cpu) for one in joins)
            ),
        ),
        facts={
            "keys measured": largest.keys,
            "CPU us a key": (largest.found[LINKS] - first.found[LINKS]) / (largest.keys - first.keys) * 1e6,
            "links a document": largest.found["links"] / largest.documents,
            "CPU ns a link": a_link,
            "documents joined": nodes[-1],
            "bytes a document joined": (joins[-1].peak - joins[0].peak) * 1e6 / (nodes[-1] - nodes[0]),
            "GB at most": largest.cost.first / 1000,
            **_scanned(),
        },
        small=small,
    )


def _series(name: str, unit: str, points: list[tuple[int, float]], start: float) -> Series:
    return Series(name, unit, "keys", tuple(Point(*point) for point in points), start)


def _run(documents: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="headwater-scale-") as name:
        key_grouping.write(Path(name), documents, SHARDS)
        command = (sys.executable, "-m", "benchmarks.key_grouping", "group", name, str(documents))
        costs = [spent(command, ROOT) for _ in range(ROUNDS)]
    best = min(costs, key=lambda cost: cost.cpu)
    return Run(documents, best, json.loads(best.output))


def _joined(nodes: int) -> Joined:
    """CPU seconds of joining that many documents by links that know no neighborhood, in a process of its own."""
    done = spent((sys.executable, "-m", "benchmarks.scale.grouping", str(nodes)), ROOT)
    return Joined(nodes, float(json.loads(done.output)), done.first)


def _scanned() -> dict[str, float]:
    """One shard of a corpus of 10^9 documents, read in as many ranges as that one needs, and in the fewest."""
    with tempfile.TemporaryDirectory(prefix="headwater-scale-") as name:
        cache = EvidenceCache(Path(name))
        [file] = simulate(cache, SHARD_DOCUMENTS, 1)
        size = sum(path.stat().st_size for path in Path(name).rglob("*.keys"))
        found = cache.keys(file.key)
        assert found is not None
        seconds = {ranges: _seconds(found, ranges) for ranges in (LEAST_RANGES, MANY_RANGES)}
    return {
        "bytes a key": size / file.entries,
        "CPU s a file in few ranges": seconds[LEAST_RANGES],
        "CPU s a file in many ranges": seconds[MANY_RANGES],
    }


def _seconds(keys: SortedKeys, ranges: int) -> float:
    began, rows = time.process_time(), 0
    for at in range(ranges):
        rows += len(keys.between(KEYS * at // ranges, KEYS * (at + 1) // ranges)[0])
    if rows != keys.head.entries:
        raise RuntimeError(f"{rows} of {keys.head.entries} keys were read")
    return time.process_time() - began


class _Drawn:
    """Random links, a million at a time; `seconds` are those of drawing them."""

    def __init__(self, nodes: int) -> None:
        self._nodes, self.seconds = nodes, 0.0

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        chance, left = np.random.default_rng(5), int(self._nodes * LINKS_A_NODE)
        while left:
            began = time.process_time()
            links = chance.integers(0, self._nodes, (min(left, _CHUNK), 2))
            self.seconds += time.process_time() - began
            left -= len(links)
            yield links


def main(nodes: int) -> None:
    """Join, and print the CPU seconds that it took, compiled code loaded before."""
    from checker.compare import components
    from checker.kernels.joining import PAYS_FROM

    components(np.zeros((PAYS_FROM, 2), np.int64), 1)
    drawn = _Drawn(nodes)
    began = time.process_time()
    labels = components(iter(drawn), nodes)
    seconds = time.process_time() - began - drawn.seconds
    if int(labels.max()) >= nodes:
        raise RuntimeError("a label is no node")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(int(sys.argv[1]))
