"""The documents with the smallest keys: the same sample however the documents are ordered or divided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.model.text import BLOCK_TOKENS, SAMPLE_TOKENS, Sample

_LONG_RUN = 32


class Sampler:
    """Keeps the sample of what was added so far, and at most as much again."""

    def __init__(self, budget: int = SAMPLE_TOKENS) -> None:
        self._budget = budget
        self._kept = _nothing()
        self._pending: list[Sample] = []
        self._size = 0
        self._last = np.uint64(0xFFFFFFFFFFFFFFFF)  # documents with a greater key cannot be in the sample any more
        self._complete = True

    @property
    def held(self) -> int:
        """Tokens in memory."""
        return len(self._kept.tokens) + self._size

    def add(self, keys: NDArray[np.uint64], counts: NDArray[np.int64], words: NDArray[np.uint64]) -> None:
        """The next documents: their keys, tokens of each, and the hashes of all words in a row."""
        wanted = np.flatnonzero((counts > 0) & (keys <= self._last))
        self._complete &= len(wanted) == np.count_nonzero(counts)
        if not len(wanted):
            return
        lengths = np.minimum(counts[wanted], BLOCK_TOKENS)
        tokens = _taken(words, (np.cumsum(counts) - counts)[wanted], lengths)
        tokens = (tokens >> np.uint64(32)).astype(np.uint32)
        self._pending.append(Sample(keys[wanted], lengths.astype(np.uint32), tokens, complete=True))
        self._size += len(tokens)
        if self._size > self._budget:
            self.settled()

    def settled(self) -> Sample:
        """The sample of all that was added."""
        self._kept = merge_samples([self._kept, *self._pending], self._budget)
        self._pending, self._size = [], 0
        self._complete &= self._kept.complete
        if not self._complete and len(self._kept.keys):
            self._last = self._kept.keys[-1]
        return self._kept._replace(complete=self._complete)


def merge_samples(samples: Iterable[Sample], budget: int = SAMPLE_TOKENS) -> Sample:
    """The sample of all documents together, from the samples of their parts, each of at least that budget."""
    given = [_nothing(), *samples]
    keys, first = np.unique(np.concatenate([sample.keys for sample in given]), return_index=True)
    every = np.concatenate([sample.lengths for sample in given]).astype(np.int64)
    lengths = every[first]
    needed = min(len(keys), int(np.searchsorted(np.cumsum(lengths), budget)) + 1)
    tokens = np.concatenate([sample.tokens for sample in given])
    taken = _taken(tokens, (np.cumsum(every) - every)[first[:needed]], lengths[:needed])
    complete = needed == len(keys) and all(sample.complete for sample in given)
    return Sample(keys[:needed], lengths[:needed].astype(np.uint32), taken, complete)


def _nothing() -> Sample:
    return Sample(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.uint32), complete=True)


def _taken(tokens: NDArray[Any], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[Any]:
    """The tokens of each run, in a row. Long runs are copied one by one, which takes an index of none."""
    if int(lengths.sum()) >= _LONG_RUN * len(lengths):
        ends = (starts + lengths).tolist()
        runs = [tokens[start:end] for start, end in zip(starts.tolist(), ends, strict=True)]
        return np.concatenate([tokens[:0], *runs])
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    shift += np.arange(len(shift))
    taken: NDArray[Any] = tokens[shift]
    return taken
