"""Reads the text evidence of a shard: nothing is believed before its checksum, nothing unpacked before its size."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import EvidenceDamaged
from checker.model.text import BLOCK_TOKENS, Documents, Sample, ShardText, TextEntry, TextStats
from checker.store.packing import unpack
from checker.store.text_layout import MAX_HEADER_BYTES, SCALARS, Header, Stored, decode_header, octets

if TYPE_CHECKING:
    from io import BufferedReader
    from typing import Any

    from numpy.typing import NDArray

_DOCUMENTS = ("hashes", "signatures", "tokens", "rows")
_SAMPLE = ("sample_keys", "sample_lengths", "sample_tokens")
_STATS = (
    "byte_counts",
    "word_buckets",
    "word_registers",
    "shingle_registers",
    "vocabulary_hashes",
    "vocabulary_counts",
    "fragments",
)


def open_text(path: Path, key: str) -> TextEntry:
    """The entry in a file, by its header and size alone. Raises OSError, ValueError for any other file."""
    with path.open("rb") as file:
        header = read_header(file, path.stat().st_size)
    if header.key != key:
        raise ValueError("it belongs to another key")
    return entry_of(path, header)


def entry_of(path: Path, header: Header) -> TextEntry:
    """The entry whose file has that header. Its loaders can be pickled."""
    key, digest = header.key, header.digest
    return TextEntry(
        key,
        digest,
        header.records,
        functools.partial(load_text, path, key, digest),
        functools.partial(load_stats, path, key, digest),
        functools.partial(load_documents, path, key, digest),
        functools.partial(load_sample, path, key, digest),
    )


def read_header(file: BufferedReader, file_bytes: int) -> Header:
    """The header of an open file of that size; the position moves."""
    return decode_header(file.read(MAX_HEADER_BYTES), file_bytes)


def load_text(path: Path, key: str, digest: str) -> ShardText:
    """All of it. Raises EvidenceDamaged when the file is gone, damaged, or holds other content."""
    with _reading(path):
        header, arrays = _read(path, key, digest, (*_DOCUMENTS, *_STATS, *_SAMPLE))
        return ShardText(_stats(header, arrays), _documents(arrays), _sample(header, arrays))


def verify_text(path: Path, key: str) -> str:
    """Check every byte, one section in memory at a time; gives the digest. Raises OSError, ValueError."""
    with path.open("rb") as file:
        header = read_header(file, path.stat().st_size)
        if header.key != key:
            raise ValueError("it belongs to another key")
        sample = {}
        for stored in header.sections:
            array = _section(file, stored)
            if stored.section.name in _SAMPLE:
                sample[stored.section.name] = array
        _sample(header, sample)
    return header.digest


def load_documents(path: Path, key: str, digest: str) -> Documents:
    """The documents alone; raises as `load_text`."""
    with _reading(path):
        return _documents(_read(path, key, digest, _DOCUMENTS)[1])


def load_stats(path: Path, key: str, digest: str) -> TextStats:
    """The sums alone; raises as `load_text`."""
    with _reading(path):
        return _stats(*_read(path, key, digest, _STATS))


def load_sample(path: Path, key: str, digest: str) -> Sample:
    """The sample alone; raises as `load_text`."""
    with _reading(path):
        return _sample(*_read(path, key, digest, _SAMPLE))


def _read(path: Path, key: str, digest: str, names: tuple[str, ...]) -> tuple[Header, dict[str, NDArray[Any]]]:
    with path.open("rb") as file:
        header = read_header(file, path.stat().st_size)
        if (header.key, header.digest) != (key, digest):
            raise _Replaced("it holds other evidence than when it was opened")
        wanted = [stored for stored in header.sections if stored.section.name in names]
        return header, {stored.section.name: _section(file, stored) for stored in wanted}


class _Replaced(ValueError):
    """Another process wrote the entry anew."""


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Damage is told, and the file removed: by its header it would count as known, and never be measured again."""
    try:
        yield
    except (OSError, ValueError) as error:
        if not isinstance(error, OSError | _Replaced):
            with contextlib.suppress(OSError):
                path.unlink()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        message = f"{path.name} cannot be used as evidence: {reason}"
        raise EvidenceDamaged(message, hint="run the command again, which measures its shard again") from error


def _section(file: BufferedReader, stored: Stored) -> NDArray[Any]:
    import numpy as np

    section = stored.section
    kind = np.dtype(f"<u{section.item_bytes}")
    file.seek(stored.offset)
    if stored.packed:
        frame = file.read(stored.stored_bytes)
        if sha256(frame).hexdigest() != stored.stored_sha256:
            raise ValueError(f"its {section.name} are damaged")
        array = unpack(section, frame, stored.rows)
    else:
        array = np.empty(stored.content_bytes // section.item_bytes, kind)
        if file.readinto(octets(array)) != stored.stored_bytes:
            raise ValueError("it ends too early")
    if sha256(octets(array)).hexdigest() != stored.sha256:
        raise ValueError(f"its {section.name} are damaged")
    native = array.astype(kind.newbyteorder("="), copy=False)
    return native.reshape(-1, section.width) if section.width > 1 else native


def _documents(arrays: dict[str, NDArray[Any]]) -> Documents:
    return Documents(*(arrays[name] for name in _DOCUMENTS))


def _stats(header: Header, arrays: dict[str, NDArray[Any]]) -> TextStats:
    parts: dict[str, Any] = dict(zip(SCALARS, header.scalars, strict=True))
    return TextStats(**parts | {name: arrays[name] for name in _STATS})


def _sample(header: Header, arrays: dict[str, NDArray[Any]]) -> Sample:
    keys, lengths, tokens = (arrays[name] for name in _SAMPLE)
    if int(lengths.sum(dtype="u8")) != len(tokens) or (len(lengths) and int(lengths.max()) > BLOCK_TOKENS):
        raise ValueError("its sample does not add up")
    if (keys[1:] <= keys[:-1]).any():
        raise ValueError("its sample is not in order")
    return Sample(keys, lengths, tokens, header.complete)
