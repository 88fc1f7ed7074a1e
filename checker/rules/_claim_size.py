"""Claims on size: records, size class, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from checker.model.card import Card, Value
from checker.model.dataset import DatasetVersion
from checker.model.outcome import Judgement
from checker.rules import _digests
from checker.rules._claim import Claim
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Survey

KEYS = ("size_records", "size_category")
SCALE = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
BAND = re.compile(r"^(?:(\d+)([KMBT]?)<)?n(?:<(\d+)([KMBT]?))?$")
ABOVE = re.compile(r"^n>(\d+)([KMBT]?)$")


def records(card: Card, known: Survey, tolerance: float) -> Iterator[Judgement]:
    """The number of records and its class. Unreadable rows may be records: they widen what agrees."""
    unread = known.bad_rows
    found, slack = known.records, exact(tolerance, "size_tolerance")
    for value in card.filled("size_records"):
        claimed = _number(value)
        if claimed is None:
            continue
        claim = Claim("size_records", card, value, known.digests())
        text = f"claims {count(claimed, 'records')}, measured are {found:,}{_allowed(slack)}"
        if claimed < found * (1 - slack):
            yield claim.contradicted(text, found, claimed, "records")
        elif known.complete:
            right = claimed <= (found + unread) * (1 + slack)
            yield (claim.agrees if right else claim.contradicted)(text, found, claimed, "records")
    yield from _category(card, known, found, found + unread)


def size_bytes(card: Card, version: DatasetVersion, tolerance: float) -> Iterator[Judgement]:
    """Bytes against DVC's size of the out, or the sum of its shards (which leaves out a card inside the dataset)."""
    slack = exact(tolerance, "size_tolerance")
    sizes = [shard.size_bytes for shard in version.shards or ()]
    summed = sum(size or 0 for size in sizes) if sizes and None not in sizes else None
    known = [size for size in (version.size_bytes, summed) if size is not None]
    for value in card.filled("size_bytes"):
        claimed = _number(value)
        if claimed is None:
            continue
        claim = Claim("size_bytes", card, value, _digests.of_version(version))
        if not known:
            yield claim.open(
                f"claims {claimed:,} bytes, and DVC records no size", claimed, "run dvc commit, which does"
            )
            continue
        text = f"claims {claimed:,} bytes, DVC records {known[0]:,}{_allowed(slack)}"
        right = any(abs(claimed - size) <= slack * size for size in known)
        yield (claim.agrees if right else claim.contradicted)(text, known[0], claimed, "bytes")


def _category(card: Card, known: Survey, low: int, high: int) -> Iterator[Judgement]:
    """One class that holds the number is enough: a card lists one for each of its configurations."""
    stated = [(value, band) for value in card.filled("size_category") if (band := _band(str(value.content)))]
    if not stated:
        return
    fits = [value for value, (least, most) in stated if high >= least and (most is None or low <= most)]
    value = fits[0] if fits else stated[0][0]
    listed = ", ".join(str(value.content) for value, _ in stated)
    claim = Claim("size_category", card, value, known.digests())
    text = f"claims the size class {listed}, measured are {count(low, 'records')}"
    if known.complete:
        yield (claim.agrees if fits else claim.contradicted)(text, low, listed, "records")
    elif all(most is not None and low > most for _, (_, most) in stated):
        yield claim.contradicted(text, low, listed, "records")


def _band(text: str) -> tuple[int, int | None] | None:
    """Least and most of a class of the Hub; None for `other`."""
    plain = text.replace(" ", "")
    above = ABOVE.match(plain)
    if above:
        return int(above[1]) * SCALE[above[2]], None
    band = BAND.match(plain)
    if band is None or not (band[1] or band[3]):
        return None
    least = int(band[1]) * SCALE[band[2]] if band[1] else 0
    return least, int(band[3]) * SCALE[band[4]] if band[3] else None


def _number(value: Value) -> int | None:
    content = value.content
    return content if isinstance(content, int) and not isinstance(content, bool) else None


def _allowed(slack: Fraction) -> str:
    return f"; they may differ by {percent(slack)}" if slack else ""
