"""Compositions as canonical JSON: the same counts give the same bytes, whoever writes them."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Any, cast

from checker.model.composition import BadRow, Cell, Composition, Moments, Origin, Tally

_COUNTS = ("records", "bytes", "tokens", "machine_bytes", "machine_tokens", "weight_micro", "reviewed")
_TABLES = ("coverage", "licenses", "bases")
_NO_MOMENTS = Moments()
# More than the squares of weights and tokens of all that will ever be written come to, and so little that neither sums
# nor products of a few leave what a float can hold.
_MOST = 2**192


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
    numbers: list[object] = [table["bad_rows"]]
    for place, tally in _list(table["cells"]):
        cells[_cell(*_list(place))] = _decode_tally(_mapping(tally), numbers)
    samples = tuple([_decode_row(*_list(row)) for row in _list(table["bad_samples"])])
    slices = {name: _counts(counts, numbers) for name, counts in _mapping(table.get("slices", {})).items()}
    # All at once: a look at each where it stands would be half of the time that ten thousand shards take.
    if set(map(type, numbers)) != {int} or min(cast("list[int]", numbers)) < 0:
        raise ValueError("expected counts")
    if max(cast("list[int]", numbers)) > _MOST:
        raise ValueError("it counts more than there can be")
    return Composition(cells, cast(int, table["bad_rows"]), samples, slices)


def _decode_row(line: object, reason: object) -> BadRow:
    return BadRow(_count(line), _text(reason))


@lru_cache(maxsize=1024)
def _cell(origin: object, *names: object) -> Cell:
    """Thousands of shards have the same few cells: made, and held, once."""
    return Cell(Origin(origin), *map(_text, names))


def _decode_tally(table: dict[str, object], numbers: list[object]) -> Tally:
    """What is to be a count goes into `numbers` as well, to be looked at."""
    get = table.get
    scores = {point: (records, ppm) for point, records, ppm in _list(get("scores", []))}
    numbers += [table[name] for name in _COUNTS if name in table]
    numbers += scores
    numbers += chain.from_iterable(scores.values())
    return Tally(
        records=cast(int, get("records", 0)),
        bytes=cast("int | None", get("bytes")),
        tokens=cast("int | None", get("tokens")),
        machine_bytes=cast(int, get("machine_bytes", 0)),
        machine_tokens=cast(int, get("machine_tokens", 0)),
        weight_micro=cast(int, get("weight_micro", 0)),
        reviewed=cast(int, get("reviewed", 0)),
        coverage=_counts(get("coverage", {}), numbers),
        licenses=_counts(get("licenses", {}), numbers),
        bases=_counts(get("bases", {}), numbers),
        scores=scores,
        token_moments=_decode_moments(get("token_moments", []), numbers),
        weight_moments=_decode_moments(get("weight_moments", []), numbers),
    )


def _decode_moments(value: object, numbers: list[object]) -> Moments:
    sums = _list(value)
    numbers += sums
    return Moments(*cast("list[int]", sums)) if sums else _NO_MOMENTS


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("expected an object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value


def _counts(value: object, numbers: list[object]) -> dict[str, int]:
    """The table itself, which the parser has made: its keys are texts."""
    table = _mapping(value)
    numbers += table.values()
    return cast("dict[str, int]", table)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a count")
    return value
