"""Reads the records of a shard: streaming, in flat memory, bad rows counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from checker.errors import RecordError
from checker.model.dataset import DatasetSettings
from checker.read.records import formats
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch
from checker.read.records.compression import Source, decompressed
from checker.read.records.fields import field_map
from checker.read.records.formats import Format
from checker.read.records.growth import Growth
from checker.read.records.roles import RoleMap
from checker.read.records.scales import Scales
from checker.read.records.slices import NO_SLICES, Slices
from checker.read.records.texts import TextSink

READER_VERSION = 4
_HEAD_BYTES = 4096


def form_of(path: str, settings: DatasetSettings) -> str:
    """What name and settings say of the format, as far as it decides how the bytes are read."""
    if (of_plugin := formats.plugin_format(path, settings.format)) is not None:
        return of_plugin[0]
    try:
        form = formats.named_format(path, settings.format)
    except RecordError:
        return "unknown"
    return form.value if form else "by content"


def open_records(
    path: str,
    stream: BinaryIO,
    settings: DatasetSettings,
    bad: BadRows,
    count_tokens: Callable[[str], int] | None = None,
    texts: TextSink | None = None,
    slices: Slices | None = None,
) -> Iterator[Batch]:
    """Yield the records of a shard in groups of equals; rows that cannot be read go to `bad`.

    `texts` receives the text of each readable record, `slices` counts them by declared columns. `count_tokens` None
    means: no text is weighed, and without `texts` none is decoded. The stream is read to its end, so that a verified
    stream checks its hash. Raises RecordError when the shard as a whole cannot be read.
    """
    counted = Source(stream.read, stream)
    try:
        roles = RoleMap(settings)
        growth = Growth(lambda: counted.count)
        scales = None if count_tokens is None and texts is None else Scales(count_tokens, roles, texts, growth)
        yield from _batches(path, counted, settings, bad, scales, slices or NO_SLICES)
        if texts is not None:
            texts.flush()
    except RecordError:
        counted.drain()  # bytes with a wrong hash are the better explanation
        raise
    counted.drain()


def _batches(
    path: str,
    stream: Source,
    settings: DatasetSettings,
    bad: BadRows,
    scales: Scales | None,
    slices: Slices,
) -> Iterator[Batch]:
    fields = field_map(settings)
    if (of_plugin := formats.plugin_format(path, settings.format)) is not None:
        from checker.read.records.pluginrows import read_with

        formats.check_compression(path, stream.peek(4))
        yield from read_with(of_plugin[1], decompressed(stream).read, fields, scales, bad, slices)
        return
    form = formats.named_format(path, settings.format)
    formats.check_compression(path, stream.peek(4))
    if not stream.peek(1):
        return
    plain = decompressed(stream)
    form = form or formats.sniff(plain.peek(_HEAD_BYTES))
    if form in (Format.PARQUET, Format.ARROW):
        from checker.read.records import columnar

        read = columnar.read_parquet if form is Format.PARQUET else columnar.read_arrow
        yield from read(plain, fields, scales, bad, slices)
    elif form in (Format.CSV, Format.TSV):
        from checker.read.records.delimited import read_delimited

        yield from read_delimited(plain.read, "," if form is Format.CSV else "\t", fields, scales, bad, slices)
    elif form in (Format.TEXT, Format.LINES):
        from checker.read.records import plain as plain_text

        yield from (plain_text.read_lines if form is Format.LINES else plain_text.read_document)(
            plain.read, scales, bad, slices
        )
    else:
        from checker.read.records.jsonl import read_jsonl

        formats.refuse_array(plain.peek(_HEAD_BYTES))
        yield from read_jsonl(plain.read, fields, scales, bad, slices)
