"""Compositions as canonical JSON: the same counts give the same bytes, whoever writes them."""

from __future__ import annotations

import json
from hashlib import sha256

from checker.model.composition import BadRow, Cell, Composition, Moments, Origin, Tally

_COUNTS = ("records", "bytes", "tokens", "machine_bytes", "machine_tokens", "weight_micro", "reviewed")
_TABLES = ("coverage", "licenses", "bases")


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, only ASCII and no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def digest_of(composition: Composition) -> str:
    """The sha256 of the canonical JSON."""
    return sha256(canonical(encode(composition))).hexdigest()


def encode(composition: Composition) -> dict[str, object]:
    """Cells are sorted; what is zero or empty is left out."""
    slices = {name: dict(counts) for name, counts in composition.slices.items()}
    return {
        "bad_rows": composition.bad_rows,
        "bad_samples": [[row.line, row.reason] for row in composition.bad_samples],
        "cells": [
            [[cell.origin.value, *cell[1:]], _encode_tally(composition.cells[cell])]
            for cell in sorted(composition.cells)
        ],
        **({"slices": slices} if slices else {}),
    }


def decode(value: object) -> Composition:
    """The inverse of `encode`. Raises ValueError for anything that `encode` does not write."""
    try:
        return _decode(value)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a composition") from error


def _encode_tally(tally: Tally) -> dict[str, object]:
    counts = {name: getattr(tally, name) for name in _COUNTS}
    tables = {name: dict(getattr(tally, name)) for name in _TABLES}
    scores = [[point, records, ppm] for point, (records, ppm) in sorted(tally.scores.items())]
    moments = {
        "token_moments": _encode_moments(tally.token_moments),
        "weight_moments": _encode_moments(tally.weight_moments),
    }
    return {
        **{name: number for name, number in counts.items() if number is not None},
        **{name: table for name, table in tables.items() if table},
        **{name: numbers for name, numbers in moments.items() if any(numbers)},
        **({"scores": scores} if scores else {}),
    }


def _encode_moments(moments: Moments) -> list[int]:
    return [moments.w, moments.w2, moments.wc, moments.w2c, moments.w2cc]


def _decode(value: object) -> Composition:
    table = _mapping(value)
    cells: dict[Cell, Tally] = {}
    for entry in _list(table["cells"]):
        place, tally = _list(entry)
        origin, *names = _list(place)
        cells[Cell(Origin(origin), *map(_text, names))] = _decode_tally(_mapping(tally))
    samples = tuple(_decode_row(*_list(row)) for row in _list(table["bad_samples"]))
    slices = {name: _counts(counts) for name, counts in _mapping(table.get("slices", {})).items()}
    return Composition(cells, _count(table["bad_rows"]), samples, slices)


def _decode_row(line: object, reason: object) -> BadRow:
    return BadRow(_count(line), _text(reason))


def _decode_tally(table: dict[str, object]) -> Tally:
    def number(name: str) -> int:
        return _count(table.get(name, 0))

    def counts(name: str) -> dict[str, int]:
        return _counts(table.get(name, {}))

    def moments(name: str) -> Moments:
        return Moments(*map(_count, _list(table.get(name, []))))

    return Tally(
        records=number("records"),
        bytes=number("bytes") if "bytes" in table else None,
        tokens=number("tokens") if "tokens" in table else None,
        machine_bytes=number("machine_bytes"),
        machine_tokens=number("machine_tokens"),
        weight_micro=number("weight_micro"),
        reviewed=number("reviewed"),
        coverage=counts("coverage"),
        licenses=counts("licenses"),
        bases=counts("bases"),
        scores=dict(_decode_score(*_list(entry)) for entry in _list(table.get("scores", []))),
        token_moments=moments("token_moments"),
        weight_moments=moments("weight_moments"),
    )


def _decode_score(point: object, records: object, ppm: object) -> tuple[int, tuple[int, int]]:
    return _count(point), (_count(records), _count(ppm))


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("expected an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value


def _counts(value: object) -> dict[str, int]:
    return {key: _count(amount) for key, amount in _mapping(value).items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a count")
    return value
