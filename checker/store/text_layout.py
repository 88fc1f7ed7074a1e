"""The file of a shard's text evidence: a header line that says everything about the sections behind it."""

from __future__ import annotations

import json
import re
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from checker.model.text import SAMPLE_TOKENS, SIGNATURE_VALUES
from checker.store.encoding import canonical

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

FORMAT = "headwater/text/v2"
# What the digest is made over: it stays when only the packing changes.
_CONTENT = "headwater/text/v1"
MAX_HEADER_BYTES = 64 * 1024
# All sections together unpack to at most this much, plus a multiple of the file: a bomb stops here. Hashes in
# ascending order, which all that can grow comes with, never shrink to a sixteenth.
_FREE_BYTES = 64 * 1024 * 1024
_MAX_RATIO = 16
_MAX_DOCUMENTS = 2**32 - 1
_BUCKETS = 16384
_HEX = re.compile(r"[0-9a-f]{64}\Z")

SCALARS = (
    "records",
    "empty",
    "bytes",
    "tokens",
    "utf8_errors",
    "mattr_sum",
    "mattr_positions",
    "shingles",
    "repeated_shingles",
    "vocabulary_level",
)


class Packing(Enum):
    """How a section is prepared for zstd.

    PLANES: first all lowest bytes, then all second ones, and so on: small numbers give runs of zeros. STEPS: the same
    of the differences to the value before, modulo the integer's range. RANKS: places in a vocabulary that comes along
    (`ranks.py`), because values recur. NEVER: it is as good as random, and zstd would only cost time.
    """

    NEVER = "never"
    PLANES = "planes"
    RANKS = "ranks"
    STEPS = "steps"


class Section(NamedTuple):
    """One array: `item_bytes` of a little-endian unsigned integer, `width` integers a row.

    `rows` fixes how many rows there are: a number, `records` (one a document), or the name of the section that has as
    many. None: as many as the header says, within bounds. `packing` is what zstd gets, when that shrinks it.
    """

    name: str
    item_bytes: int
    width: int = 1
    rows: int | str | None = None
    packing: Packing = Packing.PLANES

    @property
    def row_bytes(self) -> int:
        """Bytes a row."""
        return self.item_bytes * self.width


# In the order of the file. What is never packed lies first, so that the size of the file bounds the number of documents
# before anything is unpacked.
SECTIONS = (
    Section("hashes", 8, width=2, rows="records", packing=Packing.NEVER),
    Section("signatures", 1, width=SIGNATURE_VALUES, rows="records", packing=Packing.NEVER),
    Section("tokens", 4, rows="records"),
    Section("rows", 4, rows="records", packing=Packing.STEPS),
    Section("byte_counts", 8, rows=256),
    Section("word_buckets", 8, rows=_BUCKETS),
    Section("word_registers", 1, rows=_BUCKETS),
    Section("shingle_registers", 1, rows=_BUCKETS),
    Section("vocabulary_hashes", 8, packing=Packing.STEPS),
    Section("vocabulary_counts", 8, rows="vocabulary_hashes"),
    Section("fragments", 8, packing=Packing.STEPS),
    Section("sample_keys", 8, packing=Packing.STEPS),
    Section("sample_lengths", 4, rows="sample_keys"),
    Section("sample_tokens", 4, packing=Packing.RANKS),
)


class Stored(NamedTuple):
    """Where a section lies in the file. `sha256` is that of its content, `stored_sha256` that of the bytes there."""

    section: Section
    rows: int
    packed: bool
    offset: int
    stored_bytes: int
    sha256: str
    stored_sha256: str

    @property
    def content_bytes(self) -> int:
        """Size once unpacked."""
        return self.rows * self.section.row_bytes


class Header(NamedTuple):
    """The first line. `scalars` in the order of SCALARS; `records` is the first of them."""

    key: str
    complete: bool
    scalars: tuple[int, ...]
    sections: tuple[Stored, ...]

    @property
    def records(self) -> int:
        """Number of documents."""
        return self.scalars[0]

    @property
    def digest(self) -> str:
        """The sha256 of the content: the same on any machine, however the sections were packed, for any key."""
        content = [[stored.section.name, stored.rows, stored.sha256] for stored in self.sections]
        parts = {"format": _CONTENT, "complete": self.complete, "scalars": list(self.scalars), "sections": content}
        return sha256(canonical(parts)).hexdigest()

    @property
    def file_bytes(self) -> int:
        """Size of the whole file."""
        last = self.sections[-1]
        return last.offset + last.stored_bytes


