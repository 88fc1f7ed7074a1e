"""One rule on one dataset, explained: where the rule comes from, what was seen, how the numbers come about."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.outcome import Outcome


class Section(NamedTuple):
    """Lines of plain text under a title."""

    title: str
    lines: tuple[str, ...]


class Explanation(NamedTuple):
    """`outcomes` are the very ones of a check of the same state, `state` names it."""

    rule: str
    check: str
    dataset: str
    state: str
    sections: tuple[Section, ...]
    outcomes: tuple[Outcome, ...] = ()
