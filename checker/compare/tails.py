"""Rare word types of a reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TAIL_MASS = 0.2
_LEAST_SEEN = 2


def tail_types(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which types are in the lowest 20 % of the mass and seen at least twice; ties go by the hash of the word.

    `counts`: (types,) occurrences in the order of the words' hashes; 0 for a type that was taken out.
    """
    order = np.argsort(counts, kind="stable")
    lowest = np.cumsum(counts[order]) <= TAIL_MASS * counts.sum()
    chosen = np.zeros(len(counts), bool)
    chosen[order[lowest]] = True
    return chosen & (counts >= _LEAST_SEEN)


def present(tail: NDArray[np.bool_], types: NDArray[np.int64]) -> float:
    """The share of tail types among the types (ids, -1 for a type unknown) of a block; the tail is not empty."""
    seen = np.unique(types[types >= 0])
    return float(tail[seen].sum() / tail.sum())
