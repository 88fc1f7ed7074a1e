"""Bounds on a share of which `found` of `total` were counted (Clopper and Pearson 1934).

Written out because SciPy, which has it, is a heavy dependency for one function.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p, sqrt

# Beyond, the continued fraction gets long, and Wilson's bound with continuity correction differs by less than 0.2 %.
EXACT_TOTAL = 100_000
EXACT_FOUND = 1_000
_STEPS = 60
_TINY = 1e-300


# Rules that differ in other parameters ask for the same bound, and one takes thousands of steps.
@lru_cache(maxsize=4096)
def lower_bound(found: int, total: int, confidence: float) -> float:
    """The smallest share that does not make `found` or more of `total` a surprise at this confidence, one-sided."""
    if found <= 0 or total <= 0:
        return 0.0
    if total > EXACT_TOTAL and found > EXACT_FOUND and total - found > EXACT_FOUND:
        return _wilson(found, total, confidence)
    low, high = 0.0, found / total
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if at_least(found, total, middle) > 1 - confidence:
            high = middle
        else:
            low = middle
    return low


def at_least(found: int, total: int, share: float) -> float:
    """P(X >= found) of a binomial X: the regularized incomplete beta function I(share; found, total - found + 1)."""
    if found <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    a, b = found, total - found + 1
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(share) + b * log1p(-share))
    if share < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, share) / a
    return 1 - front * _fraction(b, a, 1 - share) / b


def _fraction(a: int, b: int, x: float) -> float:
    """The continued fraction of the incomplete beta function by Lentz's method (Numerical Recipes 6.4)."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    product = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _away(1 + even * d), _away(1 + even / c)
        product *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _away(1 + odd * d), _away(1 + odd / c)
        product *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return product


def _away(value: float) -> float:
    """The value, kept from zero."""
    return value if abs(value) > _TINY else _TINY


def _wilson(found: int, total: int, confidence: float) -> float:
    from statistics import NormalDist

    z = NormalDist().inv_cdf(confidence)
    share = found / total
    root = sqrt(max(0.0, z * z - 2 - 1 / total + 4 * share * (total * (1 - share) + 1)))
    return (2 * found + z * z - 1 - z * root) / (2 * (total + z * z))
