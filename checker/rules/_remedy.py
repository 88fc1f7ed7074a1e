"""How much has to change so that a cap on machine-made data holds: the exact numbers that messages give."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

from checker.rules import _bounds
from checker.rules._machine import Amount


def holds(found: Amount, cap: Fraction, confidence: float) -> bool:
    """Whether the expected amount and its quantile stay under the cap."""
    limit = cap * found.total
    if found.expected > limit:
        return False
    if found.certain:
        return True
    if found.chances:
        told = _bounds.surely_holds(float(found.expected), found.spread, float(limit), confidence)
        if told is not None:
            return told
    return found.highest(confidence) <= limit


def to_move(found: Amount, cap: Fraction, confidence: float) -> int | None:
    """The least amount of the most surely machine-made data that must go; None when its going cannot be enough."""
    top = max(found.highest(confidence), found.expected)
    if cap == 1 or top <= cap * found.total:
        return None
    direct = ceil((top - cap * found.total) / (1 - cap))
    if direct <= found.machine + found.mixed:
        return direct
    return _search(found, cap, confidence) if found.chances or found.certain else None


def to_add(found: Amount, cap: Fraction, confidence: float) -> int | None:
    """The least amount of surely human data that must come; None when no amount is enough."""
    top = max(found.highest(confidence), found.expected)
    return None if cap == 0 else ceil(top / cap) - found.total


def without(found: Amount, records: int) -> Amount:
    """The amount after `records` went, those most surely machine-made first."""
    machine = min(found.machine, records)
    mixed = min(found.mixed, records - machine)
    left = records - machine - mixed
    chances = {}
    for key, (size, ppm) in sorted(found.chances.items(), reverse=True):
        gone = min(size, left)
        left -= gone
        if size > gone:
            chances[key] = [size - gone, ppm * (size - gone) // size]
    return replace(
        found,
        total=found.total - (records - left),
        machine=found.machine - machine,
        mixed=found.mixed - mixed,
        chances=chances,
    )


def _search(found: Amount, cap: Fraction, confidence: float) -> int | None:
    """The least number by halving; going from more sure to less sure records the share falls all the way."""
    low, high = 0, found.machine + found.mixed + sum(size for size, _ in found.chances.values())
    if not holds(without(found, high), cap, confidence):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(without(found, middle), cap, confidence):
            high = middle
        else:
            low = middle + 1
    return high
