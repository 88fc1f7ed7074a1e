"""Links between documents that share a key: range after range of keys, so that memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from checker.engine.seam import Artifact, GroupKernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEYS = 2**64


def in_ranges(artifacts: Sequence[Artifact], kernel: GroupKernel, most_entries: int) -> Iterator[NDArray[np.int64]]:
    """The kernel's links, range by range in ascending order of keys."""
    waiting = _even_ranges(sum(artifact.count(0, KEYS) for artifact in artifacts), most_entries)
    while waiting:
        low, high = waiting.pop()
        entries = sum(artifact.count(low, high) for artifact in artifacts)
        if entries < 2:
            continue
        if entries <= most_entries:
            yield kernel(*_gathered(artifacts, low, high))
        elif high - low == 1:
            yield from _one_key(artifacts, kernel, low)
        else:
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]


def _even_ranges(entries: int, most_entries: int) -> list[tuple[int, int]]:
    """Keys are hashes, so ranges of one width hold about the same; half as many as may be leaves room. Last first."""
    parts = max(1, -(-2 * entries // most_entries)) if entries > most_entries else 1
    bounds = [KEYS * part // parts for part in range(parts + 1)]
    return list(pairwise(bounds))[::-1]


def _gathered(artifacts: Sequence[Artifact], low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    import numpy as np

    parts = [artifact.between(low, high) for artifact in artifacts]
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([docs for _, docs in parts])


def _one_key(artifacts: Sequence[Artifact], kernel: GroupKernel, key: int) -> Iterator[NDArray[np.int64]]:
    """A key that more documents share than fit (boilerplate): shard by shard, each tied to the one before."""
    import numpy as np

    tie = np.empty(0, dtype=np.int64)
    for artifact in artifacts:
        keys, docs = artifact.between(key, key + 1)
        if len(docs):
            tied = np.concatenate((tie, docs))
            yield kernel(np.full(len(tied), keys[0]), tied)
            tie = docs[:1]
