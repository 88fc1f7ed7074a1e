"""CSV and TSV: the first row names the fields; a row with another number of fields is bad."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from checker.errors import RecordError
from checker.read.records.bad import BadRows
from checker.read.records.batch import NOTHING, Batch, Groups, Key, Layout, make_layout
from checker.read.records.fields import FieldMap, Use
from checker.read.records.lines import MAX_LINE_BYTES, Read, blocks
from checker.read.records.scales import Scales
from checker.read.records.slices import Slices
from checker.read.records.values import blank

_ROWS = 1000
# Groups are kept over many rows, since each costs a resolution when it is handed over.
_MOST_GROUPS = 8192


def read_delimited(
    read: Read, delimiter: str, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices
) -> Iterator[Batch]:
    """Yield the rows; quoted fields may hold line breaks. Line numbers are those where a row ends."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    # strict would refuse a quote inside an unquoted field, which spreadsheets write and every reader takes.
    lines = _Lines(read, bad)
    rows = csv.reader(lines, delimiter=delimiter)
    header = _header(rows)
    if header is None:
        return
    uses = {name: use for name in header if (use := fields.uses.get(name)) is not None}
    layout = make_layout({name: use for name, use in uses.items() if use not in (Use.TEXT, Use.TURNS)})
    texts = [header.index(path) for path in fields.paths["text"] if path in uses]
    good = _good_rows(rows, lines, len(header), bad)
    groups = Groups()
    while block := list(islice(good, _ROWS)):
        numbers, values = zip(*block, strict=True)
        keys = _keys(values, header, layout)
        _slice(values, header, slices)
        if scales is None:
            groups.count(keys)
        else:
            scales.add(groups, keys, numbers, [row[texts[0]] for row in values] if texts else [""] * len(values))
            scales.rest()
        yield Batch(layout, groups.take()) if len(groups) > _MOST_GROUPS else NOTHING
    if scales is not None:
        scales.flush()
    yield Batch(layout, groups.take())


class _Lines:
    """The lines for the CSV reader; `number` is that of the line it took last, with those it never saw counted."""

    def __init__(self, read: Read, bad: BadRows) -> None:
        self.number = 0
        self._lines = (
            (number, line) for block in blocks(read, bad) for number, line in enumerate(block.lines, block.first)
        )

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        return line.decode()


def _header(rows: Iterator[list[str]]) -> list[str] | None:
    try:
        header = next((row for row in rows if row), None)
    except csv.Error as error:
        raise RecordError("the first row of the table cannot be read") from error
    if header is not None and len(set(header)) < len(header):
        raise RecordError("two columns of the table have the same name", hint="give each column its own name")
    return header


def _good_rows(rows: Iterator[list[str]], lines: _Lines, width: int, bad: BadRows) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            bad.add(lines.number, "the row is not valid CSV, or a field is too long")
            continue
        if row is None:
            return
        if len(row) == width:
            yield lines.number, row
        elif row:
            bad.add(lines.number, f"the row has {len(row)} fields, the header has {width}")


def _slice(block: Sequence[list[str]], header: list[str], slices: Slices) -> None:
    for name, path in slices.paths.items():
        place = header.index(path) if path in header else None
        slices.count(name, (None if place is None else row[place] for row in block))


def _keys(block: Sequence[list[str]], header: list[str], layout: Layout) -> Iterable[Key]:
    columns = list(zip(*block, strict=True))
    if not layout.paths:
        return [()] * len(block)
    return zip(
        *(
            map(blank, columns[header.index(path)]) if use is Use.PRESENCE else columns[header.index(path)]
            for path, use in zip(layout.paths, layout.uses, strict=True)
        ),
        strict=True,
    )
