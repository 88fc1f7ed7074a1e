"""Tells how far a shard is read, while it is read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from checker.measure.shards import ObjectSource
from checker.model.dataset import DatasetVersion, Shard

# Called with the bytes that were read since it was called last.
Tell = Callable[[int], None]
_EVERY_SECONDS = 0.5


class Metered:
    """A store whose streams are looked at twice a second by a thread, so that reading itself costs nothing more."""

    def __init__(self, store: ObjectSource, tell: Tell) -> None:
        self._store, self._tell = store, tell
        self._stream: BinaryIO | None = None
        self._told = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="headwater-meter", daemon=True)

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        """As the store itself."""
        stream = self._stream = self._store.open(version, shard)
        return stream

    def __enter__(self) -> Metered:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_EVERY_SECONDS):
            position = self._position()
            if position > self._told:
                self._tell(position - self._told)
                self._told = position

    def _position(self) -> int:
        """A buffered stream may not be asked by two threads, what lies below it may."""
        stream = self._stream
        try:
            return 0 if stream is None else int(getattr(stream, "raw", stream).tell())
        except (OSError, ValueError):  # closed meanwhile, or a stream without positions
            return 0
