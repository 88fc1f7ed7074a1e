"""The file of the keys by which the texts of a shard meet: band after band, sorted, a checksum every few rows."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import NamedTuple

from checker.model.text import BANDS
from checker.store.encoding import canonical

FORMAT = "headwater/keys/v1"
# A key is the number of its band and the 40 bits by which texts of one band meet (`compare/runs.py`); the rest is zero.
# So keys of different bands never meet, and in ascending order band follows on band.
BAND_SHIFT, LOW_BITS, KEPT_BITS = 59, 19, 40
HEAD_BYTES = 512
# One checksum covers so many rows: what a range of keys takes more than it needs stays small.
CHUNK_ROWS = 1024
# An entry of the table: the first key of the chunk, and the sha256 of its keys and then of its ids.
TABLE_ROW = 8 + 32
_TAIL_BYTES = 64
_MAX_TEXTS = 2**32 - 1
_HEX = re.compile(r"[0-9a-f]{64}\Z")


class Head(NamedTuple):
    """The start of the file: `text` is the digest of the text evidence that the keys follow from, of `texts` texts."""

    text: str
    texts: int

    @property
    def key(self) -> str:
        """The name of the entry."""
        return key_of_keys(self.text)

    @property
    def entries(self) -> int:
        """How many keys there are."""
        return BANDS * self.texts

    @property
    def chunks(self) -> int:
        """How many chunks a band has."""
        return -(-self.texts // CHUNK_ROWS)

    @property
    def table_at(self) -> int:
        """Where the table begins."""
        return self.keys_at(BANDS)

    @property
    def file_bytes(self) -> int:
        """Size of the whole file."""
        return self.table_at + BANDS * self.chunks * TABLE_ROW + _TAIL_BYTES

    def keys_at(self, band: int) -> int:
        """Where the keys (u8, ascending) of a band begin."""
        return HEAD_BYTES + band * (12 * self.texts + self.padding)

    def ids_at(self, band: int) -> int:
        """Where its ids (u4) begin."""
        return self.keys_at(band) + 8 * self.texts

    @property
    def padding(self) -> int:
        """Bytes behind the ids of a band, so that the next keys are aligned."""
        return 4 * self.texts % 8

    def digest(self, table_check: str) -> str:
        """The digest of the content, from the sha256 of the table."""
        parts = {"format": FORMAT, "text": self.text, "texts": self.texts, "table": table_check}
        return sha256(canonical(parts)).hexdigest()


def key_of_keys(text_digest: str) -> str:
    """The name of the keys of a shard whose text evidence has that digest."""
    return sha256(canonical({"keys": FORMAT, "text": text_digest})).hexdigest()


def encode_head(head: Head) -> bytes:
    """HEAD_BYTES bytes: a line, its checksum, zeros."""
    line = canonical({"format": FORMAT, "key": head.key, "text": head.text, "texts": head.texts})
    return (line + b"\n" + sha256(line).hexdigest().encode() + b"\n").ljust(HEAD_BYTES, b"\0")


def decode_length(data: bytes) -> int:
    """How long the file is that starts with these bytes. Raises ValueError as `decode_head`."""
    return decode_head(data).file_bytes


def decode_head(data: bytes) -> Head:
    """What the first HEAD_BYTES say. Raises ValueError for any other bytes."""
    line, end, rest = data[:HEAD_BYTES].partition(b"\n")
    check = sha256(line).hexdigest().encode() + b"\n"
    if not end or rest != check.ljust(HEAD_BYTES - len(line) - 1, b"\0"):
        raise ValueError("its header is damaged")
    try:
        parts = json.loads(line)
        found, key, text, texts = (parts[name] for name in ("format", "key", "text", "texts"))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("its header is not one of ours") from error
    if found != FORMAT:
        raise ValueError("it has another format")
    if not isinstance(text, str) or not _HEX.match(text) or key != key_of_keys(text):
        raise ValueError("its header is not one of ours")
    if not isinstance(texts, int) or isinstance(texts, bool) or not 0 <= texts <= _MAX_TEXTS:
        raise ValueError("it counts more texts than a shard can have")
    return Head(text, texts)
