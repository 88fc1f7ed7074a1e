"""The search for engines that make signatures alone: 16 bands of 8 values, then the share of equal values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

BANDS, VALUES = 16, 8
FULL = 200  # documents of one bucket that are compared all with all


def candidates(signatures: np.ndarray[Any, Any]) -> set[tuple[int, int]]:
    """Pairs that agree in a band."""
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        columns = np.ascontiguousarray(signatures[:, band * VALUES : (band + 1) * VALUES])
        found.update(_in_buckets(columns.view(np.dtype((np.void, columns.dtype.itemsize * VALUES))).ravel()))
    return found


def _in_buckets(keys: np.ndarray[Any, Any]) -> Iterator[tuple[int, int]]:
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    for group in np.split(order, np.flatnonzero(~same) + 1):
        if 1 < len(group) <= FULL:
            yield from combinations(sorted(group.tolist()), 2)


def verified(signatures: np.ndarray[Any, Any], threshold: float) -> list[tuple[int, int]]:
    """The candidates of whose values at least this share is equal."""
    listed = sorted(candidates(signatures))
    one, other = np.array(listed, np.int64).reshape(-1, 2).T
    kept = np.mean(signatures[one] == signatures[other], axis=1) >= threshold
    return [pair for pair, keep in zip(listed, kept, strict=True) if keep]
