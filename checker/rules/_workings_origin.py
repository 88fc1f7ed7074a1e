"""How the numbers of the checks of origin come about: what counted as what, the bound, what is left of the limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import floor

from checker.rules import _bounds
from checker.rules._machine import PPM, Amount, Reading, amount
from checker.rules._numbers import count, percent
from checker.rules._parts import Part, Survey
from checker.rules._workings import exactly, listed, worst_parts


def of_cap(
    known: Survey, per: tuple[str, ...], limit: Fraction, confidence: float, reading: Reading, least: int
) -> Iterator[str]:
    """`synthetic-cap`: mean, quantile and worst case of each part that presses hardest.

    Parts with fewer records than `least` are weighed within the whole.
    """

    def pressure(part: Part) -> Fraction:
        found = amount(part, reading)
        return found.expected / found.total if found.total else Fraction(0)

    if least and "dataset" not in per:
        per = ("dataset", *per)
    for part in worst_parts(known, per, pressure, least=least):
        found = amount(part, reading)
        if not found.total:
            continue
        yield f"{part.label}: {count(part.records, 'records')} by origin: {_origins(part)}"
        yield f"{part.label}: {_counted(found, reading)}"
        yield f"{part.label}: mean {_units(found.expected, reading)} of {_units(found.total, reading)}" + (
            f" = {exactly(found.expected / found.total)}"
        )
        yield from _bound(part, found, confidence, reading)
        yield f"{part.label}: the limit {percent(limit)} of {_units(found.total, reading)} is" + (
            f" {_units(limit * found.total, reading)}; {_left(found, limit, confidence, reading)}"
        )


def _origins(part: Part) -> str:
    counted: Counter[str] = Counter()
    for cell, tally in part.tallies:
        counted[f"{cell.origin.value} ({cell.kind})" if cell.kind else cell.origin.value] += tally.records
    return listed(counted.items())


def _counted(found: Amount, reading: Reading) -> str:
    """What counted as machine-made, and how."""
    unknown = found.unknown if reading.unknown_prior == 1 else 0
    prior = f"each with probability {percent(reading.unknown_prior)}"
    steps = [
        f"machine-made for certain {_units(found.machine - unknown, reading)}",
        f"mixed, whole {_units(found.mixed, reading)}" if found.mixed else "",
        f"mixed, by their machine-made tokens {_units(found.parts, reading)}" if found.split_units else "",
        f"unknown, as machine-made {_units(unknown, reading)}" if unknown else "",
        f"unknown, {prior} {_units(found.unknown, reading)}" if found.unknown and not unknown else "",
        f"by their scores {_scored(found)}" if found.chances or found.mean_ppm else "",
    ]
    return "counted as " + ", ".join(step for step in steps if step)


def _scored(found: Amount) -> str:
    if found.mean_ppm and not found.chances:
        return f"{found.mean_ppm / PPM:,.2f} (mean of the weighted sum)"
    groups = sorted(found.groups(), key=lambda group: -group.probability)
    told = [f"{group.records:,} x {group.probability:.3g}" for group in groups[:6]]
    return f"{' + '.join(told)}{f' and {len(groups) - 6:,} more groups' if len(groups) > 6 else ''}"


def _bound(part: Part, found: Amount, confidence: float, reading: Reading) -> Iterator[str]:
    """The bound that was used, by its name, and the worst case."""
    if found.certain:
        yield f"{part.label}: no bound is needed, since nothing is counted by a probability"
    else:
        top = found.highest(confidence)
        yield f"{part.label}: bound used: {_name(found)} at {percent(confidence)} = {_units(top, reading)}" + (
            f" = {exactly(top / found.total)}; standard deviation {found.spread**0.5:,.3g}"
        )
    if found.unknown and reading.unknown_prior != 1:
        worst = amount(part, reading._replace(unknown_prior=Fraction(1))).highest(confidence)
        yield f"{part.label}: worst case, every unknown is machine-made: {exactly(worst / found.total)}"


def _name(found: Amount) -> str:
    if not found.chances:
        return "normal quantile of the weighted sum"
    groups = found.groups()
    exact = _bounds.is_exact(groups)
    return "Poisson-binomial quantile, exact" if exact else "Poisson-binomial quantile, by the normal curve"


def _left(found: Amount, limit: Fraction, confidence: float, reading: Reading) -> str:
    """How much more machine-made data the part could take, or by how much it is over."""
    top = max(found.highest(confidence), found.expected)
    room = limit * found.total - top
    if room < 0:
        return f"{_units(-room, reading)} over it"
    if limit == 1:
        return "any amount would hold"
    more = floor(room / (1 - limit))
    return f"up to {_units(more, reading)} more of machine-made data would hold"


def _units(number: Fraction | int, reading: Reading) -> str:
    value = Fraction(number) / (PPM if reading.unit == "weight" else 1)
    text = f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.2f}"
    return f"{text} {'in sample weight' if reading.unit == 'weight' else reading.unit}"


def of_unknown(label: str, unknown: int, total: int, limit: Fraction, reviewed_as: str) -> Iterator[str]:
    """`unknown-provenance`: one part."""
    review = "those that passed a review do not count" if reviewed_as == "accepted" else "a review makes no difference"
    yield f"{label}: {unknown:,} of {count(total, 'records')} state no origin; {review}"
    most = floor(limit * total)
    left = most - unknown
    verdict = f"{left:,} more would hold" if left >= 0 else f"{-left:,} over it"
    yield (
        f"{label}: {unknown:,} / {total:,} = {exactly(Fraction(unknown, total))}; the limit {percent(limit)} allows"
        + (f" {most:,}; {verdict}")
    )
