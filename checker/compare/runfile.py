"""A segment in one file: rows and sorted columns, memory-mapped; written whole, never changed, checksummed."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import HASHES, ID_BITS, SLICE, Column, Slice
from checker.compare.segments import ROWS, Arrays, Part, Segment
from checker.compare.verifying import LEAST_AGREEMENT
from checker.store.files import write_whole

SUFFIX = ".run"
# Files hold what was found near within each shard, so another threshold makes other files.
_FORMAT = f"headwater/likeness/v2/{LEAST_AGREEMENT}"
_MOST_PARTS_BYTES = 64 * 1024 * 1024
# What is read for one checksum, and what is copied at once.
_CHUNK = 8 * 1024 * 1024
_ALIGNMENT = 8
_DIGEST = 64
_SHIFT = np.uint64(ID_BITS)
_IDS = np.uint64(SLICE - 1)

Keep = NDArray[np.bool_]


class Mapped(Segment):
    """A segment whose arrays lie in a file."""

    def __init__(
        self, path: Path, parts: Iterable[Part], arrays: Arrays, columns: Sequence[Column], file: mmap.mmap
    ) -> None:
        super().__init__(parts, arrays)
        self.path = path
        self._columns = columns
        self._file = file

    def slices(self, index: int) -> list[Slice]:
        """See `Segment`."""
        return [Slice(self._columns[index], 0)]

    def release(self) -> None:
        """See `Segment`: the pages stay in the cache of the system, not in this process."""
        if hasattr(mmap, "MADV_DONTNEED") and len(self._file):
            self._file.madvise(mmap.MADV_DONTNEED)


def name_of(digests: Iterable[str]) -> str:
    """The file of a segment of these shards, in this order: its content follows from theirs."""
    return sha256("\n".join((_FORMAT, *digests)).encode()).hexdigest() + SUFFIX


def write_run(folder: Path, segments: Sequence[Segment], wanted: Callable[[int, Part], bool]) -> Path:
    """One file of the wanted parts (number of the segment, part) of some segments. Raises OSError.

    Signatures are needed. Memory: one column at a time.
    """
    keeps, parts = [], []
    start = 0
    for number, segment in enumerate(segments):
        keep = np.zeros(segment.count, dtype=bool)
        for part in segment.parts:
            if wanted(number, part):
                keep[part.start : part.start + part.texts] = True
                parts.append(part._replace(start=start))
                start += part.texts
        keeps.append(keep)
    if start > SLICE:
        raise ValueError(f"{start} texts do not fit into one segment")
    target = folder / name_of(part.digest for part in parts)
    write_whole(target, _with_footer(parts, _content(segments, keeps)))
    return target


def _content(segments: Sequence[Segment], keeps: Sequence[Keep]) -> Iterator[memoryview]:
    for name in ROWS:
        for segment, keep in zip(segments, keeps, strict=True):
            yield from _rows(segment, name, keep)
        yield _padding(name, sum(int(np.count_nonzero(keep)) for keep in keeps))
    for index in range(HASHES + 1):
        merged = _merged(segments, keeps, index).astype("<u8", copy=False).view(np.uint8).data
        yield from (merged[at : at + _CHUNK] for at in range(0, len(merged), _CHUNK))


def _rows(segment: Segment, name: str, keep: Keep) -> Iterator[memoryview]:
    array = segment.arrays[name]
    step = max(1, _CHUNK // _row_bytes(name))
    for at in range(0, segment.count, step):
        rows = array[at : at + step][keep[at : at + step]].astype(ROWS[name][0], copy=False)
        yield np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data
        segment.release()


def _merged(segments: Sequence[Segment], keeps: Sequence[Keep], index: int) -> Column:
    """A column of all that is kept, ids counted anew."""
    found, start = [np.empty(0, np.uint64)], 0
    for segment, keep in zip(segments, keeps, strict=True):
        places = np.cumsum(keep, dtype=np.uint64) + np.uint64(start) - np.uint64(1)
        for part in segment.slices(index):
            ids = (part.column & _IDS) + np.uint64(part.start)
            kept = keep[ids]
            found.append((part.column[kept] >> _SHIFT << _SHIFT) | places[ids[kept]])
        start += int(np.count_nonzero(keep))
        segment.release()
    merged = np.concatenate(found)
    merged.sort()
    return merged


def _with_footer(parts: Sequence[Part], content: Iterable[memoryview]) -> Iterator[bytes | memoryview]:
    """The content, then what is known of it: the table comes last, since its checksums do."""
    checks, rest, check = [], _CHUNK, sha256()
    for chunk in content:
        at = 0
        while at < len(chunk):
            piece = chunk[at : at + rest]
            check.update(piece)
            yield piece
            at, rest = at + len(piece), rest - len(piece)
            if not rest:
                checks.append(check.hexdigest())
                check, rest = sha256(), _CHUNK
    table = {"format": _FORMAT, "parts": [list(part) for part in parts], "checks": [*checks, check.hexdigest()]}
    line = json.dumps(table, separators=(",", ":")).encode("ascii")
    yield line
    yield sha256(line).hexdigest().encode("ascii")
    yield len(line).to_bytes(8, "little")


def open_run(path: Path, *, verified: bool) -> Mapped:
    """Map the file; unless it was `verified` before, all of it is read. Raises OSError, ValueError when damaged."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    parts, checks, size = _table(mapped)
    if path.name != name_of(part.digest for part in parts):
        raise ValueError("it holds other shards than its name says")
    if not verified:
        _verify(mapped, size, checks)
    count = sum(part.texts for part in parts)
    arrays, columns, end = _arrays(mapped, count)
    if end != size:
        raise ValueError("it has another size than its texts need")
    return Mapped(path, parts, arrays, columns, mapped)


