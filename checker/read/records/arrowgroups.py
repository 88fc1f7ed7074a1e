"""Groups the rows of an Arrow batch by codes, so that Python sees one row of each group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, Key, Sums, grouped, make_layout
from checker.read.records.fields import FieldMap, Use
from checker.read.records.scales import Scales, Turn, Weight
from checker.read.records.values import freeze
from checker.read.records.vocabulary import BLANKS, LONGEST_BLANK

_MOST_CODES = 1 << 62
_DENSE_CODES = 1 << 18
_BLANK_TEXTS = sorted(word for word in BLANKS if isinstance(word, str))


class _Column(NamedTuple):
    """A number for every row, and the value that each number stands for."""

    codes: Any
    values: list[object]


class _Unreadable:
    """Stands for a value that is not valid UTF-8; its rows are bad."""


UNREADABLE = _Unreadable()


class TableReader:
    """Reads batches of one schema."""

    def __init__(self, schema: Any, fields: FieldMap, scales: Scales | None, bad: BadRows) -> None:
        self._scales = scales
        self._bad = bad
        self._row = 1
        present = {path: use for path, use in fields.uses.items() if _has(schema, path)}
        self._layout = make_layout({path: use for path, use in present.items() if use is not Use.TEXT})
        self._texts = [path for path in fields.paths["text"] if path in present]
        self._turns = [path for path in fields.paths["turns"] if path in present]

    def bare(self, rows: int) -> Batch:
        """Rows of which no column is looked at."""
        self._row += rows
        return Batch(make_layout({}), (((), Sums(rows)),) if rows else ())

    def read(self, batch: Any) -> Batch:
        """Group the rows of a batch."""
        columns = [
            _blank_codes(_pick(batch, path)) if use is Use.PRESENCE else _codes(_pick(batch, path), use)
            for path, use in zip(self._layout.paths, self._layout.uses, strict=True)
        ]
        groups = self._counted(columns, batch) if self._scales is None else self._weighed(columns, batch)
        return Batch(self._layout, tuple(groups))

    def _counted(self, columns: list[_Column], batch: Any) -> list[tuple[Key, Sums]]:
        firsts, counts = _distinct(columns, batch.num_rows)
        first_row, self._row = self._row, self._row + batch.num_rows
        groups = []
        for row, number in zip(firsts, counts, strict=True):
            key = tuple(column.values[column.codes[row]] for column in columns)
            if UNREADABLE in key:
                self._bad.add(first_row + row, "a value in the row is not valid UTF-8", number)
            else:
                groups.append((key, Sums(number)))
        return groups

    def _weighed(self, columns: list[_Column], batch: Any) -> list[tuple[Key, Sums]]:
        assert self._scales is not None  # noqa: S101 - only called when texts are weighed
        first_row, self._row = self._row, self._row + batch.num_rows
        values = [map(column.values.__getitem__, column.codes.tolist()) for column in columns]
        keys: list[Key] = list(zip(*values, strict=True)) if values else [()] * batch.num_rows
        texts = [_texts(_pick(batch, path)) for path in self._texts]
        turns = [_pick(batch, path).to_pylist() for path in self._turns]
        good: list[Key] = []
        weights: list[Weight] = []
        for row, key in enumerate(keys):
            if UNREADABLE in key:
                self._bad.add(first_row + row, "a value in the row is not valid UTF-8")
                continue
            spoken = next((found for column in turns if (found := turns_of(column[row]))), None)
            good.append(key)
            weights.append(self._scales.record(spoken, (column[row] for column in texts)))
        return list(grouped(good, weights))


def turns_of(value: object) -> list[Turn] | None:
    """The turns of a conversation: a list of objects, or an object of lists as some libraries store it."""
    if isinstance(value, dict):
        roles = value.get("role") or value.get("from")
        said = value.get("content") or value.get("value") or value.get("text") or [None] * len(roles or ())
        return [Turn(*pair) for pair in zip(roles, said)] if roles else None  # noqa: B905 - hostile lengths
    if not isinstance(value, list) or not value or not all(isinstance(turn, dict) for turn in value):
        return None
    return [Turn(_first(turn, ("role", "from")), _first(turn, ("content", "value", "text"))) for turn in value]


def _first(turn: dict[str, object], names: Iterable[str]) -> object:
    return next((turn[name] for name in names if turn.get(name)), None)


def _has(schema: Any, path: str) -> bool:
    if path in schema.names:
        return True
    parts = path.split(".")
    if parts[0] not in schema.names:
        return False
    kind = schema.types[schema.names.index(parts[0])]
    for part in parts[1:]:
        import pyarrow

        if not pyarrow.types.is_struct(kind) or kind.get_field_index(part) < 0:
            return False
        kind = kind.field(part).type
    return True


def _pick(batch: Any, path: str) -> Any:
    import pyarrow.compute

    names = batch.schema.names
    if path in names:
        return batch.column(names.index(path))
    top, *parts = path.split(".")
    return pyarrow.compute.struct_field(batch.column(names.index(top)), parts)


def _codes(array: Any, use: Use) -> _Column:
    import numpy
    import pyarrow

    kind = array.type
    if use is Use.TURNS or pyarrow.types.is_nested(kind):
        spoken = ((turns_of(value) if use is Use.TURNS else value) for value in array.to_pylist())
        known: dict[object, int] = {}
        frozen = (
            None if value is None else tuple(turn.role for turn in value) if use is Use.TURNS else freeze(value)
            for value in spoken
        )
        codes = numpy.fromiter((known.setdefault(value, len(known)) for value in frozen), numpy.int64, len(array))
        return _Column(codes, list(known))
    coded = array if pyarrow.types.is_dictionary(kind) else array.dictionary_encode()
    values = _plain_values(coded.dictionary)
    codes = coded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False).astype(numpy.int64)
    return _Column(codes, [*values, None])


def _plain_values(array: Any) -> list[object]:
    import pyarrow

    kind = array.type
    if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or _is_binary(kind)):
        return [freeze(value) for value in array.to_pylist()]
    binary = pyarrow.large_binary() if "large" in str(kind) else pyarrow.binary()
    values: list[object] = []
    for value in array.cast(binary).to_pylist():
        try:
            values.append(None if value is None else value.decode())
        except UnicodeDecodeError:
            values.append(UNREADABLE)
    return values


def _is_binary(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def _blank_codes(array: Any) -> _Column:
    """0 where the field is filled, 1 where it is blank."""
    import numpy
    import pyarrow
    import pyarrow.compute as compute

    kind = array.type
    if pyarrow.types.is_dictionary(kind):
        inner = _blank_codes(array.dictionary).codes
        codes = numpy.append(inner, 1)[array.indices.fill_null(len(inner)).to_numpy(zero_copy_only=False)]
        return _Column(codes, [False, True])
    blank = array.is_null(nan_is_null=pyarrow.types.is_floating(kind)).to_numpy(zero_copy_only=False)
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        blank = blank | (compute.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False) == 0)
    elif pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        short = compute.less_equal(compute.binary_length(array), LONGEST_BLANK).fill_null(False)
        rows = short.to_numpy(zero_copy_only=False)
        if rows.any():
            words = pyarrow.array(_BLANK_TEXTS, kind)
            blank = blank.copy()
            blank[rows] |= compute.is_in(array.filter(short), words).to_numpy(zero_copy_only=False)
    return _Column(blank.astype(numpy.int64), [False, True])


def _distinct(columns: list[_Column], rows: int) -> tuple[list[int], list[int]]:
    """One row of each group, and how many rows each group has."""
    import numpy

    mixed, size = numpy.zeros(rows, numpy.int64), 1
    for codes, values in columns:
        if size * len(values) > _MOST_CODES:
            seen, mixed = numpy.unique(mixed, return_inverse=True)
            size = len(seen)
        mixed, size = mixed * len(values) + codes, size * len(values)
    if size > _DENSE_CODES:
        _, firsts, counts = numpy.unique(mixed, return_index=True, return_counts=True)
        return firsts.tolist(), counts.tolist()
    counts = numpy.bincount(mixed, minlength=size)
    firsts = numpy.zeros(size, numpy.int64)
    firsts[mixed[::-1]] = numpy.arange(rows - 1, -1, -1)
    present = numpy.nonzero(counts)[0]
    return firsts[present].tolist(), counts[present].tolist()


def _texts(array: Any) -> list[object]:
    """Text that is not valid UTF-8 is not a reason to call a row bad, because it is not always read."""
    try:
        values = array.to_pylist()
    except UnicodeDecodeError:
        import pyarrow

        values = [
            None if value is None else value.decode("utf-8", "replace")
            for value in array.cast(pyarrow.binary()).to_pylist()
        ]
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values]
