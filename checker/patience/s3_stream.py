"""An object of S3 in one request, and one more from where it stopped for each time that it was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.patience.passing import chain, status

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_PRECONDITION_FAILED = 412


class Changed(ConnectionError):
    """The object was replaced while it was read: what arrived before is of no use."""


class ObjectStream:
    """An object as it arrives. A read that fails may be repeated: it goes on behind the last byte that arrived."""

    def __init__(self, system: AbstractFileSystem, path: str, position: int = 0) -> None:
        self._system = system
        self._bucket, self._key, _ = system.split_path(path)
        self._position = position
        self._etag = ""
        self._body: Any = None  # aiobotocore has no types
        self._begin()

    def read(self, size: int, /) -> bytes:
        from fsspec.asyn import sync

        if self._body is None:
            self._begin()
        try:
            block: bytes = sync(self._system.loop, self._body.read, size)
        except BaseException:
            self.close()
            raise
        self._position += len(block)
        return block

    def close(self) -> None:
        """Give the connection up; where all has arrived it goes back to the others."""
        body, self._body = self._body, None
        if body is not None:
            self._system.loop.call_soon_threadsafe(body.close)

    def __enter__(self) -> ObjectStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        rest = {"Range": f"bytes={self._position}-"} if self._position else {}
        if self._etag:
            rest["IfMatch"] = self._etag
        try:
            answer = self._system.call_s3("get_object", Bucket=self._bucket, Key=self._key, **rest)
        except OSError as error:
            if self._position and any(status(link) == _PRECONDITION_FAILED for link in chain(error)):
                raise Changed("it was replaced while it was read") from error
            raise
        self._etag, self._body = str(answer["ETag"]), answer["Body"]
