"""MinHash signatures over word 5-grams, and what two of them say of two documents."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from checker.kernels.hashing import mixed
from checker.model.text import SIGNATURE_VALUES

BLOCK, MAPS = 16_384, 4  # shingles and maps at once: their products stay in the second cache
_CHANCE = 1 / 256  # of two bytes that are equal by accident


@cache
def factors() -> NDArray[np.uint32]:
    """Odd factors of the 128 permutations x -> a x modulo 2**32.

    The shingle hashes are well mixed, so a summand would not help: the root mean square error is that of theory
    without it (tests/kernels/test_signatures.py), and a third of the work is saved.
    """
    drawn = mixed(np.arange(1, SIGNATURE_VALUES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    odd: NDArray[np.uint32] = (drawn >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
    return odd


def signatures(shingles: NDArray[np.uint64], counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, 128) uint8 of documents whose shingle hashes lie in a row, `counts` of each; zeros where there is none."""
    minima = np.zeros((SIGNATURE_VALUES, len(counts)), np.uint32)
    filled = np.flatnonzero(counts)
    small = (shingles >> np.uint64(32)).astype(np.uint32)
    ends = np.cumsum(counts[filled])
    first = 0
    while first < len(filled):
        start = int(ends[first] - counts[filled[first]])
        last = max(first + 1, int(np.searchsorted(ends, start + BLOCK, "right")))
        places = ends[first:last] - counts[filled[first:last]] - start
        minima[:, filled[first:last]] = _minima(small[start : int(ends[last - 1])], places)
        first = last
    bytes_ = finalised(minima).T
    bytes_[counts == 0] = 0
    return np.ascontiguousarray(bytes_)


def _minima(values: NDArray[np.uint32], places: NDArray[np.int64]) -> NDArray[np.uint32]:
    found = np.empty((SIGNATURE_VALUES, len(places)), np.uint32)
    scratch = np.empty((MAPS, len(values)), np.uint32)
    for first in range(0, SIGNATURE_VALUES, MAPS):
        these = slice(first, first + MAPS)
        np.multiply(values, factors()[these, None], out=scratch)
        np.minimum.reduceat(scratch, places, axis=1, out=found[these])
    return found


def finalised(minima: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The top byte after a full mix (fmix32 of MurmurHash3).

    The low byte of a minimum depends on the low byte of the shingle's hash alone, and the top byte of a
    minimum is nearly always zero; after the mix all 256 values are equally likely.
    """
    values: NDArray[np.uint32] = minima ^ (minima >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    tops: NDArray[np.uint8] = (values >> np.uint32(24)).astype(np.uint8)
    return tops


def estimate(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Jaccard similarity of documents by their signatures (last axis 128), less the agreement of chance, 0 to 1.

    Standard error: sqrt(J (1 - J) / 128) and a little more for the chance agreement (Broder 1997; Li & Koenig 2010).
    """
    agreement = np.mean(one == other, axis=-1)
    return np.asarray(np.clip((agreement - _CHANCE) / (1 - _CHANCE), 0.0, 1.0))
