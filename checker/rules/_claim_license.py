"""The card's license, held against those of the records."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.card import Card
from checker.model.outcome import Judgement
from checker.rules import _licenses
from checker.rules._claim import Claim
from checker.rules._numbers import count
from checker.rules._parts import Survey

KEYS = ("license",)


def judge(card: Card, known: Survey) -> Iterator[Judgement]:
    """Every license of a record is one that the card names."""
    values = card.filled("license")
    if not values:
        return
    named = {name for value in values for choice in _licenses.terms(str(value.content)).every for name in choice}
    listed = ", ".join(sorted(named))
    claim = Claim("license", card, values[0], known.digests())
    records = _by_license(known)
    if any(_licenses.canonical(name) is None for name in named):
        fix = "name the license by its SPDX id"
        yield claim.open(f"names {listed}, which is no exact license to compare with", listed, fix)
        return
    foreign = {text: found for text, found in records.items() if not _is_named(text, named)}
    if foreign:
        worst = max(sorted(foreign), key=foreign.__getitem__)
        text = f"names {listed}; {worst} is the license of {count(foreign[worst], 'records')}"
        more = f" and {sum(foreign.values()) - foreign[worst]:,} have others" if len(foreign) > 1 else ""
        fix = f"add {worst} to the card, or take these records out"
        yield claim.contradicted(f"{text}{more}", worst, listed, "license", fix)
    elif not known.complete:
        return
    elif records:
        text = f"names {listed}; so do {count(sum(records.values()), 'records')}"
        yield claim.agrees(text, ", ".join(sorted(records)), listed, "license")
    else:
        yield claim.open(
            f"names {listed}, and no record states its license", listed, "state the license of the records"
        )


def _is_named(text: str, named: set[str]) -> bool:
    """Each license that applies to the record is one of the card's."""
    return all(set(choice) & named for choice in _licenses.terms(text).every)


def _by_license(known: Survey) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, tally in known.whole:
        for name, records in tally.licenses.items():
            found[name] = found.get(name, 0) + records
    return found
