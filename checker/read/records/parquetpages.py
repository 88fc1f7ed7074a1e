"""Looks at the page headers of a Parquet file before anything is decompressed: a few bytes may claim gigabytes.

pyarrow believes the headers, and shows of the pages only what the file's footer says of them, which may be a lie.
The headers are Thrift in its compact protocol (parquet-format, `parquet.thrift`; thrift-compact-protocol.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import IO, Any, NamedTuple

from checker.errors import RecordError

# A page is decompressed as a whole, and so is a dictionary, which stays in memory for a row group.
MOST_PAGE_BYTES = 512 * 1024**2
MOST_DICTIONARY_BYTES = 64 * 1024**2
# What a batch of rows may take when each row repeats the longest word of a dictionary.
MOST_BATCH_BYTES = 32 * 1024**2
MAX_RATIO = 500
# Below these sizes a high ratio is harmless.
_FREE_BYTES = 16 * 1024**2
_FREE_DICTIONARY_BYTES = 2 * 1024**2
_MOST_PAGES = 1_000_000
_HEADER_BYTES = 1024
_MOST_HEADER_BYTES = 16 * 1024**2
_MOST_DEPTH = 16
_DICTIONARY = 2


class Page(NamedTuple):
    """One page: where its content lies, its size there and when decompressed, and whether it is a dictionary."""

    start: int
    packed_bytes: int
    plain_bytes: int
    dictionary: bool
    values: int


class _Damaged(Exception):
    """The bytes are no page header."""


def batch_rows(file: IO[bytes], metadata: Any, wanted: list[str], texts: Collection[str], rows: int) -> int:
    """How many rows may be decoded at once, at most `rows`, so that `texts` from dictionaries take bounded memory.

    Raises RecordError for pages that no corpus has.
    """
    names = set(wanted)
    longest = 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        words = 0
        for column in map(row_group.column, range(row_group.num_columns)):
            if column.path_in_schema in names:
                words += _check_column(file, column, look=column.path_in_schema in texts)
        longest = max(longest, words)
    return max(1, min(rows, MOST_BATCH_BYTES // longest if longest else rows))


def _check_column(file: IO[bytes], column: Any, *, look: bool) -> int:
    """Check all pages of a column chunk; gives the length of the longest word of its dictionary."""
    longest = 0
    for page in pages(file, column):
        most = MOST_DICTIONARY_BYTES if page.dictionary else MOST_PAGE_BYTES
        if page.plain_bytes > most:
            raise RecordError(
                f"a page of the column {column.path_in_schema!r} takes {page.plain_bytes} bytes when decompressed, "
                f"at most {most} are read",
                hint="write smaller pages",
            )
        free = _FREE_DICTIONARY_BYTES if page.dictionary else _FREE_BYTES
        if page.plain_bytes > free and page.plain_bytes > MAX_RATIO * max(page.packed_bytes, 1):
            raise RecordError(
                f"a page of the column {column.path_in_schema!r} grows more than {MAX_RATIO} times when decompressed, "
                "which text does not",
                hint="store the column uncompressed if it really holds that much repetition",
            )
        if page.dictionary and look and column.physical_type == "BYTE_ARRAY":
            longest = max(longest, _longest_word(file, page, column.compression))
    return longest


def pages(file: IO[bytes], column: Any) -> Iterator[Page]:
    """The pages of a column chunk, by their headers."""
    place = column.data_page_offset
    if column.has_dictionary_page and 0 < (column.dictionary_page_offset or 0) < place:
        place = column.dictionary_page_offset
    end = place + column.total_compressed_size
    for _number in range(_MOST_PAGES):
        if place >= end:
            return
        page = _page(file, place)
        yield page
        place = page.start + page.packed_bytes
    raise RecordError(f"the column {column.path_in_schema!r} has more than {_MOST_PAGES} pages in a row group")


def _page(file: IO[bytes], place: int) -> Page:
    size = _HEADER_BYTES
    while size <= _MOST_HEADER_BYTES:
        file.seek(place)
        data = file.read(size)
        reader = _Compact(data)
        try:
            fields = reader.struct()
            return _page_of(fields, place + reader.place)
        except IndexError:  # a header with long statistics, or the end of the file
            if len(data) < size:
                break
            size *= 16
        except _Damaged:
            break
    raise RecordError("the Parquet data are damaged or cut off (a page header)")


def _page_of(fields: dict[int, Any], start: int) -> Page:
    kind, plain, packed = fields.get(1), fields.get(2), fields.get(3)
    if not (isinstance(kind, int) and isinstance(plain, int) and isinstance(packed, int)) or min(plain, packed) < 0:
        raise _Damaged
    own = fields.get({0: 5, 2: 7, 3: 8}.get(kind, 0))
    values = own.get(1, 0) if isinstance(own, dict) else 0
    return Page(start, packed, plain, kind == _DICTIONARY, values if isinstance(values, int) else 0)


def _longest_word(file: IO[bytes], page: Page, codec: str) -> int:
    """The longest text of a dictionary: each is written behind its length, four bytes little-endian."""
    import pyarrow

    file.seek(page.start)
    data = file.read(page.packed_bytes)
    if codec != "UNCOMPRESSED":
        name = {"LZ4": "lz4_raw"}.get(codec, codec.lower())
        try:
            data = pyarrow.decompress(data, page.plain_bytes, codec=name, asbytes=True)
        except (pyarrow.ArrowException, ValueError, OSError):
            # Whether it can be read at all is for the reader to say.
            return page.plain_bytes
    place, longest = 0, 0
    for _number in range(page.values):
        size = int.from_bytes(data[place : place + 4], "little")
        place += 4 + size
        if place > len(data):
            return page.plain_bytes
        longest = max(longest, size)
    return longest


class _Compact:
    """Reads structs of Thrift's compact protocol. Raises IndexError at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields by number."""
        if depth > _MOST_DEPTH:
            raise _Damaged
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind in (7, 8):
            return self._skip(8 if kind == 7 else self._unsigned())
        if kind == 12:
            return self.struct(depth + 1)
        raise _Damaged  # page headers hold no lists, sets or maps

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self._data):
            raise IndexError

    def _byte(self) -> int:
        value = self._data[self.place]
        self.place += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise _Damaged
        return value | byte << shift

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
