"""The text column of an Arrow batch, as UTF-8 bytes and offsets: no Python string is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.read.records.scales import Scales
from checker.read.records.texts import BLOCK_BYTES, MAX_TEXT_BYTES, cuts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EMPTY_ROWS = 64 * 1024
_SLICE_ROWS = 64


class Strings(NamedTuple):
    """UTF-8 of texts back to back, and where each begins and ends (one more than there are texts)."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class Sizes(NamedTuple):
    """UTF-8 length and tokens of each row; `tokens` is None when texts are not weighed."""

    bytes: NDArray[np.int64]
    tokens: NDArray[np.int64] | None


def is_text(kind: Any) -> bool:
    """Whether a column of this type is texts, plain or by codes."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return is_text(kind.value_type) and not types.is_dictionary(kind.value_type)
    return any(
        test(kind)
        for name in ("string", "large_string", "binary", "large_binary", "string_view", "binary_view")
        if (test := getattr(types, f"is_{name}", None))
    )


def only_text(columns: list[Any], rows: int) -> Any:
    """One column that is the first text of each row; None when that takes a look at every row."""
    import pyarrow
    import pyarrow.compute as compute

    if not columns:
        return pyarrow.nulls(rows, pyarrow.string())
    first, *others = columns
    if not is_text(first.type):
        return None
    if first.null_count == 0 or not others:
        return None if _longest(first) > MAX_TEXT_BYTES else first
    if not all(is_text(column.type) and not pyarrow.types.is_dictionary(column.type) for column in columns):
        return None
    found = compute.coalesce(*(column.cast(pyarrow.large_binary()) for column in columns))
    return None if _longest(found) > MAX_TEXT_BYTES else found


def weigh_column(array: Any, row: int, scales: Scales) -> Sizes:
    """Hand the texts of rows from `row` on over, and weigh them."""
    import numpy as np

    sizes, tokens = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for strings in pieces(array):
        here = np.diff(strings.offsets)
        scales.grow(len(here), int(here.sum()))
        sizes.append(here)
        if scales.sink is not None:
            tokens.append(scales.sink.add_column(*strings, np.arange(row, row + len(here))).astype(np.int64))
        elif scales.weighs:
            tokens.append(np.array([scales.text(text).tokens for text in _decoded(strings)], np.int64))
        row += len(here)
    return Sizes(np.concatenate(sizes), np.concatenate(tokens) if scales.weighs else None)


def pieces(array: Any) -> Iterator[Strings]:
    """The texts of a column in order; a dictionary is written out a few megabytes at a time."""
    import numpy as np
    import pyarrow

    if not pyarrow.types.is_dictionary(array.type):
        yield strings_of(array)
        return
    lengths = np.append(np.diff(strings_of(array.dictionary).offsets), 0)
    codes = array.indices.fill_null(len(lengths) - 1)
    offsets = np.concatenate(([0], np.cumsum(lengths[codes.to_numpy(zero_copy_only=False)])))
    for start, end in cuts(offsets, BLOCK_BYTES):
        yield strings_of(array.dictionary.take(array.indices.slice(start, end - start)))


def strings_of(array: Any) -> Strings:
    """The buffers of a column of texts; null is an empty text."""
    import numpy as np
    import pyarrow

    plain = array.cast(pyarrow.large_binary())
    if plain.null_count:
        plain = plain.fill_null(b"")
    _valid, offsets, data = plain.buffers()
    found = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1] if len(plain) else [0]
    octets = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return Strings(octets, np.asarray(found, np.int64))


def row_values(array: Any) -> Iterator[object]:
    """Row by row as Python values; text that is not UTF-8 comes as bytes, because it is not always read."""
    import pyarrow

    if pyarrow.types.is_dictionary(array.type):
        known = [*row_values(array.dictionary), None]
        yield from (known[code] for code in array.indices.fill_null(len(known) - 1).to_pylist())
        return
    for start in range(0, len(array), _SLICE_ROWS):
        part = array.slice(start, _SLICE_ROWS)
        try:
            found = part.to_pylist()
        except UnicodeDecodeError:
            part = part.cast(binary_type(part.type))
            found = part.to_pylist()
        yield from map(_unless_damaged, found) if "binary" in str(part.type) else found


def add_empty(rows: int, first: int, scales: Scales) -> None:
    """Records of a table that has no column of interest, from row `first` on."""
    import numpy as np

    if scales.sink is None:
        return
    for start in range(first, first + rows, _EMPTY_ROWS):
        count = min(_EMPTY_ROWS, first + rows - start)
        scales.grow(count, 0)
        scales.sink.add_column(np.zeros(0, np.uint8), np.zeros(count + 1, np.int64), np.arange(start, start + count))


def binary_type(kind: Any) -> Any:
    """The type with bytes where there is text."""
    import pyarrow

    if pyarrow.types.is_struct(kind):
        return pyarrow.struct([(field.name, binary_type(field.type)) for field in kind])
    if pyarrow.types.is_large_list(kind):
        return pyarrow.large_list(binary_type(kind.value_type))
    if pyarrow.types.is_list(kind):
        return pyarrow.list_(binary_type(kind.value_type))
    return pyarrow.large_binary() if is_text(kind) else kind


def _unless_damaged(value: object) -> object:
    """Text as text; what is no UTF-8 stays bytes at the top, and is repaired inside of lists and objects."""
    if not isinstance(value, bytes):
        return _repaired(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _repaired(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    return {key: _repaired(item) for key, item in value.items()} if isinstance(value, dict) else value


def _decoded(strings: Strings) -> Iterator[str]:
    view, offsets = memoryview(strings.data), strings.offsets.tolist()  # type: ignore[arg-type]  # numpy has the buffer
    for start, end in pairwise(offsets):
        yield str(view[start:end], "utf-8", "replace")


def _longest(array: Any) -> int:
    import numpy as np
    import pyarrow

    plain = array.dictionary if pyarrow.types.is_dictionary(array.type) else array
    return int(np.diff(strings_of(plain).offsets).max(initial=0))
