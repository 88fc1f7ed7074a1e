"""How the numbers of the checks of provenance, licenses and cards come about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil

from checker.model.card import Card
from checker.rules._licenses import Standing
from checker.rules._numbers import count, percent
from checker.rules._parts import Survey
from checker.rules._provenance import Filled
from checker.rules._workings import MOST_PARTS, exactly, listed

MOST_VALUES = 20


def of_floor(name: str, dimension: str, unit: str, came: Mapping[str, int], went: Mapping[str, int]) -> Iterator[str]:
    """`real-floor`: what came and went of each part; unchanged shards are on both sides and need no count."""
    gains = {key: came.get(key, 0) - went.get(key, 0) for key in {*came, *went}}
    for key in sorted(gains, key=lambda key: (gains[key], key))[:MOST_PARTS]:
        label = f"{name}, {dimension} {key}" if key else name
        yield f"{label}: in shards that came {count(came.get(key, 0), f'real {unit}')}, in shards that went" + (
            f" {went.get(key, 0):,}: {gains[key]:+,}"
        )


def of_flags(
    label: str, named: int, scored: int, records: int, ppm: int, least: Fraction, scores: bool
) -> Iterator[str]:
    """`origin-flags`: one part."""
    yield f"{label}: {named:,} of {count(records, 'records')} state an origin, {scored:,} of them with a score"
    counted = scored if scores else named
    share = Fraction(counted, records)
    needed = ceil(least * records)
    yield (
        f"{label}: counted {counted:,} / {records:,} = {exactly(share)}; the least share {percent(least)} asks for"
        + (f" {needed:,}, {_short(needed - counted)}")
    )
    if scored:
        yield f"{label}: mean confidence {exactly(Fraction(ppm, scored * 1_000_000))} over {count(scored, 'records')}"


def of_fields(label: str, field: str, found: Filled, records: int, least: Fraction) -> Iterator[str]:
    """`source-metadata`: one field of one part."""
    between = "" if found.least == found.most else f" at least, {found.most:,} at most"
    needed = ceil(least * records)
    yield f"{label}: {field} is filled in {found.least:,}{between} of {count(records, 'records')} =" + (
        f" {exactly(Fraction(found.least, records))}; the least share {percent(least)} asks for {needed:,},"
        f" {_short(needed - found.least)}"
    )


def of_licenses(label: str, counts: Mapping[Standing, Mapping[str, int]], refused: int) -> Iterator[str]:
    """`license-allowed`: one part."""
    for standing, found in counts.items():
        if found:
            total = sum(found.values())
            yield f"{label}: {count(total, 'records')} {standing.name.lower()}: {listed(found.items())}"
    yield f"{label}: refused {refused:,}, allowed are 0"


def of_card(card: Card | None, wanted: Mapping[str, str]) -> Iterator[str]:
    """`card-required`: each demanded key, and what the card says."""
    if card is None:
        return
    for key, demand in wanted.items():
        values = card.filled(key)
        said = f"filled at {values[0].location}" if values else "empty or absent"
        yield f"{key}, demanded by {demand}: {said}"
    filled = sum(1 for key in wanted if card.filled(key))
    yield f"filled: {filled:,} of {len(wanted):,}"


def of_claims(card: Card | None, claims: Mapping[str, Sequence[str]], chosen: Sequence[str]) -> Iterator[str]:
    """`card-truthful`: each claim that the card makes, at its line; the outcomes have what it was held against."""
    for claim, keys in claims.items():
        if card is None or claim not in chosen:
            continue
        for key in keys:
            for value in card.filled(key)[:MOST_VALUES]:
                yield f"claim {claim}: {key} is {value.content!r} at {value.location}"


def of_measured(known: Survey, size_bytes: int | None) -> Iterator[str]:
    """`card-truthful`: what the claims are held against."""
    origins: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for cell, tally in known.whole:
        origins[cell.origin.value] += tally.records
        languages[cell.language] += tally.records
    if size_bytes is not None:
        yield f"by DVC it has {count(size_bytes, 'bytes')}"
    if known.measured:
        made = origins["machine"] + origins["mixed"]
        share = f"; machine-made or mixed {made:,} = {exactly(Fraction(made, known.records))}" if known.records else ""
        yield f"measured are {count(known.records, 'records')}, by origin: {listed(origins.items())}{share}"
        yield f"by language: {listed(languages.items())}"


def _short(lacking: int) -> str:
    return f"{lacking:,} too few" if lacking > 0 else f"{-lacking:,} more than that"
