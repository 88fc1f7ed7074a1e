"""What S3 does in one request and fsspec in several: read an object, list on from a name, remove many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.patience.passing import chain, status

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

MOST_REMOVED = 1000  # DeleteObjects takes no more
MOST_LISTED = 1000  # nor does ListObjectsV2 give more
# Directory buckets (S3 Express) list in no order and know no `StartAfter`.
_UNORDERED = "--x-s3"
_PRECONDITION_FAILED = 412


class Changed(ConnectionError):
    """The object was replaced while it was read: what arrived before is of no use."""


class Page(NamedTuple):
    """Names below the prefix with their sizes, in the order of their bytes. `more`: the listing goes on behind it."""

    sizes: tuple[tuple[str, int], ...]
    more: bool


def is_s3(system: AbstractFileSystem) -> bool:
    """Whether these are s3fs's objects."""
    protocol = system.protocol
    return "s3" in ((protocol,) if isinstance(protocol, str) else protocol)


def ordered(system: AbstractFileSystem, top: str) -> bool:
    """Whether what lies there is listed in order."""
    return is_s3(system) and not str(system.split_path(top)[0]).endswith(_UNORDERED)


def ask_once(system: AbstractFileSystem) -> None:
    """No retries by s3fs: five times botocore's, they would be hidden from whoever counts questions and waits."""
    system.retries = 1


class ObjectStream:
    """An object as it arrives. A read that fails may be repeated: it goes on behind the last byte that arrived."""

    def __init__(self, system: AbstractFileSystem, path: str) -> None:
        self._system = system
        self._bucket, self._key, _ = system.split_path(path)
        self._position = 0
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
        rest = {"Range": f"bytes={self._position}-", "IfMatch": self._etag} if self._position else {}
        try:
            answer = self._system.call_s3("get_object", Bucket=self._bucket, Key=self._key, **rest)
        except OSError as error:
            if self._position and any(status(link) == _PRECONDITION_FAILED for link in chain(error)):
                raise Changed("it was replaced while it was read") from error
            raise
        self._etag, self._body = str(answer["ETag"]), answer["Body"]


def page(system: AbstractFileSystem, top: str, folder: str, after: str, most: int) -> Page:
    """What lies below `top/folder/`, behind the name `after` in the order of bytes."""
    bucket, prefix, _ = system.split_path(f"{top}/{folder}/")
    start = {"StartAfter": f"{prefix}{after}"} if after else {}
    answer = system.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=most, **start)
    found = tuple((str(one["Key"]).removeprefix(prefix), int(one["Size"])) for one in answer.get("Contents", ()))
    return Page(found, bool(answer.get("IsTruncated")) and bool(found))


def remove(system: AbstractFileSystem, paths: Sequence[str]) -> None:
    """Remove up to MOST_REMOVED objects in one request. Raises OSError for the first that is refused."""
    bucket = system.split_path(paths[0])[0]
    objects = [{"Key": system.split_path(path)[1]} for path in paths]
    answer = system.call_s3("delete_objects", Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    for refused in answer.get("Errors", ()):
        if refused.get("Code") != "NoSuchKey":
            raise RemovalRefused(str(refused.get("Code")))


class RemovalRefused(OSError):
    """One of many was not removed; S3's word for why is with it, as botocore's errors have it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.response = {"Error": {"Code": word}, "ResponseMetadata": {"HTTPStatusCode": _STATUS.get(word, 500)}}


_STATUS = {"AccessDenied": 403, "SlowDown": 503, "InternalError": 500}
