"""The parts of a dataset from worst to best: a limit then only says how many of the first do not hold.

Sorted once for all rules that count the same, whatever their limits are. Exact as fractions are.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from checker.rules._parts import Part, Survey, parts

# The first two are the numerator and the denominator of the share that parts are ranked by.
Fact = tuple[int, ...]
# Shares whose denominators are smaller than this are equal as floats only where they are equal.
_TOLD_APART = 2**26
_NEAR = 1e-9


class Ranking(NamedTuple):
    """Parts with their facts in columns, worst first, then by name. `high` says that a high share is bad."""

    parts: Sequence[Part]
    columns: Sequence[Sequence[int]]
    high: bool

    def fact(self, at: int) -> Fact:
        """The fact of the part at this place."""
        return tuple([column[at] for column in self.columns])

    def failing(self, limit: Fraction) -> int:
        """How many of the first lie beyond the limit."""
        if not self.parts:
            return 0
        over, under, (shares, wholes) = limit.numerator, limit.denominator, self.columns[:2]

        def within(at: int) -> bool:
            left, right = shares[at] * under, over * wholes[at]
            return left <= right if self.high else left >= right

        return bisect_left(range(len(self.parts)), True, key=within)


def ranking(known: Survey, dimension: str, key: object, fact: Callable[[Part], Fact | None], *, high: bool) -> Ranking:
    """The parts that have a fact. `key` names the fact and all that it depends on beside the part."""
    return known.once(("ranking", dimension, key), lambda: _ranking(parts(known, dimension), fact, high=high))


def _ranking(found: Sequence[Part], fact: Callable[[Part], Fact | None], *, high: bool) -> Ranking:
    pairs = [(part, told) for part in found if (told := fact(part)) is not None]
    return ranked([part for part, _ in pairs], [told for _, told in pairs], high=high)


def ranked(found: Sequence[Part], facts: Sequence[Fact], *, high: bool) -> Ranking:
    """The ranking of these parts, which are sorted by name, by a fact for each."""
    order = in_order(facts, high=high)
    columns = [_packed([facts[at][column] for at in order]) for column in range(len(facts[0]) if facts else 0)]
    return Ranking([found[at] for at in order], columns, high)


def _packed(numbers: list[int]) -> Sequence[int]:
    """A fifth of the memory, where the numbers are not huge."""
    try:
        return array("q", numbers)
    except OverflowError:
        return numbers


def in_order(facts: Sequence[Fact], *, high: bool) -> list[int]:
    """The places of the facts from the worst to the best; of equal ones the first comes first."""
    shares = [fact[0] / fact[1] for fact in facts]
    order = sorted(range(len(facts)), key=shares.__getitem__, reverse=high)
    if max((fact[1] for fact in facts), default=0) >= _TOLD_APART:
        _mend(order, facts, shares, high=high)
    return order


def _mend(order: list[int], facts: Sequence[Fact], shares: Sequence[float], *, high: bool) -> None:
    """Sort anew, exactly, where neighbors are too near for floats to tell them apart."""
    start = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and abs(shares[order[end]] - shares[order[end - 1]]) < _NEAR:
            continue
        if end - start > 1:
            run = sorted(order[start:end])
            order[start:end] = sorted(run, key=lambda at: Fraction(facts[at][0], facts[at][1]), reverse=high)
        start = end
