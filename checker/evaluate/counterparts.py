"""The counterpart of a part in a reference: the same part, or for a new one the worst of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from checker.evaluate.ratchet_words import part_of
from checker.model.likeness import Gap
from checker.model.outcome import Figure, Judgement, Scope

# The axes that name a part of a dataset; others tell apart what is said of one part (a field, a signal).
_PARTS = frozenset({"shard", "domain", "language", "source", "class"})
Key = tuple[Scope, str]


class Told(NamedTuple):
    """What a check told of one side: what can be compared, by scope and unit, and what stayed open."""

    figures: Mapping[Key, Judgement]
    open: tuple[Gap, ...] = ()


class Reference:
    """What a check told of the reference, so that the counterparts of thousands of new parts are found at once."""

    def __init__(self, told: Told, worse: str, label: str) -> None:
        self.told, self._label = told, label
        self._units = dict(sorted(told.figures, reverse=True))
        self._worst: dict[tuple[str, Scope, str], Judgement] = {}
        for (scope, unit), judgement in sorted(told.figures.items(), key=lambda item: item[0]):
            kind = (axis_of(judgement), facets_of(scope), unit)
            if kind not in self._worst or _badness(judgement, worse) > _badness(self._worst[kind], worse):
                self._worst[kind] = judgement

    def counterpart(self, judgement: Judgement) -> tuple[Judgement, str] | Gap:
        """The same part; for a part that is new, the worst one of its kind, with a note that says so."""
        scope, unit = judgement.scope, unit_of(judgement)
        same = self.told.figures.get((scope, unit))
        if same is not None:
            return same, ""
        if scope in self._units:
            return Gap(f"it is told in {unit} here and in {self._units[scope]} there, which cannot be compared")
        if self.told.open:
            return self.told.open[0]
        part, facets = axis_of(judgement), facets_of(scope)
        worst = self._worst.get((part, facets, unit)) if part else None
        if worst is not None:
            return worst, f", its worst {part} {part_of(worst.scope)}, since this one is new"
        whole = self._worst.get(("", facets, unit))
        if part == "shard" and whole is not None:
            return whole, ", of which it is the only shard"
        return Gap(f"{self._label} has nothing that it could be held against")


def _badness(judgement: Judgement, worse: str) -> Fraction | float:
    figure = judgement.figure or Figure(0)
    return figure.value if (figure.worse or worse) == "higher" else -figure.value


def axis_of(judgement: Judgement) -> str:
    """The axis that names the part; empty for the whole dataset."""
    return next((axis for axis, _ in judgement.scope if axis in _PARTS), "")


def unit_of(judgement: Judgement) -> str:
    """The unit of its figure."""
    return (judgement.figure.unit if judgement.figure else "") or judgement.unit


def facets_of(scope: Scope) -> Scope:
    """What is said of the part: a field, a signal."""
    return tuple((axis, value) for axis, value in scope if axis not in _PARTS)
