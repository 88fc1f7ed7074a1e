"""All that is known of one dataset version as one entry, so that a run with nothing changed asks for one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.model.nothing import NOTHING
from checker.store.encoding import canonical
from checker.store.entries import COMPOSITION, LIST, MAX_ENTRY_BYTES, TEXT, check_entry
from checker.store.lists import check_list

if TYPE_CHECKING:
    from typing import BinaryIO

FORMAT = "headwater/rollup/v1"
MAX_CONTENT_BYTES = 256 * 1024 * 1024
# What a small file may unpack to, and how often its size a large one: some 100 bytes of each entry are checksums, which
# do not shrink, so a sixtieth of their own size is what no honest entries come to.
_FREE_BYTES = 16 * 1024 * 1024
_MAX_RATIO = 64
# Each becomes a file: what a store sends must not take all the names that a disk has.
MAX_RESULTS = 100_000
_MAX_HEAD_BYTES = 4096
_LEVEL = 3
_DERIVED = "derived"
_HEX = re.compile(r"[0-9a-f]{64}")
_BLOCK = re.compile(rb"(json|list|text|derived/[a-z]{1,32}) ([0-9a-f]{64}) (0|[1-9][0-9]{0,9})\n")
_TEXT = re.compile(rb"([0-9a-f]{64}) (0|[1-9][0-9]{0,9})")


class TextHead(NamedTuple):
    """What is known of a text entry without its body: the digest of its content, and how many documents it has."""

    digest: str
    records: int


class Rollup(NamedTuple):
    """The entries of a version by their keys, byte for byte, and of text entries the head.

    `results` are what was worked out of them: (kind, key) -> canonical JSON, as `checker.store.results` keeps it.
    """

    lists: Mapping[str, bytes] = NOTHING
    compositions: Mapping[str, bytes] = NOTHING
    texts: Mapping[str, TextHead] = NOTHING
    results: Mapping[tuple[str, str], bytes] = NOTHING


class _Head(NamedTuple):
    """The first line, which says what follows: `size` packed bytes from `start` on, which unpack to `content_bytes`."""

    key: str
    start: int
    size: int
    stored_sha256: str
    content_bytes: int
    sha256: str


def encode_rollup(key: str, rollup: Rollup) -> list[bytes]:
    """The bytes of its file, in pieces; the same entries give the same content. ValueError when it is too large."""
    import zstandard

    _refuse_many(len(rollup.results))
    content_bytes = sum(map(len, _content(rollup)))
    if content_bytes > MAX_CONTENT_BYTES:
        raise ValueError(f"it would hold {content_bytes:,} bytes, at most {MAX_CONTENT_BYTES:,} are allowed")
    packer, content, stored = zstandard.ZstdCompressor(level=_LEVEL).compressobj(size=content_bytes), sha256(), sha256()
    pieces = []
    for piece in _content(rollup):
        content.update(piece)
        pieces.append(packer.compress(piece))
    pieces.append(packer.flush())
    for piece in pieces:
        stored.update(piece)
    size = sum(map(len, pieces))
    _refuse_bomb(size, content_bytes)
    line = canonical(
        {
            "format": FORMAT,
            "key": key,
            "size": size,
            "stored_sha256": stored.hexdigest(),
            "content_bytes": content_bytes,
            "sha256": content.hexdigest(),
        }
    )
    return [line, b"\n", sha256(line).hexdigest().encode(), b"\n", *(piece for piece in pieces if piece)]


def rollup_length(start: bytes) -> int:
    """How long the file is that starts with these bytes. Raises ValueError when it is none of ours."""
    head = _head(start)
    return head.start + head.size


def read_rollup(file: Path, key: str) -> Rollup:
    """Every byte held against the checksums; what the entries say is checked where they are used.

    Raises OSError, ValueError.
    """
    with file.open("rb") as stream:
        return _read(stream, file.stat().st_size, key)[1]


def check_rollup(file: Path, key: str) -> str:
    """The same, and every entry as if it came alone; gives the digest that a signature covers."""
    with file.open("rb") as stream:
        digest, rollup = _read(stream, file.stat().st_size, key)
    for place, data in rollup.compositions.items():
        check_entry(place, data)
    for place, data in rollup.lists.items():
        check_list(data, place)
    return digest


def rollup_digest(file: Path, key: str) -> str:
    """The digest that a signature covers, every byte held against the checksums. Raises OSError, ValueError."""
    with file.open("rb") as stream:
        return _read(stream, file.stat().st_size, key)[0]


def _content(rollup: Rollup) -> Iterator[bytes]:
    """One block after the other, in the order of kinds and keys."""
    for (kind, key), body in sorted(rollup.results.items()):
        yield from _block(f"{_DERIVED}/{kind}", key, body)
    for kind, bodies in ((COMPOSITION, rollup.compositions), (LIST, rollup.lists)):
        for key, body in sorted(bodies.items()):
            yield from _block(kind, key, body)
    for key, head in sorted(rollup.texts.items()):
        yield from _block(TEXT, key, f"{head.digest} {head.records}".encode("ascii"))


def _block(kind: str, key: str, body: bytes) -> Iterable[bytes]:
    head = f"{kind} {key} {len(body)}\n".encode("ascii")
    if not _BLOCK.fullmatch(head):
        raise ValueError(f"{kind} {key!r} has no place in a rollup")
    return head, body, b"\n"


def _read(stream: BinaryIO, file_bytes: int, key: str) -> tuple[str, Rollup]:
    import zstandard

    head = _head(stream.read(_MAX_HEAD_BYTES))
    if head.key != key:
        raise ValueError("it belongs to another key")
    if head.start + head.size != file_bytes:
        raise ValueError(f"it has {file_bytes} bytes instead of {head.start + head.size}")
    stream.seek(head.start)
    frame = stream.read(head.size)
    if sha256(frame).hexdigest() != head.stored_sha256:
        raise ValueError("it is damaged")
    try:
        with zstandard.ZstdDecompressor().stream_reader(frame) as reader:
            content = reader.read(head.content_bytes + 1)
    except zstandard.ZstdError as error:
        raise ValueError("it cannot be unpacked") from error
    if len(content) != head.content_bytes or sha256(content).hexdigest() != head.sha256:
        raise ValueError("it unpacks to something else")
    return head.sha256, _parsed(content)


def _head(data: bytes) -> _Head:
    line, end, rest = data[:_MAX_HEAD_BYTES].partition(b"\n")
    check = rest[:65]
    if not end or check != sha256(line).hexdigest().encode() + b"\n":
        raise ValueError("its header is damaged")
    try:
        parts = json.loads(line)
        if parts["format"] != FORMAT:
            raise ValueError("it has another format")
        head = _Head(
            str(parts["key"]),
            len(line) + 1 + len(check),
            _count(parts["size"]),
            str(parts["stored_sha256"]),
            _count(parts["content_bytes"]),
            str(parts["sha256"]),
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("its header is not one of ours") from error
    if not all(map(_HEX.fullmatch, (head.key, head.stored_sha256, head.sha256))):
        raise ValueError("its header is not one of ours")
    _refuse_bomb(head.size, head.content_bytes)
    return head


def _refuse_bomb(size: int, content_bytes: int) -> None:
    if content_bytes > min(MAX_CONTENT_BYTES, _FREE_BYTES + _MAX_RATIO * size):
        raise ValueError("it unpacks to more than it can hold")
    if size > content_bytes + content_bytes // 128 + 65536:  # what does not pack grows by a 256th
        raise ValueError("it is longer than what it unpacks to")


def _refuse_many(results: int) -> None:
    if results > MAX_RESULTS:
        raise ValueError(f"it would hold {results:,} results, at most {MAX_RESULTS:,} are allowed")


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("expected a count")
    return value


def _parsed(content: bytes) -> Rollup:
    tables: dict[str, dict[str, bytes]] = {}
    place, before = 0, ("", "")
    while place < len(content):
        found = _BLOCK.match(content, place)
        if found is None:
            raise ValueError("it holds what is no entry")
        kind, key = found[1].decode("ascii"), found[2].decode("ascii")
        end = found.end() + int(found[3])
        if kind == COMPOSITION and int(found[3]) > MAX_ENTRY_BYTES:
            raise ValueError("it holds an entry that is longer than an entry can be")
        if (kind, key) <= before or content[end : end + 1] != b"\n":
            raise ValueError("its entries do not lie one after the other")
        tables.setdefault(kind, {})[key] = content[found.end() : end]
        place, before = end + 1, (kind, key)
    lists, compositions, texts = (tables.pop(kind, {}) for kind in (LIST, COMPOSITION, TEXT))
    results = {
        (kind.removeprefix(f"{_DERIVED}/"), key): body
        for kind, bodies in tables.items()
        for key, body in bodies.items()
    }
    _refuse_many(len(results))
    return Rollup(lists, compositions, {key: _text_head(body) for key, body in texts.items()}, results)


def _text_head(body: bytes) -> TextHead:
    found = _TEXT.fullmatch(body)
    if found is None:
        raise ValueError("it holds what is no entry")
    return TextHead(found[1].decode("ascii"), int(found[2]))
