"""Other selectors for a rule: a key left open, a value less, a match demanded or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.model.policy import Selector

_LISTS = {"datasets": "glob", "roles": "role", "labels": "label", "paths": "glob"}


def changed_selectors(select: Selector) -> Iterator[tuple[Selector, str, str]]:
    """Each with what changed in words, and the case that notices it."""
    for key, noun in _LISTS.items():
        yield from _of_list(select, key, noun)
    for axis, values in select.where.items():
        others = {other: kept for other, kept in select.where.items() if other != axis}
        kill = f"a case whose {axis} is none of these, that expects no-match"
        yield select._replace(where=others), f"select.where without {axis}", kill
        for value in values:
            left = tuple(kept for kept in values if kept != value)
            if left:
                kill = f"a case with nothing but {axis} {value}"
                yield select._replace(where={**others, axis: left}), f"select.where.{axis} without {value}", kill
    if not (select.datasets or select.roles or select.labels or select.where):
        # Only a repository without any dataset would notice.
        return
    demanded = select.require_match
    what = f"select.require_match {str(demanded).lower()} -> {str(not demanded).lower()}"
    yield select._replace(require_match=not demanded), what, "a no-match case with blocking in expect"


def _of_list(select: Selector, key: str, noun: str) -> Iterator[tuple[Selector, str, str]]:
    values: Any = getattr(select, key)
    if not values:
        return
    kill = f"a case that fits none of the {key}, that expects no-match"
    yield _with(select, key, ()), f"select.{key} left open", kill
    for value in values:
        left = tuple(kept for kept in values if kept != value)
        if left:
            kill = f"a case that only the {noun} {value} selects"
            yield _with(select, key, left), f"select.{key} without {value}", kill


def _with(select: Selector, key: str, values: tuple[str, ...]) -> Selector:
    changed: dict[str, Any] = {key: values}
    return select._replace(**changed)
