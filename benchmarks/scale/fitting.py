"""Power laws through measured points: cost = a * size^b above what a run over nothing takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """What was measured at a size."""

    size: float
    cost: float


class Law(NamedTuple):
    """cost = start + factor * size ** exponent. `off` is the largest ratio of a point to the law, either way round.

    `r2` is the share of the variance of log cost that the law explains; of two points it always explains all.
    """

    start: float
    factor: float
    exponent: float
    r2: float
    off: float
    points: tuple[Point, ...]

    def at(self, size: float) -> float:
        """What the law says of a size, measured or not."""
        return float(self.start + self.factor * size**self.exponent)


def fitted(points: Sequence[Point], start: float = 0.0) -> Law:
    """Least squares on logarithms. Raises ValueError for fewer than two sizes, or a cost that is no more than `start`.

    `start` is what is measured over nothing: without taking it off, small sizes would look cheap to grow.
    """
    if len({point.size for point in points}) < 2:
        raise ValueError("a law needs two sizes or more")
    if any(point.cost <= start for point in points):
        raise ValueError(f"a size costs no more than the start, {start:g}")
    x = np.log([point.size for point in points])
    y = np.log([point.cost - start for point in points])
    exponent, offset = np.polyfit(x, y, 1)
    rest = y - (exponent * x + offset)
    spread = float(((y - y.mean()) ** 2).sum())
    law = Law(start, float(np.exp(offset)), float(exponent), 1.0, 1.0, tuple(points))
    off = max(max(point.cost / law.at(point.size), law.at(point.size) / point.cost) for point in points)
    return law._replace(r2=1 - float((rest**2).sum()) / spread if spread else 1.0, off=off)
