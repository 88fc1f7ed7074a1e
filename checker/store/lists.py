"""A list of shards as an entry: the very bytes of DVC's `.dir` object, whose md5 git records."""

from __future__ import annotations

from hashlib import md5, sha256
from pathlib import Path

from checker.store.encoding import canonical
from checker.store.entries import LIST, Name

# As much as `checker.discover.manifest` reads, and the names that DVC has for its md5.
MAX_LIST_BYTES = 128 * 1024 * 1024
HASH_NAMES = ("md5", "md5-dos2unix")


def list_name(oid: str, hash_name: str) -> Name:
    """The entry of the list that git records as `oid` (`….dir`)."""
    return Name(sha256(canonical({"list": [hash_name, oid]})).hexdigest(), LIST)


def read_list(file: Path, key: str) -> bytes:
    """The bytes of the list. Raises OSError; ValueError where their md5 is not the one that the key stands for."""
    with file.open("rb") as stream:
        data = stream.read(MAX_LIST_BYTES + 1)
    if len(data) > MAX_LIST_BYTES:
        raise ValueError("it is longer than a list can be")
    check_list(data, key)
    return data


def check_list(data: bytes, key: str) -> None:
    """Raises ValueError where the md5 of the bytes is not the one that the key stands for."""
    oid = f"{md5(data, usedforsecurity=False).hexdigest()}.dir"
    if key not in (list_name(oid, hash_name).key for hash_name in HASH_NAMES):
        raise ValueError("it is another list than the one that git records")
