"""Copies one entry of a shared store into a file, as far as it may be long, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from checker.patience.s3_stream import Changed, ObjectStream
from checker.store.places import Place, Reading
from checker.store.text_layout import MAX_HEADER_BYTES
from checker.store.troubles import TooSlow

_BLOCK = 1024 * 1024
# A transfer slower than this is given up: a store must not hold a check up without end.
_LEAST_BYTES_A_SECOND = 64 * 1024


class Unusable(ValueError):
    """A store sends what is no entry, or more than the entry says it has."""


class Download:
    """Called until it does not raise: an object of S3 goes on where it was cut off, anything else begins again.

    `received` is how far it came. Raises Unusable, TooSlow, and what the place raises.
    """

    def __init__(
        self, place: Place, path: str, into: BinaryIO, limit: Callable[[bytes], int], slack_seconds: float
    ) -> None:
        self._place, self._path, self._into, self._limit = place, path, into, limit
        self._slack_seconds = slack_seconds
        self._reading_seconds = 0.0  # waits between two tries are not the transfer's
        self._stream: Reading | None = None
        self._start = b""
        self.received = 0

    def __call__(self) -> bool:
        stream = self._resumed()
        try:
            blocks = self._blocks(stream)
            if self.received < MAX_HEADER_BYTES:
                for block in blocks:
                    self._start += block
                    if len(self._start) >= MAX_HEADER_BYTES:  # a network hands out whatever has arrived
                        break
            most = self._most()
            while self.received <= most and next(blocks, b""):
                pass
        except Changed:
            self.close()
            raise
        except Exception:  # whatever it was, it is raised again: only such a stream can go on where it was cut
            if not isinstance(stream, ObjectStream):
                self.close()
            raise
        if self.received > most:
            raise Unusable("it is longer than it says")
        return True

    def close(self) -> None:
        """Let go of the stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _resumed(self) -> Reading:
        if self._stream is None:
            self._stream = self._place.open(self._path)
            self._start, self.received = b"", 0
            self._into.seek(0)
            self._into.truncate()
        return self._stream

    def _blocks(self, stream: Reading) -> Iterator[bytes]:
        while block := self._timed(stream):
            self._into.write(block)
            self.received += len(block)
            if self._reading_seconds > self._slack_seconds + self.received / _LEAST_BYTES_A_SECOND:
                self.close()
                raise TooSlow("it answers too slowly")
            yield block

    def _timed(self, stream: Reading) -> bytes:
        started = time.monotonic()
        try:
            return stream.read(_BLOCK)
        finally:
            self._reading_seconds += time.monotonic() - started

    def _most(self) -> int:
        try:
            return self._limit(self._start)
        except ValueError as error:
            raise Unusable(str(error)) from error
