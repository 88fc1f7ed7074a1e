"""Read a `.dir` manifest, the list of a dataset's shards, as data that nobody vouches for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

from checker.discover.paths import shown
from checker.errors import DatasetError, ObjectDamaged
from checker.model.dataset import Shard

MAX_BYTES = 128 * 2**20
MAX_ENTRIES = 1_000_000
MAX_PATH = 4096
MAX_COMMAS = 6 * MAX_ENTRIES

_SHARD_HASH = re.compile(r"[0-9a-f]{32}")
# An empty part (absolute, `a//b`, trailing slash), `.` or `..`, NUL, backslash, a drive, or git's own folder.
_HOSTILE = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\0\\]|^[A-Za-z]:|(?:^|/)\.git[. ]*(?:/|$)", re.IGNORECASE)


class Lists(Protocol):
    """Lists of shards that are kept elsewhere than with the data; `oid` and `hash_name` are as git records them."""

    def get(self, oid: str, hash_name: str) -> bytes | None:
        """The bytes of the `.dir` object; None when it is not kept."""

    def put(self, oid: str, hash_name: str, data: bytes) -> None:
        """Keep a list whose md5 was found to be right, unless it is kept already."""


def read_manifest(data: bytes, oid: str, hash_name: str = "md5", *, of: str) -> tuple[Shard, ...]:
    """The shards that the manifest `oid` of the dataset `of` lists, by path.

    Raises ObjectDamaged when `data` is not what `oid` names, DatasetError when an entry is malformed or hostile.
    """
    actual = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if oid != f"{actual}.dir":
        raise ObjectDamaged(
            f"{of}: the list of shards has md5 {actual}, git records {oid}",
            hint="delete this object and fetch it again, or push the dataset again from where it is whole",
        )
    entries = _entries(data, of)
    shards = sorted(_shards(entries, hash_name, of), key=lambda shard: shard.path)
    for left, right in pairwise(shards):
        if left.path == right.path:
            raise _hostile(of, f"lists {shown(left.path)} twice")
    return tuple(shards)


def check_size(size_bytes: int, of: str) -> None:
    """Refuse a manifest that is too long to be read into memory."""
    if size_bytes > MAX_BYTES:
        raise DatasetError(
            f"{of}: the list of shards is longer than {MAX_BYTES // 2**20} MiB, which is the most that is read",
            hint="split the dataset into several DVC outs",
        )


def is_hostile(path: str) -> bool:
    """Whether a shard's path would leave its dataset, or mean another file on another system."""
    return _HOSTILE.search(path) is not None


def _entries(data: bytes, of: str) -> list[object]:
    check_size(len(data), of)
    # Siblings need commas between them, so this bounds what the parser may build before anything is built.
    if data.count(b",") > MAX_COMMAS:
        raise _too_many(f"more than {MAX_COMMAS:,} fields", of)
    try:
        entries = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise _hostile(of, "is not JSON") from error
    if not isinstance(entries, list):
        raise _hostile(of, f"is a JSON {type(entries).__name__} where a list is expected")
    if len(entries) > MAX_ENTRIES:
        raise _too_many(f"{len(entries):,} entries", of)
    return entries


def _shards(entries: Iterable[object], hash_name: str, of: str) -> Iterable[Shard]:
    is_hash, hostile = _SHARD_HASH.fullmatch, _HOSTILE.search
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise _hostile(of, f"has entry {number} that is not an object")
        path, md5, size = entry.get("relpath"), entry.get("md5"), entry.get("size")
        if not isinstance(path, str) or hostile(path) or len(path) > MAX_PATH or not _encodable(path):
            raise _hostile(of, f"has entry {number} with the path {shown(path)}, which no shard may have")
        if not isinstance(md5, str) or not is_hash(md5):
            raise _hostile(of, f"has entry {number} ({shown(path)}) with {shown(md5)} where an md5 is expected")
        yield Shard(path, md5, hash_name, size if type(size) is int and size >= 0 else None)


def _encodable(path: str) -> bool:
    return path.isascii() or not any("\ud800" <= character <= "\udfff" for character in path)


def _too_many(what: str, of: str) -> DatasetError:
    return DatasetError(
        f"{of}: the list of shards has {what}, at most {MAX_ENTRIES:,} entries are read",
        hint="pack the records into fewer shards or split the dataset into several DVC outs",
    )


def _hostile(of: str, what: str) -> DatasetError:
    return DatasetError(
        f"{of}: the list of shards {what}",
        hint="find out who made this version; `dvc add` the data again to get a list that DVC itself wrote",
    )
