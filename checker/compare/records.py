"""Which documents came, went, stayed and moved between two sets of shards, by the hash of their text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.model.changes import Flow

Hashes = NDArray[np.uint64]


class Multiset(NamedTuple):
    """Distinct hashes, ascending, (d, 2), and how often each occurs, (d,)."""

    hashes: Hashes
    counts: NDArray[np.int64]

    @property
    def total(self) -> int:
        """All occurrences."""
        return int(self.counts.sum())


def flow(before: Mapping[str, Hashes], after: Mapping[str, Hashes], unchanged: int = 0) -> Flow:
    """Shard path -> (n, 2) hashes of its documents, on either side; `unchanged` records stand in shards of no change.

    Equal texts pair off one to one, first within a path, then across paths; the order of documents does not matter.
    """
    kept, left_before, left_after = 0, [], []
    for path in sorted(before.keys() | after.keys()):
        old, new = (_counted([side[path]] if path in side else []) for side in (before, after))
        old, new, shared = _paired(old, new)
        kept += shared
        left_before.append(old)
        left_after.append(new)
    gone, come, moved = _paired(_together(left_before), _together(left_after))
    return Flow(kept + unchanged, moved, come.total, gone.total)


def _counted(parts: Iterable[Hashes]) -> Multiset:
    hashes = np.concatenate([np.zeros((0, 2), np.uint64), *parts])
    return _grouped(hashes, np.ones(len(hashes), np.int64))


def _together(parts: Iterable[Multiset]) -> Multiset:
    every = list(parts)
    hashes = np.concatenate([np.zeros((0, 2), np.uint64), *(part.hashes for part in every)])
    return _grouped(hashes, np.concatenate([np.zeros(0, np.int64), *(part.counts for part in every)]))


def _grouped(hashes: Hashes, counts: NDArray[np.int64]) -> Multiset:
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    heads = np.ones(len(ordered), bool)
    heads[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(heads)
    sums = np.add.reduceat(counts[order], starts) if len(starts) else np.zeros(0, np.int64)
    return Multiset(ordered[starts], sums)


def _paired(one: Multiset, other: Multiset) -> tuple[Multiset, Multiset, int]:
    """Both without what they share, and how many occurrences that was."""
    hashes = np.concatenate((one.hashes, other.hashes))
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    # Each side has a hash once at most, so an equal neighbor is the other side's.
    same = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    places = np.sort(np.stack((order[same], order[same + 1])), axis=0)
    mine, theirs = places[0], places[1] - len(one.hashes)
    shared = np.minimum(one.counts[mine], other.counts[theirs])
    return _less(one, mine, shared), _less(other, theirs, shared), int(shared.sum())


def _less(side: Multiset, places: NDArray[np.int64], counts: NDArray[np.int64]) -> Multiset:
    left = side.counts.copy()
    left[places] -= counts
    return Multiset(side.hashes[left > 0], left[left > 0])
