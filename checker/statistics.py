"""Exact statistics of gates: bounds of a share, limits from a small reference, many tests at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import erfc, exp, inf, lgamma, log, log1p, sqrt


def share_at_least(found: int, of: int, confidence: float = 0.95) -> float:
    """One-sided lower bound of a share after `found` of `of` (Clopper and Pearson 1934)."""
    return 0.0 if found == 0 else _beta_quantile(1 - confidence, found, of - found + 1)


def share_at_most(found: int, of: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of a share after `found` of `of` (Clopper and Pearson 1934)."""
    return 1.0 if found == of else _beta_quantile(confidence, found + 1, of - found)


def _beta_quantile(chance: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if _beta_cdf(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function (DLMF 8.17.22, Lentz's method); scipy would be 140 MB for this."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_cdf(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny)
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d, tiny)
            c = _not_zero(1 + term / c, tiny)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


@cache
def tolerance_factor(n: float, content: float = 0.99, confidence: float = 0.95) -> float:
    """k such that mean + k sd of `n` normal values lies above a share `content` of all, with `confidence`.

    The one-sided normal tolerance factor t'(confidence; n - 1, z sqrt n) / sqrt n, t' noncentral (Odeh and Owen 1980).
    `n` may be a fraction, as an effective number is; infinite below 2.
    """
    from statistics import NormalDist

    if n < 2:
        return inf
    z = NormalDist().inv_cdf(content)
    low, high = 0.0, 1.0
    while _below(high, z, n) < confidence:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, z, n) < confidence else (low, middle)
    return (low + high) / 2


def _below(k: float, z: float, n: float) -> float:
    """P(noncentral t < k sqrt n): the normal integral over the distribution of s = sd / sigma, by Simpson's rule."""
    freedom, steps = n - 1, 400
    # log of the density of s = chi / sqrt(freedom), up to x = s**2 / 2 terms
    constant = log(2) + freedom / 2 * log(freedom / 2) - lgamma(freedom / 2)
    # Substituting s = exp(u) keeps one grid good for 1 and for 1,000 degrees of freedom.
    reach = 9 / sqrt(2 * freedom)
    low, high = -max(reach, 30 / freedom), min(reach, 1.8 + reach / 9)
    width = (high - low) / steps
    total = 0.0
    for step in range(steps + 1):
        u = low + step * width
        density = exp(constant + freedom * u - freedom / 2 * exp(2 * u))
        weight = 1 if step in (0, steps) else 4 if step % 2 else 2
        total += weight * density * 0.5 * erfc(-(k * exp(u) - z) * sqrt(n / 2))
    return total * width / 3


def rejected(p_values: Sequence[float], rate: float) -> tuple[int, ...]:
    """Which of many tests stand at a false discovery rate (Benjamini and Hochberg 1995), by position."""
    order = sorted(range(len(p_values)), key=lambda position: p_values[position])
    last = max((rank for rank, at in enumerate(order, 1) if p_values[at] <= rate * rank / len(order)), default=0)
    return tuple(sorted(order[:last]))
