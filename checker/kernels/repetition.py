"""Repetition within documents, in numpy: the moving-average type-token ratio and repeated word 5-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW = 50  # tokens of the moving-average type-token ratio (Covington & McFall 2010)


def mattr(words: NDArray[np.uint64], counts: NDArray[np.int64]) -> tuple[int, int]:
    """The distinct words of every window of 50 in a document, summed, and the number of windows.

    A word is the first of its kind in as many windows as lie between it and its predecessor: min(gap, 50), less at
    the ends of the document. A document of fewer than 50 words has no window.
    """
    long = counts >= WINDOW
    positions = int((counts[long] - WINDOW + 1).sum())
    if not positions:
        return 0, 0
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.arange(len(words)) - starts
    last_window = np.repeat(counts, counts) - WINDOW
    before = place - _gaps(words)  # below 0 when the predecessor lies in the document before
    earliest = np.maximum(np.maximum(place - WINDOW + 1, before + 1), 0)
    windows = np.minimum(place, last_window) - earliest + 1
    return int(np.maximum(windows, 0)[last_window >= 0].sum()), positions


def _gaps(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many words ago each word stood before, at most 50: one more than the steps back that did not meet it."""
    gaps = np.ones(len(words), np.uint8)
    unmet = np.ones(len(words), np.bool_)
    for gap in range(1, WINDOW):
        unmet[gap:] &= words[gap:] != words[:-gap]
        gaps += unmet.view(np.uint8)
    return gaps.astype(np.int64)


def repeated(shingles: NDArray[np.uint64], counts: NDArray[np.int64]) -> int:
    """How many 5-grams stood earlier in the same document."""
    ends = np.cumsum(counts)
    ordered = shingles.copy()
    for start, end in zip((ends - counts).tolist(), ends.tolist(), strict=True):
        ordered[start:end].sort()
    same = ordered[1:] == ordered[:-1]
    between = ends[(ends > 0) & (ends < len(shingles))]
    same[between - 1] = False
    return int(np.count_nonzero(same))