def encode_header(header: Header) -> bytes:
    """The header line and the line with its checksum. Offsets count from the end of these two lines."""
    start = header.sections[0].offset
    sections = [
        {
            "name": stored.section.name,
            "dtype": f"u{stored.section.item_bytes}",
            "rows": stored.rows,
            "coding": "zstd" if stored.packed else "raw",
            "offset": stored.offset - start,
            "size": stored.stored_bytes,
            "sha256": stored.sha256,
            **({"stored_sha256": stored.stored_sha256} if stored.packed else {}),
        }
        for stored in header.sections
    ]
    parts = {
        "format": FORMAT,
        "key": header.key,
        "complete": header.complete,
        "scalars": dict(zip(SCALARS, header.scalars, strict=True)),
        "sections": sections,
    }
    line = canonical(parts)
    return line + b"\n" + sha256(line).hexdigest().encode() + b"\n"


def decode_length(data: bytes) -> int:
    """How long the file is that starts with these bytes, by its header. Raises ValueError as `decode_start`."""
    return decode_start(data).file_bytes


def decode_header(data: bytes, file_bytes: int) -> Header:
    """The header of a file of that size, from its first MAX_HEADER_BYTES. Raises ValueError for any other file."""
    header = decode_start(data)
    if header.file_bytes != file_bytes:
        raise ValueError(f"it has {file_bytes} bytes instead of {header.file_bytes}")
    return header


def decode_start(data: bytes) -> Header:
    """The header of the file that starts with these bytes. Raises ValueError for any other file."""
    line, end, rest = data[:MAX_HEADER_BYTES].partition(b"\n")
    check = rest[:65]
    if not end or check != sha256(line).hexdigest().encode() + b"\n":
        raise ValueError("its header is damaged")
    try:
        header = _decode(json.loads(line), len(line) + 1 + len(check))
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("its header is not one of ours") from error
    if sum(stored.content_bytes for stored in header.sections) > _FREE_BYTES + _MAX_RATIO * header.file_bytes:
        raise ValueError("it unpacks to more than it can hold")
    return header


def octets(array: NDArray[Any]) -> memoryview:
    """The bytes of a contiguous array, without a copy; of an empty one too, which memoryview.cast refuses."""
    return array.reshape(-1).view("u1").data


def _decode(parts: dict[str, object], start: int) -> Header:
    if parts["format"] != FORMAT:
        raise ValueError("it has another format")
    key, complete, scalars, listed = parts["key"], parts["complete"], parts["scalars"], parts["sections"]
    if not isinstance(key, str) or not isinstance(complete, bool):
        raise TypeError
    if not isinstance(scalars, dict) or not isinstance(listed, list):
        raise TypeError
    values = tuple(_count(scalars[name]) for name in SCALARS)
    if values[0] > _MAX_DOCUMENTS:
        raise ValueError("it counts more documents than a shard can have")
    rows = {"records": values[0]}
    found: list[Stored] = []
    offset = 0
    for section, entry in zip(SECTIONS, listed, strict=True):
        if _count(entry["offset"]) != offset:
            raise ValueError("its sections do not lie one after the other")
        stored = _stored(section, entry, start + offset, rows)
        found.append(stored)
        rows[section.name] = stored.rows
        offset += stored.stored_bytes
    if rows["sample_tokens"] > 4 * SAMPLE_TOKENS:
        raise ValueError("its sample is larger than a sample can be")
    return Header(key, complete, values, tuple(found))


def _stored(section: Section, entry: dict[str, object], offset: int, known: dict[str, int]) -> Stored:
    """One line of the table; `offset` is where the section before it ends."""
    rows, size = _count(entry["rows"]), _count(entry["size"])
    expected = known[section.rows] if isinstance(section.rows, str) else section.rows
    if entry["name"] != section.name or entry["dtype"] != f"u{section.item_bytes}":
        raise ValueError("it has other sections")
    if expected is not None and rows != expected:
        raise ValueError(f"{section.name} has {rows} rows instead of {expected}")
    packed = entry["coding"] == "zstd" and section.packing is not Packing.NEVER
    if not packed and (entry["coding"] != "raw" or size != rows * section.row_bytes):
        raise ValueError(f"{section.name} has another size")
    content = _digest(entry["sha256"])
    return Stored(section, rows, packed, offset, size, content, _digest(entry["stored_sha256"]) if packed else content)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 127:
        raise ValueError("expected a count")
    return value


def _digest(value: object) -> str:
    if not isinstance(value, str) or not _HEX.match(value):
        raise ValueError("expected a sha256")
    return value
