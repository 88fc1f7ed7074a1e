"""How much of a part is machine-made, when origins are unknown, mixed, or stated with a confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from checker.model.composition import Cell, Moments, Origin, Tally
from checker.rules import _bounds
from checker.rules._base import Missing
from checker.rules._bounds import Group
from checker.rules._parts import Part

PPM = 1_000_000


class Reading(NamedTuple):
    """How origins are read: the parameters of `synthetic-cap` of these names."""

    unit: str = "records"
    kinds: frozenset[str] = frozenset({"*"})
    unknown_prior: Fraction = Fraction(1)  # 1: unknown counts as machine
    by_parts: bool = False
    default_confidence: Fraction = Fraction(1)


@dataclass(slots=True)
class Amount:
    """What a part holds, in the reading's unit.

    `machine` is machine-made for certain, `mixed` counts whole, `parts` is the machine share of mixed records taken
    apart. `chances` maps thousandths to [records, sum of probabilities in ppm]. For tokens and weight the scored
    records are summed in `mean_ppm` and `variance_ppm`; `lumps` are amounts whose records' sizes are not known one by
    one: they are taken to be right or wrong together, which never makes the bound too small.
    """

    total: int = 0
    machine: int = 0
    mixed: int = 0
    unknown: int = 0
    chances: dict[int, list[int]] = field(default_factory=dict)
    mean_ppm: int = 0
    variance_ppm: int = 0
    lumps: dict[Fraction, int] = field(default_factory=dict)
    split_units: int = 0
    split_tokens: int = 0
    split_machine: int = 0
    tops: dict[float, Fraction] = field(default_factory=dict, init=False, compare=False)

    @property
    def parts(self) -> Fraction:
        """The machine-made part of mixed records that are taken apart; whole where they have no text."""
        if not self.split_tokens:
            return Fraction(self.split_units)
        return Fraction(self.split_units * self.split_machine, self.split_tokens)

    @property
    def certain(self) -> bool:
        """Whether the amount is a plain count: no scores, no priors."""
        return not (self.chances or self.mean_ppm or self.variance_ppm or self.lumps)

    @property
    def sure(self) -> Fraction:
        """Machine-made for certain, or counted so."""
        return self.machine + self.mixed + self.parts

    @property
    def expected(self) -> Fraction:
        """The mean."""
        return Fraction(*self.mean)

    @property
    def mean(self) -> tuple[int, int]:
        """The mean as numerator and denominator, not reduced."""
        scored = sum([ppm for _, ppm in self.chances.values()]) + self.mean_ppm
        if self.split_units or self.lumps:
            exact = self.sure + Fraction(scored, PPM) + sum(size * chance for chance, size in self.lumps.items())
            return exact.numerator, exact.denominator
        whole = self.machine + self.mixed
        return (whole * PPM + scored, PPM) if scored else (whole, 1)

    @property
    def spread(self) -> float:
        """The variance."""
        lumped = sum(float(chance * (1 - chance)) * size * size for chance, size in self.lumps.items())
        return _bounds.variance(self.groups()) + self.variance_ppm / PPM**2 + lumped

    def groups(self) -> tuple[Group, ...]:
        """The scored records by probability."""
        return tuple(
            Group(records, ppm / records / PPM) for _, (records, ppm) in sorted(self.chances.items()) if records
        )

    def highest(self, confidence: float) -> Fraction:
        """The least amount that is not exceeded with this confidence. To be asked once the amount is complete."""
        if confidence not in self.tops:
            self.tops[confidence] = self._highest(confidence)
        return self.tops[confidence]

    def _highest(self, confidence: float) -> Fraction:
        if self.certain:
            return self.sure
        if self.chances:
            return self.sure + _bounds.quantile(self.groups(), confidence)
        reach = _bounds.normal_quantile(confidence) * sqrt(self.spread)
        return min(Fraction(self.total), self.expected + Fraction(reach))


def amount(part: Part, reading: Reading) -> Amount:
    """Add up the part's cells. Raises Missing where tokens are needed and were not counted."""
    found = Amount()
    by_records, certain, doubted = (
        reading.unit == "records",
        reading.default_confidence == 1,
        reading.unknown_prior != 1,
    )
    for cell, tally in part.tallies:
        units = tally.records if by_records else _units(part, tally, reading)
        found.total += units
        origin = cell.origin
        if origin is Origin.UNKNOWN:
            found.unknown += units
            if doubted:
                _add_doubted(found, units, reading)
            else:
                found.machine += units
        elif origin is Origin.HUMAN:
            # What is human for certain adds nothing.
            if not (by_records and certain) or tally.scores:
                _add_scored(found, tally, units, reading, machine=False)
        elif _counts(cell, reading.kinds):
            if origin is Origin.MIXED and reading.by_parts:
                _add_parts(found, part, tally, units)
            else:
                _add_scored(found, tally, units, reading, machine=True, mixed=origin is Origin.MIXED)
    return found


