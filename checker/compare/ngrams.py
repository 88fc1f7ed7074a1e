"""Keys of word n-grams that do not cross the border of a document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)


def mixed(values: NDArray[np.uint32] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 well spread bits of each value (the finalizer of SplitMix64; Steele et al. 2014)."""
    bits = values.astype(np.uint64) + _STEP
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)), np.uint64)


def window_keys(words: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """A key of each run of `size` words: a polynomial over mixed words, so equal runs have equal keys."""
    count = max(0, len(words) - size + 1)
    keys = np.zeros(count, np.uint64)
    for offset in range(size):
        keys = keys * _STEP + words[offset : offset + count]
    return keys


def inside(documents: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where the runs of `size` words begin that lie within one document."""
    count = max(0, len(documents) - size + 1)
    return np.flatnonzero(documents[:count] == documents[size - 1 : size - 1 + count])
