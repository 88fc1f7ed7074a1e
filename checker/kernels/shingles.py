"""Hashes of word 5-grams and 13-grams within documents, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.kernels.hashing import mixed, runs

SHINGLE = 5
FRAGMENT = 13


def within(words: NDArray[np.uint64], counts: NDArray[np.int64], length: int) -> NDArray[np.uint64]:
    """The mixed hashes of every `length` words in a row that lie in one document, in reading order."""
    found = runs(words, length)
    return mixed(found[_inside(counts, length, len(found))])


def shingles(words: NDArray[np.uint64], counts: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The 5-grams of all documents and how many each has; a document of one to four words has one, of all of them."""
    short = np.flatnonzero((counts > 0) & (counts < SHINGLE))
    number = np.where(counts >= SHINGLE, counts - SHINGLE + 1, counts > 0).astype(np.int64)
    if not len(short):
        return within(words, counts, SHINGLE), number
    found = np.empty(int(number.sum()), np.uint64)
    firsts = np.cumsum(number) - number
    long = np.ones(len(found), np.bool_)
    long[firsts[short]] = False
    found[long] = within(words, counts, SHINGLE)
    starts = np.cumsum(counts) - counts
    for length in range(1, SHINGLE):
        these = short[counts[short] == length]
        found[firsts[these]] = mixed(runs(words, length)[starts[these]])
    return found, number


def _inside(counts: NDArray[np.int64], length: int, size: int) -> NDArray[np.bool_]:
    """Which runs do not cross into the next document."""
    keep = np.ones(size, np.bool_)
    ends = np.cumsum(counts)
    starts = ends - counts
    for back in range(1, length):
        last = ends - back
        last = last[(last >= starts) & (last < size)]
        keep[last] = False
    return keep
