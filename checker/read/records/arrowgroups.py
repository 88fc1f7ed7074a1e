"""Groups the rows of an Arrow batch by codes, so that Python sees one row of each group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.read.records.arrowtexts import Sizes, only_text, row_values, weigh_column
from checker.read.records.bad import BadRows
from checker.read.records.batch import NOTHING, Batch, Groups, Key, Sums, Weight, grouped, make_layout
from checker.read.records.fields import FieldMap, Use
from checker.read.records.scales import Scales, Turn
from checker.read.records.slices import Slices
from checker.read.records.values import freeze
from checker.read.records.vocabulary import BLANKS, LONGEST_BLANK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_GROUPS = 8192
_MOST_CODES = 1 << 62
_MOST_SHORT_CODES = 1 << 31
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

    def __init__(
        self,
        schema: Any,
        fields: FieldMap,
        scales: Scales | None,
        bad: BadRows,
        slices: Slices,
        filled: frozenset[str] = frozenset(),
    ) -> None:
        self._scales = scales
        self._bad = bad
        self._slices = slices
        self._sliced = {name: path if _has(schema, path) else None for name, path in slices.paths.items()}
        self._row = 1
        self._groups = Groups()
        present = {path: use for path, use in fields.uses.items() if _has(schema, path)}
        self._layout = make_layout({path: use for path, use in present.items() if use is not Use.TEXT}, filled)
        self._texts = [path for path in fields.paths["text"] if path in present]
        self._turns = [path for path in fields.paths["turns"] if path in present]

    def read(self, batch: Any) -> Batch:
        """Group the rows of a batch. What costs no more than a count is kept back until there is much of it."""
        columns = [
            _blank_codes(_pick(batch, path)) if use is Use.PRESENCE else _codes(_pick(batch, path), use)
            for path, use in zip(self._layout.paths, self._layout.uses, strict=True)
        ]
        if self._sliced:
            self._slice(columns, batch)
        if self._scales is None:
            self._groups.add(self._counted(columns, batch))
        else:
            self._look(columns, batch, self._scales)
        self._row += batch.num_rows
        return self.rest() if len(self._groups) > _MOST_GROUPS else NOTHING

    def rest(self) -> Batch:
        """What was kept back."""
        return Batch(self._layout, self._groups.take())

    def _slice(self, columns: list[_Column], batch: Any) -> None:
        """Count the readable rows by each declared column."""
        import pyarrow

        if any(UNREADABLE in column.values for column in columns):
            parts = (map(_value_of(column), column.codes.to_pylist()) for column in columns)
            good = [UNREADABLE not in key for key in zip(*parts, strict=True)]
            batch = batch.filter(pyarrow.array(good, pyarrow.bool_()))
        for name, path in self._sliced.items():
            self._slices.add(name, _value_counts(_pick(batch, path)) if path else [(None, batch.num_rows)])

    def _look(self, columns: list[_Column], batch: Any, scales: Scales) -> None:
        """Rows whose texts are looked at: a whole column at once where it is one."""
        damaged = any(UNREADABLE in column.values for column in columns)
        text = (
            None if self._turns or damaged else only_text([_pick(batch, path) for path in self._texts], batch.num_rows)
        )
        if text is None:
            self._groups.weigh(*self._weighed(columns, batch))
            return
        sizes = weigh_column(text, self._row, scales)
        if sizes.tokens is None:
            self._groups.add(self._counted(columns, batch))
        else:
            self._groups.sum(_summed(columns, sizes, sizes.tokens))

    def _counted(self, columns: list[_Column], batch: Any) -> Iterable[tuple[Key, Sums]]:
        if not columns:
            return [((), Sums(batch.num_rows))]
        if any(UNREADABLE in column.values for column in columns):
            return grouped(*self._weighed(columns, batch))
        return _distinct(columns)

    def _weighed(self, columns: list[_Column], batch: Any) -> tuple[list[Key], list[Weight]]:
        parts = [map(column.values.__getitem__, column.codes.to_pylist()) for column in columns]
        keys: list[Key] = list(zip(*parts, strict=True)) if parts else [()] * batch.num_rows
        said = self._said(batch)
        good: list[Key] = []
        weights: list[Weight] = []
        for row, key in enumerate(keys, self._row):
            turns, texts = next(said)
            if UNREADABLE in key:
                self._bad.add(row, "a value in the row is not valid UTF-8")
                continue
            good.append(key)
            weights.append(Weight() if self._scales is None else self._weight(self._scales, row, turns, texts))
        return good, weights

    def _said(self, batch: Any) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
        """What stands in the columns of turns and of texts, row by row."""
        if self._scales is None:
            return repeat(((), ()), batch.num_rows)
        turns, texts = ([row_values(_pick(batch, path)) for path in paths] for paths in (self._turns, self._texts))
        none = repeat((), batch.num_rows)
        return zip(
            zip(*turns, strict=True) if turns else none, zip(*texts, strict=True) if texts else none, strict=True
        )

    @staticmethod
    def _weight(scales: Scales, row: int, turns: tuple[object, ...], texts: tuple[object, ...]) -> Weight:
        spoken = next((found for value in turns if (found := turns_of(value))), None)
        weight = scales.record(row, spoken, texts)
        scales.rest()
        return weight


def bare_rows(rows: int, filled: frozenset[str] = frozenset()) -> Batch:
    """Rows of which no column needs to be looked at."""
    return Batch(make_layout({}, filled), (((), Sums(rows)),) if rows else ())


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
    import pyarrow

    if use is Use.TURNS or pyarrow.types.is_nested(array.type):
        frozen = [_roles(value) if use is Use.TURNS else freeze(value) for value in row_values(array)]
        known: dict[object, int] = {}
        codes = [known.setdefault(value, len(known)) for value in frozen]
        return _Column(pyarrow.array(codes, pyarrow.int32()), list(known))
    coded = array if pyarrow.types.is_dictionary(array.type) else array.dictionary_encode()
    values = _plain_values(coded.dictionary)
    return _Column(coded.indices.fill_null(len(values)) if coded.null_count else coded.indices, [*values, None])


def _value_counts(array: Any) -> Iterable[tuple[object, int]]:
    import pyarrow

    if pyarrow.types.is_nested(array.type):
        return ((value, 1) for value in row_values(array))
    counts = array.value_counts()
    return zip(row_values(counts.field("values")), counts.field("counts").to_pylist(), strict=True)


def _roles(value: object) -> object:
    turns = turns_of(value)
    return None if turns is None else tuple(turn.role for turn in turns)


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
    """False where the field is filled, true where it is blank."""
    return _Column(_blank(array), [False, True])


def _blank(array: Any) -> Any:
    import pyarrow
    import pyarrow.compute as compute

    kind = array.type
    if pyarrow.types.is_dictionary(kind):
        return compute.take(_blank(array.dictionary), array.indices).fill_null(True)
    blank = array.is_null(nan_is_null=pyarrow.types.is_floating(kind))
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return compute.or_(blank, compute.equal(compute.list_value_length(array).fill_null(0), 0))
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        short = compute.less_equal(compute.binary_length(array), LONGEST_BLANK).fill_null(True)
        # The look-up costs a hash of every text, and long ones are never blank.
        if compute.any(short).as_py():
            words = pyarrow.array(_BLANK_TEXTS, kind)
            return compute.or_(blank, compute.and_(short, compute.is_in(array, words)))
    return blank


def _distinct(columns: list[_Column]) -> list[tuple[Key, Sums]]:
    """The groups by code, and how many rows each has: one number a row holds the codes of all columns."""
    mixed = _mixed(columns)
    if mixed is None:
        return _distinct_by_table(columns)
    counts = mixed.value_counts()
    pairs = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return [(_unmixed(code, columns), Sums(number)) for code, number in pairs]


def _mixed(columns: list[_Column]) -> Any:
    """The codes of all columns in one number a row; None where they do not fit."""
    import pyarrow
    import pyarrow.compute as compute

    size = prod(len(column.values) for column in columns)
    if size > _MOST_CODES:
        return None
    kind = pyarrow.int32() if size < _MOST_SHORT_CODES else pyarrow.int64()
    mixed = columns[0].codes.cast(kind)
    for column in columns[1:]:
        mixed = compute.add(compute.multiply(mixed, pyarrow.scalar(len(column.values), kind)), column.codes.cast(kind))
    return mixed


def _summed(columns: list[_Column], sizes: Sizes, tokens: NDArray[np.int64]) -> Iterable[tuple[Key, Sums]]:
    """The groups by code with the sums over their texts, of which none is longer than 16 MiB: nothing overflows."""
    import numpy as np

    if not len(tokens):
        return []
    mixed = _mixed(columns) if columns else None
    if columns and mixed is None:
        keys = zip(*(map(_value_of(column), column.codes.to_pylist()) for column in columns), strict=True)
        return grouped(keys, map(Weight, sizes.bytes.tolist(), tokens.tolist()))
    codes = np.zeros(len(tokens), np.int64) if mixed is None else mixed.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=codes[order[0]] - 1))
    sums = [
        np.add.reduceat(part[order], starts).tolist() for part in (np.ones_like(tokens), sizes.bytes, tokens, tokens**2)
    ]
    return [
        (_unmixed(code, columns), Sums(*amounts))
        for code, *amounts in zip(codes[order[starts]].tolist(), *sums, strict=True)
    ]


def _unmixed(code: int, columns: list[_Column]) -> Key:
    key = []
    for column in reversed(columns):
        code, place = divmod(code, len(column.values))
        key.append(column.values[place])
    return tuple(reversed(key))


def _distinct_by_table(columns: list[_Column]) -> list[tuple[Key, Sums]]:
    """The same where the codes do not fit into one number."""
    import pyarrow

    names = [f"k{index}" for index in range(len(columns))]
    table = pyarrow.table([column.codes for column in columns], names)
    groups = table.group_by(names, use_threads=False).aggregate([([], "count_all")])
    places = (
        map(_value_of(column), groups.column(name).to_pylist()) for name, column in zip(names, columns, strict=True)
    )
    numbers = groups.column("count_all").to_pylist()
    return [(key, Sums(number)) for key, number in zip(zip(*places, strict=True), numbers, strict=True)]


def _value_of(column: _Column) -> Callable[[int], object]:
    return column.values.__getitem__
