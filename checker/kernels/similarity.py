"""The exact similarity of two texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.kernels.hashing import padded
from checker.kernels.shingles import shingles
from checker.kernels.tokenize import tokenize


def jaccard(text_a: str, text_b: str) -> float:
    """Jaccard similarity of the sets of word 5-grams, by the same tokens as signatures; 0 when one has no token."""
    one, other = _grams(text_a), _grams(text_b)
    shared = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - shared
    return shared / union if union else 0.0


def _grams(text: str) -> NDArray[np.uint64]:
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    words = tokenize(padded(data), np.array([0, len(data)]))
    return np.unique(shingles(words.hashes, words.counts)[0])
