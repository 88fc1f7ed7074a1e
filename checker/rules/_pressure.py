"""The parts of a dataset by how hard they press against a cap on machine-made data, whatever that cap is."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import inf, log, sqrt
from typing import NamedTuple

from checker.rules import _bounds
from checker.rules._machine import Amount, Reading, amount
from checker.rules._parts import Part, Survey, parts, too_small
from checker.rules._ranking import Ranking, ranked

# Far more than floats err by, far less than one record of any part weighs.
_SLACK = 1e-9


class Pressures(NamedTuple):
    """Parts that have something to weigh, by name, with their amounts; `empty` have records but nothing to weigh.

    `by_share` ranks them by the expected share, worst first; its facts end with the part's place here, and `rank` is
    the reverse. `by_reach` are the places by the share that is not exceeded with confidence, worst first. `doubts`
    are the places of those whose labels are uncertain, with a share at which they hold for certain, highest first.
    """

    parts: Sequence[Part]
    amounts: Sequence[Amount]
    empty: Sequence[Part]
    by_share: Ranking
    rank: Sequence[int]
    by_reach: Sequence[int]
    doubts: Sequence[tuple[float, int]]

    def failing(self, cap: Fraction) -> int:
        """How many parts are expected to exceed the cap."""
        return self.by_share.failing(cap)

    def worst(self, rank: int) -> tuple[Part, Amount]:
        """The part of this rank by the expected share."""
        at = self.by_share.columns[2][rank]
        return self.parts[at], self.amounts[at]

    def unsure(self, cap: Fraction) -> list[int]:
        """The places of parts of which it takes a closer look to tell that they hold."""
        limit = float(cap) - _SLACK
        return [at for _, at in self.doubts[: bisect_left(self.doubts, True, key=lambda doubt: doubt[0] <= limit)]]


def pressures(known: Survey, dimension: str, reading: Reading, confidence: float, min_records: int) -> Pressures:
    """The parts of a dimension; those under `min_records`, unless they are the whole, are left out."""
    least = min_records if too_small(known, dimension, min_records) else 0
    key = ("pressures", dimension, reading, confidence, least)
    return known.once(key, lambda: _pressures(_weighed(known, dimension, reading), confidence, least))


def _weighed(known: Survey, dimension: str, reading: Reading) -> list[tuple[Part, Amount]]:
    def weigh() -> list[tuple[Part, Amount]]:
        return [(part, amount(part, reading)) for part in parts(known, dimension)]

    return known.once(("weighed", dimension, reading), weigh)


def _pressures(weighed: list[tuple[Part, Amount]], confidence: float, min_records: int) -> Pressures:
    if min_records:
        weighed = [pair for pair in weighed if not pair[0].name or pair[0].records >= min_records]
    told = [pair for pair in weighed if pair[1].total]
    named, found = [part for part, _ in told], [held for _, held in told]
    means = [held.mean for held in found]
    facts = [(*_over(mean, held.total), at) for at, (held, mean) in enumerate(zip(found, means, strict=True))]
    by_share = ranked(named, facts, high=True)
    rank = array("q", bytes(8 * len(found)))
    for place in range(len(found)):
        rank[by_share.columns[2][place]] = place
    weighty = [
        (held, top / bottom, 0.0 if held.certain else held.spread)
        for held, (top, bottom) in zip(found, means, strict=True)
    ]
    reach = [_reach(held, mean, spread, confidence) for held, mean, spread in weighty]
    bounds = [
        (_bound(held, mean, spread, confidence), at)
        for at, (held, mean, spread) in enumerate(weighty)
        if not held.certain
    ]
    return Pressures(
        parts=named,
        amounts=found,
        empty=[part for part, held in weighed if not held.total],
        by_share=by_share,
        rank=rank,
        by_reach=array("q", sorted(range(len(reach)), key=reach.__getitem__, reverse=True)),
        doubts=sorted(bounds, reverse=True),
    )


def _over(mean: tuple[int, int], total: int) -> tuple[int, int]:
    return mean[0], mean[1] * total


def _reach(held: Amount, mean: float, spread: float, confidence: float) -> float:
    """As `Cap` tells what is left: by the normal curve, which is near enough to put parts in order."""
    return (mean + (_normal_quantile(confidence) * sqrt(spread) if spread else 0)) / held.total


def _bound(held: Amount, mean: float, spread: float, confidence: float) -> float:
    """A share above which `_remedy.holds` cannot say no."""
    if not held.chances:
        return float(held.highest(confidence)) / held.total
    if not spread or confidence >= 1:
        return inf
    # Bernstein's inequality (`_bounds.surely_holds`), solved for the distance.
    doubt = -log(1 - confidence)
    return (mean + doubt / 3 + sqrt(doubt * doubt / 9 + 2 * doubt * spread)) / held.total


@lru_cache(maxsize=64)
def _normal_quantile(confidence: float) -> float:
    return _bounds.normal_quantile(confidence)