def _table(mapped: mmap.mmap) -> tuple[list[Part], list[str], int]:
    """Parts, checksums, and where the content ends."""
    length = int.from_bytes(mapped[-8:], "little")
    end = len(mapped) - 8 - _DIGEST
    if not 0 < length <= min(end, _MOST_PARTS_BYTES):
        raise ValueError("its end is missing")
    line = mapped[end - length : end]
    if sha256(line).hexdigest().encode("ascii") != mapped[end : end + _DIGEST]:
        raise ValueError("its table is damaged")
    table: dict[str, Any] = json.loads(line)
    if table.get("format") != _FORMAT:
        raise ValueError("it has another format")
    return [Part(*part) for part in table["parts"]], table["checks"], end - length


def _verify(mapped: mmap.mmap, size: int, checks: Sequence[str]) -> None:
    view = memoryview(mapped)
    for at, check in zip(range(0, size + 1, _CHUNK), checks, strict=False):
        if sha256(view[at : min(at + _CHUNK, size)]).hexdigest() != check:
            raise ValueError("it is damaged")


def _arrays(mapped: mmap.mmap, count: int) -> tuple[Arrays, list[Column], int]:
    arrays: dict[str, NDArray[Any]] = {}
    at = 0
    for name, (kind, shape) in ROWS.items():
        items = count * int(np.prod(shape, dtype=np.int64))
        arrays[name] = _array(mapped, kind, items, at).reshape(count, *shape)
        at += count * _row_bytes(name) + len(_padding(name, count))
    columns = []
    for _ in range(HASHES + 1):
        columns.append(_array(mapped, "<u8", count, at))
        at += count * 8
    return arrays, columns, at


def _array(mapped: mmap.mmap, kind: str, items: int, at: int) -> NDArray[Any]:
    if at + items * np.dtype(kind).itemsize > len(mapped):
        raise ValueError("it ends too early")
    return np.frombuffer(mapped, kind, items, at) if items else np.empty(0, kind)


def _row_bytes(name: str) -> int:
    kind, shape = ROWS[name]
    return np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))


def _padding(name: str, count: int) -> memoryview:
    return memoryview(bytes(-(count * _row_bytes(name)) % _ALIGNMENT))
