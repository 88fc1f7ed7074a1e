"""Claims on languages, held against those of the records."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.card import Card
from checker.model.languages import TWO_LETTER_CODES
from checker.model.outcome import Judgement
from checker.rules._claim import Claim
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Survey

KEYS = ("language",)
# Values of the Hub that name no single language.
ANY = frozenset({"multilingual", "mul", "und", "code"})


def judge(card: Card, known: Survey, min_share: float) -> Iterator[Judgement]:
    """Every language with a share of the records is named, and every named one is there."""
    values = card.filled("language")
    named = {primary(str(value.content)) for value in values}
    records = _by_language(known)
    total, silent = sum(records.values()), records.pop("", 0)
    if not values:
        return
    claim = Claim("language", card, values[0], known.digests())
    listed = ", ".join(sorted(named))
    if not records:
        if known.complete:
            fix = "state the language of the records, or of the dataset in headwater.yaml"
            yield claim.open(f"names {listed}, and no record states its language", listed, fix)
        return
    least = exact(min_share, "min_language_share")
    unnamed = {name: found for name, found in records.items() if name not in named and found >= least * total}
    if unnamed and not named & ANY:
        worst = max(sorted(unnamed), key=unnamed.__getitem__)
        found = f"{worst} is the language of {count(unnamed[worst], 'records')} ({percent(unnamed[worst] / total)})"
        more = f" and {len(unnamed) - 1} more languages" if len(unnamed) > 1 else ""
        fix = f"add {', '.join(sorted(unnamed))} to the card's languages, or take these records out"
        yield claim.contradicted(f"names {listed}; {found}{more}", worst, listed, "language", fix)
        return
    absent = sorted(named - ANY - set(records))
    if not absent:
        measured = ", ".join(sorted(records))
        yield claim.agrees(f"names {listed}; the records are in {measured}", measured, listed, "language")
    elif known.complete:
        yield from _absent(claim, absent, listed, silent)


def _absent(claim: Claim, absent: list[str], listed: str, silent: int) -> Iterator[Judgement]:
    missing = ", ".join(absent)
    if silent:
        text = f"names {missing}, of which no record is known; the language of {count(silent, 'records')} is unknown"
        yield claim.open(text, listed, "state the language of the records")
    else:
        yield claim.contradicted(f"names {missing}, and no record is in it", "no record", listed, "language")


def primary(tag: str) -> str:
    """The language of a BCP 47 tag, as a two-letter code where there is one."""
    first = tag.strip().casefold().replace("_", "-").split("-")[0]
    return TWO_LETTER_CODES.get(first, first)


def _by_language(known: Survey) -> dict[str, int]:
    found: dict[str, int] = {}
    for cell, tally in known.whole:
        name = primary(cell.language) if cell.language else ""
        found[name] = found.get(name, 0) + tally.records
    return found
