"""What explanations of several checks have in common: numbers as they are compared, the worst parts first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from checker.model.outcome import Number
from checker.rules._numbers import percent
from checker.rules._parts import Part, Survey, dimensions, parts

T = TypeVar("T")
# So many parts of a dimension are explained, those that press hardest; the outcomes name all that are broken.
MOST_PARTS = 5


def exactly(value: Fraction | Number) -> str:
    """`40.2% (0.402)`: the share for people, and the very number that the outcome carries."""
    return f"{percent(value)} ({float(value)!r})"


def worst_parts(
    known: Survey,
    per: tuple[str, ...],
    pressure: Callable[[Part], Fraction | Number],
    worse: str = "higher",
    least: int = 0,
) -> Iterator[Part]:
    """The parts of each judged dimension, those first that are nearest to breaking the rule.

    Parts of fewer records than `least` are left out, unless they are the whole.
    """
    for dimension in dimensions(known, per):
        found = sorted(parts(known, dimension), key=lambda part: part.name)
        found = [part for part in found if not part.name or part.records >= least]
        found.sort(key=pressure, reverse=worse == "higher")
        yield from found[:MOST_PARTS]


def listed(counts: Iterable[tuple[str, int]], most: int = 12) -> str:
    """`human 90, machine 10`, the largest first."""
    found = sorted((item for item in counts if item[1]), key=lambda item: (-item[1], item[0]))
    rest = sum(number for _, number in found[most:])
    told = [f"{name or '(not stated)'} {number:,}" for name, number in found[:most]]
    return ", ".join([*told, *([f"{len(found) - most:,} others {rest:,}"] if rest else [])]) or "nothing"
