"""What an entry is called, and a composition as an entry: two lines of JSON, the first the checksum of the second."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import NamedTuple

from checker.model.composition import Composition
from checker.store.encoding import canonical, decode, digest_of, encode

_FORMAT = "headwater/measurement/v1"
MAX_ENTRY_BYTES = 64 * 1024 * 1024
COMPOSITION, TEXT, LIST, ROLLUP, KEYS = "json", "text", "list", "rollup", "keys"
KINDS = (COMPOSITION, TEXT, LIST, ROLLUP, KEYS)
_KEY = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.(json|text|list|rollup|keys)")


class Kept(NamedTuple):
    """A composition and the digest of its counts."""

    composition: Composition
    digest: str


class Name(NamedTuple):
    """The key of an entry and its kind: `json` a composition, `text` what a pass over the text found, `list` shards.

    A `rollup` holds what is known of all shards of a dataset version, `keys` those by which the texts of one meet.
    """

    key: str
    kind: str

    @property
    def path(self) -> str:
        """Where it lies in a folder of entries. Raises ValueError for a key that is no sha256: it is no path."""
        if not _KEY.fullmatch(self.key) or self.kind not in KINDS:
            raise ValueError(f"{self.key!r} names no evidence")
        return f"{self.key[:2]}/{self.key}.{self.kind}"


def name_at(path: str) -> Name | None:
    """The entry whose place in a folder of entries this is; None for any other file."""
    found = _NAME.fullmatch(path)
    return Name(found[2], found[3]) if found else None


def encode_entry(key: str, kept: Kept) -> bytes:
    """The same counts give the same bytes."""
    composition, digest = encode(kept.composition), kept.digest
    body = canonical({"format": _FORMAT, "key": key, "digest": digest, "composition": composition})
    return canonical({"sha256": sha256(body).hexdigest()}) + b"\n" + body + b"\n"


def decode_entry(key: str, data: bytes) -> Kept:
    """Raises ValueError for anything that `encode_entry` does not write for this key."""
    head, _, rest = data.partition(b"\n")
    body, end, nothing = rest.partition(b"\n")
    try:
        if not end or nothing or json.loads(head) != {"sha256": sha256(body).hexdigest()}:
            raise ValueError("it is damaged")
        entry = json.loads(body)
        if entry.get("format") != _FORMAT or entry.get("key") != key:
            raise ValueError("it belongs to another key")
        return Kept(decode(entry["composition"]), str(entry["digest"]))
    except (AttributeError, KeyError, RecursionError) as error:
        raise ValueError("it is not one of ours") from error


def check_entry(key: str, data: bytes) -> str:
    """What a signature covers: the sha256 of the counts, computed from them. Raises ValueError as `decode_entry`."""
    return read_entry(key, data).digest


def read_entry(key: str, data: bytes) -> Kept:
    """The same, with the composition."""
    kept = decode_entry(key, data)
    if kept.digest != digest_of(kept.composition):
        raise ValueError("its digest is not that of its counts")
    return kept
