"""Claims on synthetic data, held against the measured origins."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from checker.model.card import Card
from checker.model.composition import Origin
from checker.model.outcome import Judgement
from checker.rules._claim import Claim
from checker.rules._numbers import are, count, exact, percent
from checker.rules._parts import Survey

KEYS = ("synthetic", "synthetic_share", "language_creators")
# The card's own word is no evidence for the card.
CIRCULAR = "declared-card"
STATE_ORIGINS = "state the origin of the records (field origin, or origins in headwater.yaml)"


class Origins(NamedTuple):
    """Records by what is known of their origin; mixed records hold machine text."""

    machine: int
    human: int
    unknown: int

    @property
    def total(self) -> int:
        """All records."""
        return self.machine + self.human + self.unknown


def judge(card: Card, known: Survey, tolerance: float) -> Iterator[Judgement]:
    """The flag, the creators of the text, the share."""
    found = known.once("origins", lambda: _origins(known))
    yield from _flag(card, known, found)
    yield from _creators(card, known, found)
    yield from _share(card, known, found, exact(tolerance, "tolerance"))


def _origins(known: Survey) -> Origins:
    machine = human = unknown = 0
    for _, _, tallies in known.measured:
        for cell, tally in tallies:
            if cell.origin is Origin.UNKNOWN:
                unknown += tally.records
                continue
            circular = min(tally.records, tally.bases.get(CIRCULAR, 0))
            unknown += circular
            if cell.origin is Origin.HUMAN:
                human += tally.records - circular
            else:
                machine += tally.records - circular
    return Origins(machine, human, unknown)


def _flag(card: Card, known: Survey, found: Origins) -> Iterator[Judgement]:
    for value in card.filled("synthetic"):
        if not isinstance(value.content, bool):
            continue
        claim = Claim("synthetic", card, value, known.digests())
        says = "yes" if value.content else "no"
        measured = f"{found.machine:,} of {count(found.total, 'records')} {are(found.machine)} machine-made"
        word = "says that data is synthetic" if value.content else "says that no data is synthetic"
        if found.machine:
            make = claim.agrees if value.content else claim.contradicted
            yield make(f"{word}; {measured}", found.machine, says, "machine-made records")
        elif not known.complete:
            continue
        elif found.unknown or not found.total:
            yield claim.open(
                f"{word}, and nobody can tell: the origin of {count(found.unknown, 'records')} is unknown",
                says,
                STATE_ORIGINS,
            )
        else:
            make = claim.contradicted if value.content else claim.agrees
            yield make(f"{word}; {measured}", 0, says, "machine-made records")


def _creators(card: Card, known: Survey, found: Origins) -> Iterator[Judgement]:
    """A list of creators without a machine says that no machine wrote; unless the card says so elsewhere."""
    values = card.filled("language_creators")
    named = {str(value.content) for value in values}
    admitted = any(value.content is True for value in card.filled("synthetic"))
    if not values or admitted or named & {"machine-generated", "other"}:
        return
    claim = Claim("language_creators", card, values[0], known.digests())
    listed = ", ".join(sorted(named))
    word = f"names {listed} as creators of the text"
    if found.machine:
        yield claim.contradicted(
            f"{word}; {found.machine:,} of {count(found.total, 'records')} {are(found.machine)} machine-made",
            found.machine,
            listed,
            "machine-made records",
            "add machine-generated to language_creators, or take the machine-made records out",
        )
    elif known.complete and not found.unknown and found.total:
        yield claim.agrees(f"{word}; none of {count(found.total, 'records')} is machine-made", 0, listed)
    elif known.complete:
        yield claim.open(
            f"{word}, and nobody can tell: the origin of {count(found.unknown, 'records')} is unknown",
            listed,
            STATE_ORIGINS,
        )


def _share(card: Card, known: Survey, found: Origins, tolerance: Fraction) -> Iterator[Judgement]:
    for value in card.filled("synthetic_share"):
        content = value.content
        if isinstance(content, bool) or not isinstance(content, int | float) or not known.complete:
            continue
        claim = Claim("synthetic_share", card, value, known.digests())
        claimed = exact(content, "synthetic_share")
        if not found.total:
            yield claim.open("claims a synthetic share, and there are no records", content, "add data")
            continue
        low, high = Fraction(found.machine, found.total), Fraction(found.machine + found.unknown, found.total)
        span = percent(low, claimed) if low == high else f"{percent(low, claimed)} to {percent(high, claimed)}"
        text = (
            f"claims a synthetic share of {percent(claimed, low)}, measured is {span}"
            f" ({found.machine:,} machine-made and {found.unknown:,} of unknown origin, of"
            f" {count(found.total, 'records')}); they may differ by {percent(tolerance)}"
        )
        if high - tolerance <= claimed <= low + tolerance:
            yield claim.agrees(text, float(low), content, "share of records")
        elif low - tolerance <= claimed <= high + tolerance:
            yield claim.open(text, content, STATE_ORIGINS)
        else:
            yield claim.contradicted(text, float(low), content, "share of records")
