"""Counts records by the values of declared columns: label, dialect, annotator. Which order they come in never shows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from checker.read.records.shape import plain_key
from checker.read.records.values import OBJECT

MOST_VALUES = 1024
OTHER = "(other)"
_LONGEST_VALUE = 200
_ALWAYS_KEPT = ("", OTHER)


class Slices:
    """One table for each slice; `paths` maps its name to a dotted path in the record."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.paths = paths
        self._tables = {name: _Table() for name in paths}

    def count(self, name: str, values: Iterable[object]) -> None:
        """Add records by their raw values, one each."""
        found = list(values)
        if set(map(type, found)) <= {str, type(None)}:
            self.add(name, Counter(found).items())
        else:
            self.add(name, ((value, 1) for value in found))

    def add(self, name: str, values: Iterable[tuple[object, int]]) -> None:
        """Add raw values, and how many records have each."""
        table = self._tables[name]
        for value, records in values:
            for text in value_texts(value):
                table.add(text, records)

    def missing(self, records: int) -> None:
        """Add records that have none of the columns."""
        for name in self.paths:
            self.add(name, [(None, records)] if records else [])

    def counts(self) -> dict[str, dict[str, int]]:
        """Records by value; `""` is not stated, `(other)` all values beyond `MOST_VALUES`."""
        return {name: table.counts() for name, table in sorted(self._tables.items())}


NO_SLICES = Slices({})


class JsonSlices:
    """Decodes the columns out of lines of JSON that are known to be good, apart from all else that is read of them."""

    def __init__(self, slices: Slices) -> None:
        import msgspec

        self._slices = slices
        self._parts = {name: path.split(".") for name, path in slices.paths.items()}
        self._tops = {top: f"f{index}" for index, top in enumerate({parts[0]: None for parts in self._parts.values()})}
        self._decode_rows = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._decode_any = msgspec.json.Decoder().decode
        self._decode: Any = None
        if all(map(plain_key, self._tops)):
            fields = [(name, Any, None) for name in self._tops.values()]
            renames = {name: top for top, name in self._tops.items()}
            struct = msgspec.defstruct("Sliced", fields, rename=renames, gc=False)
            self._decode = msgspec.json.Decoder(struct).decode

    def count(self, lines: Iterable[bytes]) -> None:
        """Count the records of these lines."""
        rows = [self._row(line) for line in lines]
        for name, (top, *below) in self._parts.items():
            column: Iterable[object] = (row[top] for row in rows)
            self._slices.count(name, (_below(value, below) for value in column) if below else column)

    def _row(self, line: bytes) -> dict[str, object]:
        """What lies at the top of a record under the names that matter."""
        if self._decode is not None:
            try:
                record = self._decode(line)
            except (ValueError, RecursionError):
                pass
            else:
                return {top: getattr(record, name) for top, name in self._tops.items()}
        raws = self._decode_rows(line)
        return {top: self._any(raws.get(top)) for top in self._tops}

    def _any(self, raw: Any) -> object:
        """A number that no float holds does not make the record a bad one, since nobody had to read it."""
        try:
            return None if raw is None else self._decode_any(raw)
        except (ValueError, RecursionError):
            return None


def value_texts(value: object) -> tuple[str, ...]:
    """A value as JSON writes it, without quotes; each member of a list once; `""` where there is nothing."""
    if isinstance(value, (list, tuple)):
        return tuple({_text(member): None for member in value}) or ("",)
    return (_text(value),)


def bounded(counts: Mapping[str, int]) -> dict[str, int]:
    """At most `MOST_VALUES` values, those with the smallest hash; the others together as `(other)`.

    A value that is kept of the whole is kept of every part, with its full count, so parts add up in any order.
    """
    kept = {value: counts[value] for value in sorted(counts)}
    if len(kept) > MOST_VALUES:
        ranked = sorted((value for value in kept if value not in _ALWAYS_KEPT), key=_rank)
        for value in ranked[MOST_VALUES:]:
            kept[OTHER] = kept.get(OTHER, 0) + kept.pop(value)
    return dict(sorted(kept.items()))


class _Table:
    """The counts of one slice, in bounded memory."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._last: bytes | None = None  # the largest hash that may still be kept

    def add(self, text: str, records: int) -> None:
        if text not in self._counts and self._last is not None and text and _rank(text) > self._last:
            text = OTHER
        self._counts[text] = self._counts.get(text, 0) + records
        if len(self._counts) > 2 * MOST_VALUES:
            self._counts = bounded(self._counts)
            self._last = max(_rank(value) for value in self._counts if value not in _ALWAYS_KEPT)

    def counts(self) -> dict[str, int]:
        return bounded(self._counts)


def _text(value: object) -> str:
    """1 and 1.0 are the same number, as RFC 8785 has it; NaN and an empty object say nothing."""
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else "" if math.isnan(value) else str(value)
        return text[:_LONGEST_VALUE]
    if isinstance(value, (dict, list, tuple)):
        return OBJECT if value else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")[:_LONGEST_VALUE]
    return "" if value is None else str(value)[:_LONGEST_VALUE]


def _below(value: object, parts: list[str]) -> object:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _rank(value: str) -> bytes:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()
