"""The limit that few values of a reference can carry."""

from __future__ import annotations

from functools import cache
from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist


@cache
def tolerance_factor(n: float, content: float = 0.99, confidence: float = 0.95) -> float:
    """k such that mean + k sd of `n` normal values lies above a share `content` of all, with `confidence`.

    The one-sided normal tolerance factor t'(confidence; n - 1, z sqrt n) / sqrt n, t' noncentral (Odeh and Owen 1980).
    `n` may be a fraction, as an effective number is; infinite below 2.
    """
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
