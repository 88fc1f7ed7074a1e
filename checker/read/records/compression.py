"""Decompresses a stream with bounds on memory and on what a few bytes may grow to."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from checker.errors import RecordError

Read = Callable[[int], bytes]

# More than text ever compresses to: a thousand equal lines of JSON reach about 200.
MAX_RATIO = 500
# Below this size a high ratio is harmless.
FREE_BYTES = 16 * 1024 * 1024
_MAX_WINDOW_BYTES = 128 * 1024 * 1024
# A few bytes of zstd may stand for 128 KiB, and its decoder returns all of it: 1 KiB in gives at most 32 MiB out.
_ZSTD_BYTES_IN = 1024


class Source:
    """A stream that counts what was read of it, and of which the beginning can be looked at."""

    def __init__(self, read: Read, file: BinaryIO | None = None) -> None:
        self._read = read
        self._file = file
        self._back = b""
        self.count = 0

    def peek(self, size: int) -> bytes:
        """The first bytes, which stay to be read."""
        while len(self._back) < size and (more := self._read(size - len(self._back))):
            self._back += more
        return self._back

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; nothing at the end."""
        if not self._back:
            data = self._read(size)
        elif size < 0:
            data, self._back = self._back + self._read(size), b""
        else:
            data, self._back = self._back[:size], self._back[size:]
        self.count += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """As raw streams have it; isal asks for it."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> BinaryIO | None:
        """The file itself, at its beginning, when it can be read in any order.

        The way to its end and back makes a verified stream check its hash before any byte is used.
        """
        file = self._file
        if file is None or not file.seekable():
            return None
        self.count = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._read = lambda size: b""
        return file

    def drain(self) -> None:
        """Read to the end, which makes a verified stream check its hash."""
        self._back = b""
        while self._read(1024 * 1024):
            pass


def decompressed(stream: Source) -> Source:
    """The plain bytes; what they were packed with is told by the first bytes and not by the name."""
    head = stream.peek(4)
    if head[:2] == b"\x1f\x8b":
        return Source(_bounded(_gzip(stream), stream))
    if head == b"\x28\xb5\x2f\xfd":
        return Source(_bounded(_Zstd(stream).read, stream))
    return stream


def _bounded(read: Read, stream: Source) -> Read:
    produced = 0

    def bounded(size: int) -> bytes:
        nonlocal produced
        data = read(size)
        produced += len(data)
        if produced > FREE_BYTES and produced > MAX_RATIO * max(stream.count, 1):
            raise RecordError(
                f"the compressed data grow more than {MAX_RATIO} times, which text does not",
                hint="store the shard uncompressed if it really holds that much repetition",
            )
        return data

    return bounded


def _gzip(stream: Source) -> Read:
    opened, errors = _open_gzip(stream)

    def read(size: int) -> bytes:
        try:
            data: bytes = opened.read(size)
        except errors as error:
            raise RecordError(f"the gzip data are damaged or cut off ({type(error).__name__})") from error
        return data

    return read


def _open_gzip(stream: Any) -> tuple[Any, tuple[Any, ...]]:
    """isal is twice as fast as zlib and not there on every platform."""
    import gzip

    errors: tuple[Any, ...] = (EOFError, gzip.BadGzipFile, zlib.error)
    try:
        from isal import igzip, isal_zlib
    except ImportError:
        return gzip.GzipFile(fileobj=stream, mode="rb"), errors
    return igzip.IGzipFile(fileobj=stream, mode="rb"), (*errors, isal_zlib.error)


class _Zstd:
    """Frame by frame, because zstandard's own reader takes a cut-off frame for the end."""

    def __init__(self, stream: Source) -> None:
        import zstandard

        self._stream = stream
        self._error = zstandard.ZstdError
        self._context = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        self._frame: Any = None
        self._in = b""
        self._out = b""
        self._place = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes; nothing at the end of the last frame."""
        while self._place >= len(self._out):
            more = self._decode()
            if more is None:
                return b""
            self._out, self._place = more, 0
        data = self._out[self._place : self._place + size]
        self._place += len(data)
        return data

    def _decode(self) -> bytes | None:
        fed = self._in or self._stream.read(_ZSTD_BYTES_IN)
        self._in = b""
        if not fed:
            if self._frame is not None:
                raise RecordError("the zstd data are cut off")
            return None
        if self._frame is None:
            self._frame = self._context.decompressobj()
        try:
            data: bytes = self._frame.decompress(fed)
        except self._error as error:
            raise RecordError("the zstd data are damaged") from error
        if self._frame.eof:
            self._in = self._frame.unused_data
            self._frame = None
        return data
