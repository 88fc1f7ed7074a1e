"""`python -m benchmarks.union_find`: what joining links costs by numpy and by numba, and what numba costs first."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from checker.compare.joining import Forest
from checker.kernels.joining import PAYS_FROM, joiner

_BATCH = PAYS_FROM


def near_by(nodes: int, links: int) -> NDArray[np.int64]:
    """Links within small groups, as near-copies have them."""
    chance = np.random.default_rng(5)
    one = chance.integers(0, nodes, links)
    return np.stack((one, np.minimum(nodes - 1, one + chance.integers(1, 5, links))), axis=1)


def by_numpy(edges: NDArray[np.int64], nodes: int) -> tuple[float, NDArray[np.signedinteger]]:
    """CPU seconds and labels."""
    began, forest = time.process_time(), Forest(nodes)
    for at in range(0, len(edges), _BATCH):
        forest.join(edges[at : at + _BATCH, 0], edges[at : at + _BATCH, 1])
    return time.process_time() - began, forest.labels


def by_numba(edges: NDArray[np.int64], nodes: int) -> tuple[float, NDArray[np.signedinteger]]:
    """CPU seconds and labels."""
    compiled = joiner(PAYS_FROM)
    if compiled is None:
        raise SystemExit("numba is not installed (pip install 'headwater[fast]')")
    began, labels = time.process_time(), Forest(nodes).labels
    for at in range(0, len(edges), _BATCH):
        compiled.join(labels, edges[at : at + _BATCH])
    compiled.flatten(labels)
    return time.process_time() - began, labels


def main() -> None:
    """Print the figures; the labels of both must be equal."""
    began = time.process_time()
    joiner(PAYS_FROM)
    print(f"loading and compiling numba: {time.process_time() - began:.2f} CPU s")
    random = np.random.default_rng(6).integers(0, 50_000_000, (16_000_000, 2))
    cases = {
        "4 M links near by among 2 M": (near_by(2_000_000, 4_000_000), 2_000_000),
        "16 M links near by among 50 M": (near_by(50_000_000, 16_000_000), 50_000_000),
        "16 M random links among 50 M": (random, 50_000_000),
    }
    for name, (edges, nodes) in cases.items():
        compiled, labels = by_numba(edges, nodes)
        plain, others = by_numpy(edges, nodes)
        if not np.array_equal(labels, others):
            raise SystemExit("numpy and numba join differently")
        print(f"{name}: numba {compiled / len(edges) * 1e9:.0f} ns a link, numpy {plain / len(edges) * 1e9:.0f}")


if __name__ == "__main__":
    main()
