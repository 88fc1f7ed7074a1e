"""Equal texts, by the 128 bits of their hash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import runs_of, with_ids


def first_of_equal(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each document of (n, 2) uint64 `hashes` the index of the first one with the same hash."""
    n = len(hashes)
    first = np.arange(n, dtype=np.int64)
    bits = max(1, (n - 1).bit_length())
    ids, starts, lengths = runs_of(with_ids(hashes[:, 0], bits), bits)
    if not len(ids):
        return first
    heads = np.repeat(ids[starts], lengths)
    differs = (hashes[ids] != hashes[heads]).any(axis=1)
    mixed = np.repeat(np.logical_or.reduceat(differs, starts), lengths)
    first[ids[~mixed]] = heads[~mixed]
    rest = np.sort(ids[mixed])
    first[rest] = rest[_first_by_sorting(hashes[rest])]
    return first


def _first_by_sorting(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """As `first_of_equal`, for the few whose hashes only begin alike."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # stable: the first of a run has the smallest index
    ordered = hashes[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(begins)
    first = np.empty(len(order), dtype=np.int64)
    first[order] = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    return first
