"""CSV and TSV: the first row names the fields; a row with another number of fields is bad."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

from checker.errors import RecordError
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, Key, Layout, grouped, make_layout
from checker.read.records.fields import FieldMap, Use
from checker.read.records.lines import MAX_LINE_BYTES, Read, blocks
from checker.read.records.scales import Scales, Weight
from checker.read.records.values import blank

_ROWS = 1000


def read_delimited(
    read: Read, delimiter: str, fields: FieldMap, scales: Scales | None, bad: BadRows
) -> Iterator[Batch]:
    """Yield the rows; quoted fields may hold line breaks. Line numbers are those where a row ends."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    # strict would refuse a quote inside an unquoted field, which spreadsheets write and every reader takes.
    rows = csv.reader(_texts(read, bad), delimiter=delimiter)
    header = _header(rows)
    if header is None:
        return
    uses = {name: use for name in header if (use := fields.uses.get(name)) is not None}
    layout = make_layout({name: use for name, use in uses.items() if use not in (Use.TEXT, Use.TURNS)})
    texts = [header.index(path) for path in fields.paths["text"] if path in uses]
    good = _good_rows(rows, len(header), bad)
    while block := list(islice(good, _ROWS)):
        yield Batch(layout, grouped(_keys(block, header, layout), _weights(block, texts, scales)))


def _texts(read: Read, bad: BadRows) -> Iterator[str]:
    for block in blocks(read, bad):
        for line in block.lines:
            yield line.decode()


def _header(rows: Iterator[list[str]]) -> list[str] | None:
    try:
        header = next((row for row in rows if row), None)
    except csv.Error as error:
        raise RecordError("the first row of the table cannot be read") from error
    if header is not None and len(set(header)) < len(header):
        raise RecordError("two columns of the table have the same name", hint="give each column its own name")
    return header


def _good_rows(rows: Iterator[list[str]], width: int, bad: BadRows) -> Iterator[list[str]]:
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            bad.add(_line(rows), "the row is not valid CSV, or a field is too long")
            continue
        if row is None:
            return
        if len(row) == width:
            yield row
        elif row:
            bad.add(_line(rows), f"the row has {len(row)} fields, the header has {width}")


def _line(rows: object) -> int:
    line: int = rows.line_num  # type: ignore[attr-defined]  # csv.reader has it, Iterator has not
    return line


def _keys(block: list[list[str]], header: list[str], layout: Layout) -> Iterable[Key]:
    columns = list(zip(*block, strict=True))
    if not layout.paths:
        return repeat((), len(block))
    return zip(
        *(
            map(blank, columns[header.index(path)]) if use is Use.PRESENCE else columns[header.index(path)]
            for path, use in zip(layout.paths, layout.uses, strict=True)
        ),
        strict=True,
    )


def _weights(block: list[list[str]], texts: list[int], scales: Scales | None) -> Iterable[Weight]:
    if scales is None or not texts:
        return repeat(Weight(), len(block))
    return (scales.text(row[texts[0]]) for row in block)