def _counts(cell: Cell, kinds: frozenset[str]) -> bool:
    """A machine record that does not state its kind may be of any."""
    return "*" in kinds or not cell.kind or cell.kind in kinds


def _units(part: Part, tally: Tally, reading: Reading) -> int:
    if reading.unit == "records":
        return tally.records
    if reading.unit == "weight":
        return tally.weight_micro
    return _tokens(part, tally)


def _tokens(part: Part, tally: Tally) -> int:
    if tally.tokens is None:
        raise Missing(f"the tokens of {part.label} were not counted", "measure the dataset with its text")
    return tally.tokens


def _add_doubted(found: Amount, units: int, reading: Reading) -> None:
    if reading.unit == "records":
        _add_chance(found, units, round(reading.unknown_prior * PPM))
    else:
        _add_lump(found, units, reading.unknown_prior)


def _add_parts(found: Amount, part: Part, tally: Tally, units: int) -> None:
    """Roles of turns are taken at their word: scores speak of records, not of turns."""
    found.split_units += units
    found.split_tokens += _tokens(part, tally)
    found.split_machine += tally.machine_tokens


def _add_scored(
    found: Amount, tally: Tally, units: int, reading: Reading, *, machine: bool, mixed: bool = False
) -> None:
    if reading.unit == "records":
        scored = _add_histogram(found, tally.scores, machine=machine)
    else:
        scored = _add_moments(found, _moments(tally, reading.unit), machine=machine)
    bare = units - scored
    if reading.default_confidence != 1 and bare:
        chance = reading.default_confidence if machine else 1 - reading.default_confidence
        if reading.unit == "records":
            _add_chance(found, bare, round(chance * PPM))
        else:
            _add_lump(found, bare, chance)
    elif machine:
        found.mixed += bare if mixed else 0
        found.machine += 0 if mixed else bare


def _moments(tally: Tally, unit: str) -> Moments:
    return tally.token_moments if unit == "tokens" else tally.weight_moments


def _add_histogram(found: Amount, scores: Mapping[int, tuple[int, int]], *, machine: bool) -> int:
    """Records with a score, by the probability that they are machine-made. Certain ones stay certain."""
    for records, ppm in scores.values():
        chance = ppm if machine else records * PPM - ppm
        if chance == records * PPM:
            found.machine += records
        elif chance and records:
            _add_chance(found, records, chance, whole=True)
    return sum(records for records, _ in scores.values())


def _add_moments(found: Amount, moments: Moments, *, machine: bool) -> int:
    """Scored weights: the mean and the variance of their sum are exact."""
    found.mean_ppm += moments.wc if machine else moments.w * PPM - moments.wc
    found.variance_ppm += moments.w2c * PPM - moments.w2cc
    return moments.w


def _add_chance(found: Amount, records: int, ppm: int, *, whole: bool = False) -> None:
    total = ppm if whole else records * ppm
    if not total or not records:
        return
    group = found.chances.setdefault(round(total / records / 1000), [0, 0])
    group[0] += records
    group[1] += total


def _add_lump(found: Amount, units: int, chance: Fraction) -> None:
    if units and chance:
        found.lumps[chance] = found.lumps.get(chance, 0) + units
