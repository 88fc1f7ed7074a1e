"""Judges candidates by their whole signatures."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import Corpus, Ids
from checker.model.text import SIGNATURE_VALUES

# Two documents are near when the estimate of the Jaccard similarity of their word 5-grams is at least this: 95 of 128
# values agree. One value less finds 0.1 % more of the pairs between 0.80 and 0.97, and takes in 40 % more of those
# between 0.3 and 0.7; one more loses 0.2 % (`python -m benchmarks.near_dup` shows what is found).
NEAR_ESTIMATE = 0.741
_CHANCE = 1 / 256  # two unlike minima have the same byte
LEAST_AGREEMENT = math.ceil(SIGNATURE_VALUES * (NEAR_ESTIMATE * (1 - _CHANCE) + _CHANCE))
_CHUNK = 1 << 16


class Edges(NamedTuple):
    """Verified pairs and in how many of the 128 values they agree."""

    one: Ids
    other: Ids
    agreements: NDArray[np.uint8]


def verified(left: Corpus, one: Ids, right: Corpus, other: Ids) -> Edges:
    """The pairs (id in left, id in right) whose signatures agree in enough values."""
    kept = [Edges(one[:0], other[:0], np.empty(0, np.uint8))]
    for start in range(0, len(one), _CHUNK):
        ours, theirs = one[start : start + _CHUNK], other[start : start + _CHUNK]
        equal = agreement(left.signatures(ours), right.signatures(theirs))
        near = equal >= LEAST_AGREEMENT
        kept.append(Edges(ours[near], theirs[near], equal[near]))
    return in_one(kept)


def agreement(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of (k, 128) signatures, row by row, how many of the values are equal."""
    equal: NDArray[np.uint8] = (one == other).view(np.uint8).sum(axis=1, dtype=np.uint8)
    return equal


def estimates(agreements: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The Jaccard similarity that so many equal values stand for (b-bit minwise hashing, Li and König, 2010)."""
    share = agreements.astype(np.float64) / SIGNATURE_VALUES
    found: NDArray[np.float64] = np.clip((share - _CHANCE) / (1 - _CHANCE), 0, 1)
    return found


def in_one(parts: list[Edges]) -> Edges:
    """Edges one after the other."""
    one, other, agreements = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Edges(one, other, agreements)
