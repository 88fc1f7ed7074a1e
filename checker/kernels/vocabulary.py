"""Counts of a share of the words that is chosen by their hashes, and the sampled 13-grams: bounded sets that merge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVEL = 4  # zero bits at which the vocabulary begins: one word in sixteen
MOST_WORDS = 65_536
FRAGMENT_BITS = 6
MOST_FRAGMENTS = 1 << 22  # 32 MB: the smallest hashes of a shard of more than 250 million tokens
_PENDING = 1 << 20


def ending_in_zeros(hashes: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """Those hashes whose lowest bits are all zero."""
    chosen: NDArray[np.uint64] = hashes[hashes & np.uint64((1 << bits) - 1) == 0]
    return chosen


class Vocabulary:
    """Words whose hash ends in `level` zero bits, with their counts. The level rises until they are few enough.

    Which level that is depends on the set of words alone, so neither order nor division into parts matters.
    """

    def __init__(self) -> None:
        self.level = LEVEL
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.uint64)
        self._pending: list[NDArray[np.uint64]] = []
        self._size = 0

    def add(self, marked: NDArray[np.uint64]) -> None:
        """Tokens whose hash ends in at least `LEVEL` zero bits."""
        self._pending.append(ending_in_zeros(marked, self.level))
        self._size += len(self._pending[-1])
        if self._size > _PENDING:
            self.settle()

    def settle(self) -> None:
        """Count what is pending."""
        tokens = np.concatenate([*self._pending, np.empty(0, np.uint64)])
        self._pending, self._size = [], 0
        self.merge(self.level, *counted(tokens))

    def merge(self, level: int, hashes: NDArray[np.uint64], counts: NDArray[np.uint64]) -> None:
        """Add counts that were taken at some level."""
        self.level = max(self.level, level)
        every = np.concatenate([self.hashes, hashes])
        self.hashes, places = np.unique(every, return_inverse=True)
        summed = np.zeros(len(self.hashes), np.uint64)
        np.add.at(summed, places, np.concatenate([self.counts, counts]))
        self.counts = summed
        self._rise(self.level)
        while len(self.hashes) > MOST_WORDS:
            self._rise(self.level + 1)

    def _rise(self, level: int) -> None:
        self.level = level
        kept = self.hashes & np.uint64((1 << level) - 1) == 0
        self.hashes, self.counts = self.hashes[kept], self.counts[kept]


def counted(tokens: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The distinct hashes, ascending, and how often each came."""
    hashes, counts = np.unique(tokens, return_counts=True)
    return hashes, counts.astype(np.uint64)


class Fragments:
    """The distinct sampled 13-gram hashes; of more than `MOST_FRAGMENTS` the smallest."""

    def __init__(self) -> None:
        self._kept = np.empty(0, np.uint64)
        self._pending: list[NDArray[np.uint64]] = []
        self._size = 0

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Hashes that end in `FRAGMENT_BITS` zero bits, in any order, any number of times."""
        self._pending.append(hashes)
        self._size += len(hashes)
        if self._size > _PENDING:
            self.settled()

    def settled(self) -> NDArray[np.uint64]:
        """All that are kept, ascending."""
        self._kept = np.unique(np.concatenate([self._kept, *self._pending]))[:MOST_FRAGMENTS]
        self._pending, self._size = [], 0
        return self._kept
