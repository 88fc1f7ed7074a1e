"""What a ratchet says: how much is measured, how much there was, how much is left, and the next step with numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from checker.model.outcome import Figure, Judgement, Number, Scope
from checker.model.policy import Ratchet
from checker.rules._numbers import count, percent


class Comparison(NamedTuple):
    """A part and its counterpart. `own` is what the rule itself found broken there; `note` tells of the counterpart."""

    name: str
    figure: Figure
    unit: str
    worse: str
    value: Fraction
    reference: Fraction
    limit: Fraction
    ratchet: Ratchet
    label: str
    note: str
    own: Judgement | None


def label(dataset: str, scope: Scope) -> str:
    """`data/train/07.jsonl`, `data/train, domain health`."""
    words = dataset
    for axis, value in scope:
        words += f"/{value}" if axis == "shard" else f", {axis} {value}"
    return words


def part_of(scope: Scope) -> str:
    """The name of the part."""
    return scope[0][1] if scope else ""


def message(found: Comparison) -> str:
    """`data/train: 6% machine-made, 3% at release v1.2 (a1b2c3d); it may get worse by 2 points: at most 5%`."""
    now, before = (_amount(found, value, beside) for value, beside in _pairs(found))
    of = f" {found.figure.of}" if found.figure.of else ""
    place = "in" if found.ratchet.against == "gold" else "at"
    side = "at most" if found.worse == "higher" else "at least"
    own = f"; it breaks the rule's own limit too: {found.own.message}" if found.own is not None else ""
    return (
        f"{found.name}: {now}{of}, {before} {place} {found.label}{found.note}; {_slack(found)}:"
        f" {side} {_bound(found)}{own}"
    )


def fix(found: Comparison) -> str:
    """The next step; in records or documents where it is known how many the share is of."""
    total, noun = found.figure.total, found.unit.removeprefix("share of ").split(" with ")[0]
    what = found.figure.of or found.unit
    if not _is_share(found.unit):
        if found.worse == "higher":
            return f"bring it down by {_plain(ceil(found.value - found.limit), found)}, to {_bound(found)} or fewer"
        return f"bring back {_plain(ceil(found.limit - found.value), found)}"
    if not total or not 0 <= found.limit < 1:
        return f"bring {found.name} back to {_bound(found)} {what}"
    if found.worse == "higher":
        surplus = ceil((found.value - found.limit) * total / (1 - found.limit))
        return f"take {count(surplus, noun)} that are {what} out of {found.name}"
    return f"bring {count(ceil((found.limit - found.value) * total), noun)} of {found.name} up to it"


def number(value: Fraction, like: Fraction | float) -> Number:
    """As outcomes carry it: whole numbers stay whole."""
    return int(value) if isinstance(like, int) and value.denominator == 1 else float(value)


def _pairs(found: Comparison) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    """Each value with the one that it must look different from."""
    nearest = found.limit if found.value != found.limit else found.reference
    return (found.value, nearest), (found.reference, found.value)


def _slack(found: Comparison) -> str:
    ratchet, parts = found.ratchet, []
    if ratchet.max_worse is not None:
        parts.append(_step(found, Fraction(repr(ratchet.max_worse))))
    if ratchet.max_worse_share is not None:
        parts.append(f"{percent(Fraction(repr(ratchet.max_worse_share)))} of that")
    if not any((ratchet.max_worse, ratchet.max_worse_share)) or (len(parts) == 1 and found.limit == found.reference):
        return "it may not get worse"
    return f"it may get worse by {' and by '.join(parts)}"


def _step(found: Comparison, size: Fraction) -> str:
    if not _is_share(found.unit):
        return _plain(size, found)
    points = percent(size).removesuffix("%")
    return f"{points} {'point' if points == '1' else 'points'}"


def _bound(found: Comparison) -> str:
    if isinstance(found.figure.value, int):
        return _plain(floor(found.limit) if found.worse == "higher" else ceil(found.limit), found)
    return _amount(found, found.limit, found.value)


def _amount(found: Comparison, value: Fraction, beside: Fraction) -> str:
    return percent(value, beside) if _is_share(found.unit) else _plain(value, found)


def _plain(value: Fraction | int, found: Comparison) -> str:
    exact = Fraction(value)
    text = f"{int(exact):,}" if exact.denominator == 1 else f"{float(exact):,.4g}"
    noun = found.unit.removesuffix("s") if exact == 1 else found.unit
    return text if found.figure.of and not isinstance(found.figure.value, int) else f"{text} {noun}".rstrip()


def _is_share(unit: str) -> bool:
    return unit.startswith("share") or unit == "mean confidence"
