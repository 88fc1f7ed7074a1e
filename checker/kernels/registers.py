"""HyperLogLog registers and buckets of words, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.kernels.sums import REGISTERS

BITS = 14
TAKEN = 64 - BITS


def observe(registers: NDArray[np.uint8], hashes: NDArray[np.uint64]) -> None:
    """Raise each register to the greatest rank (place of the first set bit behind the first 14) of its hashes."""
    places = (hashes >> np.uint64(TAKEN)).astype(np.int64)
    rest = hashes << np.uint64(BITS) | np.uint64(1 << (BITS - 1))
    higher = np.flatnonzero(rest >> (np.uint64(64) - registers[places]) == 0)  # shifted by all 64 bits nothing is left
    np.maximum.at(registers, places[higher], _rank(rest[higher]).astype(np.uint8))


def _rank(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Leading zeros and one more. The upper half as a float tells them exactly, unless it is zero."""
    upper = (values >> np.uint64(32)).astype(np.float64)
    lower = (values & np.uint64(0xFFFFFFFF)).astype(np.float64)
    _, exponent = np.frexp(np.where(upper > 0, upper, lower / 2**32))
    rank: NDArray[np.int64] = 33 - exponent.astype(np.int64)
    return rank


def distinct(registers: NDArray[np.uint8]) -> float:
    """The estimate of how many distinct hashes were seen; standard error 0.8 % (Flajolet 2007; Ertl 2017, sec. 4)."""
    counts = np.bincount(registers, minlength=TAKEN + 2).astype(np.float64)
    if counts[0] == REGISTERS:
        return 0.0
    total = REGISTERS * _tau(1 - counts[TAKEN + 1] / REGISTERS)
    for rank in range(TAKEN, 0, -1):
        total = 0.5 * (total + counts[rank])
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return float(REGISTERS * REGISTERS / (2 * np.log(2)) / total)


def _sigma(share: float) -> float:
    weight, total, before = 1.0, share, -1.0
    while total != before:
        before = total
        share *= share
        total += share * weight
        weight += weight
    return total


def _tau(share: float) -> float:
    if share in (0.0, 1.0):
        return 0.0
    weight, total, before = 1.0, 1 - share, -1.0
    while total != before:
        before = total
        share = share**0.5
        weight *= 0.5
        total -= (1 - share) ** 2 * weight
    return total / 3
