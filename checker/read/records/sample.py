"""The first records of a shard as they are, for a look at an unknown repository; never for a verdict."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from checker.errors import RecordError
from checker.read.records.compression import Source, decompressed
from checker.read.records.formats import Format, named_format, sniff

if TYPE_CHECKING:
    import pyarrow

MOST_ROWS = 50
_HEAD_BYTES = 1024 * 1024
_MOST_TABLE_BYTES = 256 * 1024 * 1024
_DEPTH = 3
Row = Mapping[str, object]


def first_rows(path: str, stream: BinaryIO, size_bytes: int | None) -> tuple[Row, ...]:
    """At most 50 records, dotted path -> value; none where they cannot be told in the first mebibyte.

    A table of more than 256 MiB is not looked into: its columns stand at its end.
    """
    plain = decompressed(Source(stream.read, stream))
    try:
        form = named_format(path, None) or sniff(plain.peek(4096))
        if form is Format.PARQUET:
            small = size_bytes is not None and size_bytes <= _MOST_TABLE_BYTES
            return tuple(_of_parquet(_all(plain))) if small else ()
        head = plain.peek(_HEAD_BYTES)[:_HEAD_BYTES]
        if form is Format.JSONL:
            return tuple(_of_lines(head))
        if form in (Format.CSV, Format.TSV):
            return tuple(_of_csv(head, "," if form is Format.CSV else "\t"))
    except (RecordError, OSError, EOFError, ValueError):
        return ()
    return ()


def _all(plain: Source) -> bytes:
    data = bytearray()
    while chunk := plain.read(_HEAD_BYTES):
        data += chunk
    return bytes(data)


def _of_lines(head: bytes) -> Iterator[Row]:
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    # The last one may be cut off, unless it is all there is.
    for line in lines[: max(1, len(lines) - 1)][:MOST_ROWS]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield dict(_flat(record))


def _of_csv(head: bytes, delimiter: str) -> Iterator[Row]:
    text = head.decode("utf-8-sig", "replace")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    # A field of more than 128 KiB, which Python's reader refuses, ends the look; the rows before it count.
    with suppress(csv.Error):
        for row in islice(rows, MOST_ROWS):
            yield {str(name): value for name, value in row.items() if name is not None}


def _of_parquet(data: bytes) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        opened = pyarrow.parquet.ParquetFile(io.BytesIO(data))
        batch = next(opened.iter_batches(MOST_ROWS), None)
    except pyarrow.ArrowException as error:
        raise RecordError("the Parquet data are damaged") from error
    if batch is None:
        return
    columns = {name: _values(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    known = {name: values for name, values in columns.items() if values}
    for at in range(batch.num_rows):
        yield dict(_flat({name: values[at] for name, values in known.items()}))


def _values(column: pyarrow.Array) -> list[object]:
    """What Python makes of a column; nothing of one with days that its calendar lacks."""
    try:
        return list(column.to_pylist())
    except (ArithmeticError, LookupError, ValueError, NotImplementedError):
        return []


def _flat(record: Mapping[str, object], before: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        path = f"{before}{name}"
        yield path, value
        if isinstance(value, dict) and depth > 1:
            yield from _flat(value, f"{path}.", depth - 1)
