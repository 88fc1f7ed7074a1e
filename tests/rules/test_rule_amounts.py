"""How much of a part is machine-made, against a sum over its records one by one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

import pytest

from checker.model.composition import Cell, Moments, Origin, Tally
from checker.rules._machine import PPM, Reading, amount
from checker.rules._parts import Part


class Row(NamedTuple):
    """One record; `confidence` in thousandths is that of the origin of its list."""

    tokens: int
    weight: int
    confidence: int | None = None


ROWS: Mapping[Origin, list[Row]] = {
    Origin.HUMAN: [Row(10, 2, 980), Row(5, 1, 700), Row(7, 3), Row(6, 1, 1000)],
    Origin.MACHINE: [Row(4, 1, 900), Row(6, 2, 1000), Row(3, 1)],
    Origin.MIXED: [Row(9, 1, 600), Row(1, 4)],
    Origin.UNKNOWN: [Row(8, 1), Row(2, 5)],
}


def size(row: Row, unit: str) -> int:
    return {"records": 1, "tokens": row.tokens, "weight": row.weight * PPM}[unit]


def moments(rows: list[Row], unit: str) -> Moments:
    scored = [(size(row, unit), row.confidence * 1000) for row in rows if row.confidence is not None]
    return Moments(
        sum(w for w, _ in scored),
        sum(w * w for w, _ in scored),
        sum(w * c for w, c in scored),
        sum(w * w * c for w, c in scored),
        sum(w * w * c * c for w, c in scored),
    )


def tally(rows: list[Row]) -> Tally:
    counts = {row.confidence: 0 for row in rows if row.confidence is not None}
    for row in rows:
        if row.confidence is not None:
            counts[row.confidence] += 1
    return Tally(
        records=len(rows),
        tokens=sum(row.tokens for row in rows),
        weight_micro=sum(row.weight for row in rows) * PPM,
        scores={score: (number, number * score * 1000) for score, number in counts.items()},
        token_moments=moments(rows, "tokens"),
        weight_moments=moments(rows, "weight"),
    )


def part(tallies: Mapping[Cell, Tally]) -> Part:
    return Part("data/train", "dataset", "", list(tallies.items()))


def chance(origin: Origin, row: Row, reading: Reading) -> Fraction:
    """The probability that a record is machine-made."""
    if origin is Origin.UNKNOWN:
        return reading.unknown_prior
    stated = reading.default_confidence if row.confidence is None else Fraction(row.confidence, 1000)
    return 1 - stated if origin is Origin.HUMAN else stated


@pytest.mark.parametrize("unit", ["records", "tokens", "weight"])
@pytest.mark.parametrize("prior", [Fraction(1), Fraction(1, 2)], ids=["unknown is machine", "unknown by a prior"])
@pytest.mark.parametrize("default", [Fraction(1), Fraction(4, 5)], ids=["bare labels are sure", "bare labels may err"])
def test_mean_and_variance_are_those_of_the_records(unit: str, prior: Fraction, default: Fraction) -> None:
    reading = Reading(unit=unit, unknown_prior=prior, default_confidence=default)
    found = amount(part({Cell(origin): tally(rows) for origin, rows in ROWS.items()}), reading)
    every = [(origin, row) for origin, rows in ROWS.items() for row in rows]
    assert found.total == sum(size(row, unit) for _, row in every)
    assert found.expected == sum(size(row, unit) * chance(origin, row, reading) for origin, row in every)

    spread = Fraction(0)
    lumps: dict[Fraction, int] = {}
    for origin, row in every:
        p = chance(origin, row, reading)
        if unit == "records" or row.confidence is not None:
            spread += size(row, unit) ** 2 * p * (1 - p)
        else:
            # Their sizes are not known one by one, so all of the same chance are right or wrong together.
            lumps[p] = lumps.get(p, 0) + size(row, unit)
    spread += sum(together**2 * p * (1 - p) for p, together in lumps.items())
    assert found.spread == pytest.approx(float(spread))
    if unit != "records":
        bound = float(found.expected) + 1.6448536 * sqrt(spread)
        assert float(found.highest(0.95)) == pytest.approx(min(found.total, bound))


def test_what_is_certain_is_a_plain_count() -> None:
    found = amount(part({Cell(Origin.MACHINE): Tally(3), Cell(Origin.MIXED): Tally(2)}), Reading())
    assert found.certain
    assert (found.machine, found.mixed) == (3, 2)
    assert found.expected == found.highest(0.95) == 5


def test_only_mixed_records_are_taken_apart() -> None:
    tallies = {
        Cell(Origin.MIXED): Tally(records=4, tokens=100, machine_tokens=25),
        Cell(Origin.MACHINE): Tally(records=2, tokens=10, machine_tokens=0),
    }
    found = amount(part(tallies), Reading(by_parts=True))
    assert (found.machine, found.mixed) == (2, 0)
    assert found.parts == 1


def test_mixed_records_without_text_count_whole() -> None:
    found = amount(part({Cell(Origin.MIXED): Tally(records=4, tokens=0)}), Reading(by_parts=True))
    assert found.expected == 4


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param({"*"}, 6, id="every kind"),
        pytest.param({"distilled"}, 3, id="one kind and what states none"),
        pytest.param({"generative", "distilled"}, 6, id="both kinds"),
    ],
)
def test_kinds_narrow_what_counts(kinds: set[str], expected: int) -> None:
    tallies = {
        Cell(Origin.MACHINE): Tally(1),
        Cell(Origin.MACHINE, "distilled"): Tally(2),
        Cell(Origin.MACHINE, "generative"): Tally(3),
    }
    assert amount(part(tallies), Reading(kinds=frozenset(kinds))).expected == expected
