"""Reads the statements that differ from record to record: source, confidence, weight."""

from __future__ import annotations

import math
from typing import NamedTuple

from checker.read.records.values import freeze
from checker.read.records.vocabulary import BLANK_WORDS

PPM = 1_000_000
_LONGEST_SOURCE = 200
_MOST_WEIGHT = 1_000_000_000


class Source(NamedTuple):
    """The name of a collection. Where the field holds an address, the name is its host and `url` is set."""

    name: str
    url: str


def read_source(raw: object) -> Source:
    """Blank words are no source; several names are one source."""
    text = " AND ".join(map(_name, raw)) if isinstance(raw, tuple) else _name(raw)
    if text.casefold() in BLANK_WORDS:
        return Source("", "")
    scheme, separator, rest = text.partition("://")
    if separator and scheme.isalnum():
        host = rest.partition("/")[0].rpartition("@")[2].casefold()
        return Source(host[:_LONGEST_SOURCE], text[:_LONGEST_SOURCE])
    return Source(text[:_LONGEST_SOURCE], "")


def _name(raw: object) -> str:
    """1 and 1.0 are the same key of a dictionary, so they are the same name."""
    if raw is None:
        return ""
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(freeze(raw)).strip()


def confidence_ppm(raw: object) -> int | None:
    """A share in parts per million; None for what is no number from 0 to 1. A yes is not a confidence."""
    number = _number(raw)
    return round(number * PPM) if number is not None and 0 <= number <= 1 else None


def weight_micro(raw: object) -> int | None:
    """A sample weight in millionths; None for what is no weight."""
    number = _number(raw)
    return round(number * PPM) if number is not None and 0 <= number <= _MOST_WEIGHT else None


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return None
    try:
        number = float(raw)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
