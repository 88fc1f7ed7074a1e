"""Quantiles of a Poisson-binomial sum: how many of records with probabilities are machine-made, with confidence.

Exact by convolution of one binomial a group up to EXACT_RECORDS records, or while the variance is small, where the
normal curve is poor; beyond, normal with continuity correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, erfc, exp, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_RECORDS = 5_000
EXACT_VARIANCE = 250.0
NEGLIGIBLE = 1e-18


class Group(NamedTuple):
    """`records` of the same probability."""

    records: int
    probability: float


def mean(groups: Sequence[Group]) -> float:
    """Expected sum."""
    return sum(group.records * group.probability for group in groups)


def variance(groups: Sequence[Group]) -> float:
    """Variance of the sum of independent records."""
    return sum(group.records * group.probability * (1 - group.probability) for group in groups)


def quantile(groups: Sequence[Group], confidence: float) -> int:
    """The smallest k with P(sum <= k) >= confidence."""
    return _quantile(tuple(groups), confidence)


@lru_cache(maxsize=8192)
def _quantile(groups: tuple[Group, ...], confidence: float) -> int:
    """Remembered: rules that differ in their limits ask for the same ones."""
    spread = variance(groups)
    if not spread:
        return round(mean(groups))
    if not _is_exact(groups, spread):
        highest = sum(group.records for group in groups)
        return min(highest, ceil(mean(groups) + normal_quantile(confidence) * sqrt(spread) - 0.5))
    start, tail = _tail(groups)
    # tail[i] is P(sum > start + i), falling; the first that is small enough is the quantile.
    return start + int((tail > 1 - confidence).sum())


def exceeds(groups: Sequence[Group], limit: int) -> float:
    """P(sum > limit)."""
    spread = variance(groups)
    if not spread:
        return float(mean(groups) > limit)
    if not _is_exact(groups, spread):
        return 0.5 * erfc((limit + 0.5 - mean(groups)) / sqrt(2 * spread))
    start, tail = _tail(groups)
    if limit < start:
        return 1.0
    return float(tail[limit - start]) if limit - start < len(tail) else 0.0


def surely_holds(expected: float, spread: float, limit: float, confidence: float) -> bool | None:
    """Whether P(sum > limit) <= 1 - confidence, where theorems alone tell; None where only the exact sum can.

    Bernstein's inequality bounds the tail from above; Berry and Esseen's theorem (0.56, Shevtsova 2010; third moments
    of these terms are at most their variance) bounds it from both sides.
    """
    distance, doubt = limit - expected, 1 - confidence
    if distance <= 0 or not spread:
        return None
    if exp(-distance * distance / (2 * (spread + distance / 3))) <= doubt:
        return True
    tail, error = 0.5 * erfc(distance / sqrt(2 * spread)), 0.56 / sqrt(spread)
    if tail + error <= doubt:
        return True
    return False if tail - error > doubt else None


def normal_quantile(confidence: float) -> float:
    """z of the normal distribution."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(confidence)


def is_exact(groups: Sequence[Group]) -> bool:
    """Whether `quantile` is exact for these records, else by the normal curve."""
    return _is_exact(groups, variance(groups))


def _is_exact(groups: Sequence[Group], spread: float) -> bool:
    return spread <= EXACT_VARIANCE or sum(group.records for group in groups) <= EXACT_RECORDS


def _tail(groups: Sequence[Group]) -> tuple[int, NDArray[np.float64]]:
    """The first value with mass, and P(sum > value) from there on."""
    import numpy as np

    start, mass = 0, np.ones(1)
    for group in groups:
        low, part = _binomial(group)
        start, mass = start + low, np.convolve(mass, part)
        kept = np.flatnonzero(mass > NEGLIGIBLE)
        start, mass = start + int(kept[0]), mass[kept[0] : kept[-1] + 1]
    mass /= mass.sum()
    above = np.cumsum(mass[::-1])[::-1]
    return start, np.append(above[1:], 0.0)


def _binomial(group: Group) -> tuple[int, NDArray[np.float64]]:
    """The window of a binomial distribution that holds all but a negligible mass."""
    import numpy as np

    size, chance = group
    if chance <= 0 or chance >= 1:
        return (size if chance >= 1 else 0), np.ones(1)
    reach = 12 * sqrt(size * chance * (1 - chance)) + 60
    low, high = max(0, int(size * chance - reach)), min(size, ceil(size * chance + reach))
    values = np.arange(low, high, dtype=np.float64)
    steps = np.log(size - values) - np.log(values + 1) + np.log(chance) - np.log1p(-chance)
    logs = np.concatenate((np.zeros(1), np.cumsum(steps)))
    mass = np.exp(logs - logs.max())
    return low, mass / mass.sum()
