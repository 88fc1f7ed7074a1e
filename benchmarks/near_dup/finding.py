"""The same search on the signatures of any engine: 16 bands of 8 values, then the share of equal values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from checker.model.text import BANDS

THRESHOLD = 0.75
_FULL = 200  # documents of one bucket that are compared all with all


def candidates(signatures: NDArray[np.generic]) -> set[tuple[int, int]]:
    """Pairs that agree in a band."""
    width = signatures.shape[1] // BANDS
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        columns = np.ascontiguousarray(signatures[:, band * width : (band + 1) * width])
        keys = columns.view(np.dtype((np.void, columns.dtype.itemsize * width))).ravel()
        found.update(_in_buckets(keys))
    return found


def _in_buckets(keys: NDArray[np.void]) -> Iterator[tuple[int, int]]:
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    for group in np.split(order, np.flatnonzero(~same) + 1):
        if 1 < len(group) <= _FULL:
            yield from combinations(sorted(group.tolist()), 2)


def verified(signatures: NDArray[np.generic], pairs: set[tuple[int, int]], chance: float) -> set[tuple[int, int]]:
    """Those whose similarity, estimated less the agreement of chance, reaches the threshold."""
    listed = sorted(pairs)
    one, other = np.array(listed, np.int64).reshape(-1, 2).T
    agreement = np.mean(signatures[one] == signatures[other], axis=1)
    kept = (agreement - chance) / (1 - chance) >= THRESHOLD
    return {pair for pair, keep in zip(listed, kept, strict=True) if keep}
