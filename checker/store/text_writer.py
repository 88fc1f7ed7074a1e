"""Writes the text evidence of a shard: equal content gives the same digest on any machine."""

from __future__ import annotations

import functools
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from checker.model.text import TextEntry
from checker.store.files import write_whole
from checker.store.packing import shrink
from checker.store.text_layout import SCALARS, SECTIONS, Header, Packing, Section, Stored, encode_header, octets

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from checker.model.text import ShardText


def write_text(target: Path, key: str, text: ShardText) -> Header:
    """Write the whole file at once or not at all. Raises OSError; ValueError for arrays of another shape or kind."""
    header, bodies = pack(key, text)
    write_whole(target, [encode_header(header), *bodies])
    return header


def in_memory(key: str, text: ShardText) -> TextEntry:
    """The entry of evidence that no file keeps."""
    header, _ = pack(key, text)
    return TextEntry(key, header.digest, header.records, functools.partial(_same, text))


def digest_of_text(text: ShardText) -> str:
    """The digest that the entry of this evidence has, under any key."""
    return pack("", text)[0].digest


def pack(key: str, text: ShardText) -> tuple[Header, list[bytes | memoryview]]:
    """The header, whose offsets count from its own end, and the bytes of each section. Raises ValueError."""
    arrays = arrays_of(text)
    bodies: list[bytes | memoryview] = []
    table: list[Stored] = []
    offset = 0
    for section in SECTIONS:
        stored, body = _pack(section, arrays[section.name], offset)
        table.append(stored)
        bodies.append(body)
        offset += stored.stored_bytes
    scalars = tuple(int(getattr(text.stats, name)) for name in SCALARS)
    return Header(key, bool(text.sample.complete), scalars, tuple(table)), bodies


def _same(text: ShardText) -> ShardText:
    return text


def arrays_of(text: ShardText) -> dict[str, NDArray[Any]]:
    """The array of each section."""
    stats, documents, sample = text
    return {
        "hashes": documents.hashes,
        "signatures": documents.signatures,
        "tokens": documents.tokens,
        "rows": documents.rows,
        "byte_counts": stats.byte_counts,
        "word_buckets": stats.word_buckets,
        "word_registers": stats.word_registers,
        "shingle_registers": stats.shingle_registers,
        "vocabulary_hashes": stats.vocabulary_hashes,
        "vocabulary_counts": stats.vocabulary_counts,
        "fragments": stats.fragments,
        "sample_keys": sample.keys,
        "sample_lengths": sample.lengths,
        "sample_tokens": sample.tokens,
    }


def _pack(section: Section, array: NDArray[Any], offset: int) -> tuple[Stored, bytes | memoryview]:
    content = _content(section, array)
    plain = octets(content)
    digest = sha256(plain).hexdigest()
    if section.packing is not Packing.NEVER:
        shrunk = shrink(section, content)
        if len(shrunk) < len(plain):
            return Stored(section, len(array), True, offset, len(shrunk), digest, sha256(shrunk).hexdigest()), shrunk
    return Stored(section, len(array), False, offset, len(plain), digest, digest), plain


def _content(section: Section, array: NDArray[Any]) -> NDArray[Any]:
    """Little-endian and contiguous; no copy where it is so already."""
    import numpy as np

    shape = (len(array), section.width) if section.width > 1 else (len(array),)
    if array.dtype.newbyteorder("=") != np.dtype(f"u{section.item_bytes}") or array.shape != shape:
        raise ValueError(f"{section.name} is {array.dtype} {array.shape}, not u{section.item_bytes} {shape}")
    return np.ascontiguousarray(array, dtype=f"<u{section.item_bytes}")
