"""What S3 does in one request and fsspec in several: list on from a name, remove many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

MOST_REMOVED = 1000  # DeleteObjects takes no more
MOST_LISTED = 1000  # nor does ListObjectsV2 give more
# Directory buckets (S3 Express) list in no order and know no `StartAfter`.
_UNORDERED = "--x-s3"


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
