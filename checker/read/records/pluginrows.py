"""Records in a format of a plug-in: its rows, read as if they were JSON Lines."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from checker.errors import HeadwaterError, RecordError
from checker.model.plugin import RecordFormat
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch
from checker.read.records.fields import FieldMap
from checker.read.records.jsonl import read_jsonl
from checker.read.records.lines import Read
from checker.read.records.scales import Scales
from checker.read.records.slices import NO_SLICES, Slices

# No JSON: the reader of lines counts it as a row that cannot be read.
_UNREADABLE = b"!\n"


def read_with(
    form: RecordFormat, read: Read, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices = NO_SLICES
) -> Iterator[Batch]:
    """Yield the records. Raises RecordError, whatever the plug-in does: the bytes are of anybody's making."""
    lines = _Lines(_rows(form, io.BufferedReader(_Stream(read))))
    yield from read_jsonl(lines.read, fields, scales, bad, slices)


def _rows(form: RecordFormat, stream: io.BufferedReader) -> Iterator[bytes]:
    import msgspec

    encode = msgspec.json.Encoder().encode
    try:
        for row in form.read(stream):
            yield _UNREADABLE if row is None or not isinstance(row, Mapping) else encode(row) + b"\n"
    except HeadwaterError:
        raise  # of the stream: a wrong hash, a decompression bomb
    except Exception as error:  # code of others; told with the shard
        message = f"the plug-in cannot read the shard ({type(error).__name__}: {str(error)[:200]})"
        raise RecordError(message) from error


class _Stream(io.RawIOBase):
    """Our reading function as the stream that a plug-in expects."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # what `io` hands over has the buffer
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)


class _Lines:
    """Lines as bytes that can be read in pieces of any size."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._held = b""
        self._at = 0  # what was given of the line that is held, which may be long and is not copied for each piece

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        while self._at >= len(self._held):
            self._held, self._at = next(self._lines, b""), 0
            if not self._held:
                return b""
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        return piece
