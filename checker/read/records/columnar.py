"""Parquet and Arrow IPC: only the columns that matter are read."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from checker.errors import RecordError
from checker.read.records.arrowgroups import TableReader, bare_rows
from checker.read.records.arrowtexts import add_empty
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch
from checker.read.records.compression import Source
from checker.read.records.fields import FieldMap, Use
from checker.read.records.parquetpages import batch_rows
from checker.read.records.scales import Scales
from checker.read.records.slices import Slices
from checker.read.records.vocabulary import BLANKS

_ROWS = 64 * 1024
_ROWS_WITH_TEXT = 1024
# What the wanted columns of one row group may take when decompressed, by the file's own word.
_MOST_GROUP_BYTES = 4 * 1024**3
_BLANK_TEXTS = tuple(word for word in BLANKS if isinstance(word, str))
_TURN_PARTS = ("role", "from")
_TURN_TEXTS = ("content", "value", "text")
_CODED = (Use.VALUE, Use.SOURCE, Use.NUMBER)


def read_parquet(
    stream: Source, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices
) -> Iterator[Batch]:
    """Yield the rows of a Parquet file, by projection."""
    import pyarrow
    import pyarrow.parquet

    with _random_access(stream) as file:
        try:
            opened = pyarrow.parquet.ParquetFile(file, thrift_string_size_limit=64 * 1024**2)
            leaves = [opened.schema.column(index).path for index in range(len(opened.schema))]
            _refuse_twins(leaves)
            sliced = [leaf for leaf in leaves if any(_lies_in(leaf, path) for path in slices.paths.values())]
            wanted = _wanted(leaves, fields, sliced, text=scales is not None)
            _check_size(opened.metadata, wanted)
            filled = _surely_filled(opened, fields, wanted)
            wanted = [leaf for leaf in wanted if leaf not in filled or leaf in sliced]
            # Codes for what is grouped by; what is unique in every row is cheaper without.
            tops = opened.schema_arrow.names  # pyarrow cannot put the parts of a column inside an object together
            coded = [leaf for leaf in wanted if leaf in tops and (fields.uses.get(leaf) in _CODED or leaf in sliced)]
            opened = pyarrow.parquet.ParquetFile(
                file, read_dictionary=coded, metadata=opened.metadata, thrift_string_size_limit=64 * 1024**2
            )
            texts = [] if scales is None else [leaf for leaf in wanted if _use(leaf, fields) in (Use.TEXT, Use.TURNS)]
            rows = batch_rows(file, opened.metadata, wanted, texts, _ROWS if scales is None else _ROWS_WITH_TEXT)
            if not wanted:
                if scales is not None:
                    add_empty(opened.metadata.num_rows, 1, scales)
                slices.missing(opened.metadata.num_rows)
                yield bare_rows(opened.metadata.num_rows, filled)
                return
            reader: TableReader | None = None
            for batch in opened.iter_batches(rows, columns=wanted, use_threads=False):
                reader = reader or TableReader(batch.schema, fields, scales, bad, slices, filled)
                yield reader.read(batch)
            if reader is not None:
                yield reader.rest()
        except (pyarrow.ArrowException, OSError, EOFError) as error:
            raise RecordError(f"the Parquet data are damaged or cut off ({type(error).__name__})") from error


def read_arrow(
    stream: Source, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices
) -> Iterator[Batch]:
    """Yield the rows of an Arrow IPC file or stream."""
    import pyarrow

    with _random_access(stream) as file:
        try:
            yield from _read_ipc(file, fields, scales, bad, slices)
        except (pyarrow.ArrowException, OSError, EOFError) as error:
            raise RecordError(f"the Arrow data are damaged or cut off ({type(error).__name__})") from error


def _refuse_twins(names: list[str]) -> None:
    """Readers differ in which of two columns they take."""
    if len(set(names)) < len(names):
        raise RecordError("two columns of the table have the same name", hint="give each column its own name")


def _read_ipc(
    file: IO[bytes], fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices
) -> Iterator[Batch]:
    from pyarrow import ipc

    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    names = (ipc.open_file(file) if is_file else ipc.open_stream(file)).schema.names
    file.seek(0)
    _refuse_twins(names)
    sliced = tuple(slices.paths.values())
    included = [index for index, name in enumerate(names) if _is_wanted(name, fields, sliced, text=scales is not None)]
    options = ipc.IpcReadOptions(included_fields=included, use_threads=False)
    rows = _ROWS if scales is None else _ROWS_WITH_TEXT
    reader: TableReader | None = None
    row = 1
    for batch in _ipc_batches(file, options, is_file=is_file):
        batch.validate(full=True)  # offsets that point outside of their buffer would be followed
        if not included:
            if scales is not None:
                add_empty(batch.num_rows, row, scales)
            row += batch.num_rows
            slices.missing(batch.num_rows)
            yield bare_rows(batch.num_rows)
            continue
        reader = reader or TableReader(batch.schema, fields, scales, bad, slices)
        for start in range(0, batch.num_rows, rows):
            yield reader.read(batch.slice(start, rows))
    if reader is not None:
        yield reader.rest()


def _ipc_batches(file: IO[bytes], options: Any, *, is_file: bool) -> Iterable[Any]:
    from pyarrow import ipc

    if not is_file:
        yield from ipc.open_stream(file, options=options)
        return
    opened = ipc.open_file(file, options=options)
    for index in range(opened.num_record_batches):
        yield opened.get_batch(index)


@contextmanager
def _random_access(stream: Source) -> Iterator[IO[bytes]]:
    """These formats are read from their end: what cannot seek goes to an anonymous file first."""
    there = stream.seekable()
    if there is not None:
        yield there
        return
    with tempfile.TemporaryFile() as file:
        while chunk := stream.read(1024 * 1024):
            file.write(chunk)
        file.seek(0)
        yield file


def _wanted(leaves: Iterable[str], fields: FieldMap, sliced: Collection[str], *, text: bool) -> list[str]:
    """The leaf columns to read: `messages.list.element.role` is the `role` of the turns in `messages`."""
    wanted = []
    for leaf in leaves:
        top, _, rest = leaf.partition(".")
        name = rest.rpartition(".")[2]
        if fields.uses.get(top) is Use.TURNS and rest:
            keep = name in _TURN_PARTS or (text and (name in _TURN_TEXTS or rest.endswith(("element", "item"))))
        else:
            use = _use(leaf, fields)
            keep = use is not None and use is not Use.TURNS and (text or use is not Use.TEXT)
        if keep or leaf in sliced:
            wanted.append(leaf)
    return wanted


def _use(leaf: str, fields: FieldMap) -> Use | None:
    return fields.uses.get(leaf) or _list_use(leaf, fields)


def _list_use(leaf: str, fields: FieldMap) -> Use | None:
    """`licenses.list.element` is the column `licenses`, a struct column is present where its first leaf is read."""
    parts = leaf.split(".")
    return next((use for end in range(len(parts) - 1, 0, -1) if (use := fields.uses.get(".".join(parts[:end])))), None)


def _is_wanted(name: str, fields: FieldMap, sliced: Collection[str], *, text: bool) -> bool:
    """Whether a top-level column holds anything that is looked at."""
    looked_at = (path for path, use in fields.uses.items() if text or use is not Use.TEXT)
    return any(_lies_in(path, name) for path in (*looked_at, *sliced))


def _lies_in(path: str, parent: str) -> bool:
    return path == parent or path.startswith(f"{parent}.")


def _surely_filled(opened: Any, fields: FieldMap, wanted: list[str]) -> frozenset[str]:
    """Columns that need not be read: by their statistics no row is null and no text is a word for nothing."""
    metadata = opened.metadata
    places = {opened.schema.column(index).path: index for index in range(len(opened.schema))}
    plain = [leaf for leaf in wanted if fields.uses.get(leaf) is Use.PRESENCE and "." not in leaf]
    return frozenset(
        leaf
        for leaf in plain
        if metadata.num_row_groups
        and all(
            _excludes_blanks(metadata.row_group(group).column(places[leaf]).statistics)
            for group in range(metadata.num_row_groups)
        )
    )


def _excludes_blanks(statistics: Any) -> bool:
    if statistics is None or not statistics.has_null_count or statistics.null_count or not statistics.has_min_max:
        return False
    least, most = statistics.min, statistics.max
    return isinstance(least, str) and isinstance(most, str) and not any(least <= word <= most for word in _BLANK_TEXTS)


def _check_size(metadata: Any, wanted: list[str]) -> None:
    names = set(wanted)
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        columns = (row_group.column(index) for index in range(row_group.num_columns))
        size = sum(column.total_uncompressed_size for column in columns if column.path_in_schema in names)
        if size > _MOST_GROUP_BYTES:
            raise RecordError(
                f"row group {group} takes {size} bytes when decompressed, at most {_MOST_GROUP_BYTES} are read",
                hint="write smaller row groups",
            )
