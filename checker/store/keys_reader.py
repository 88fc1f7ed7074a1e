"""Reads ranges of a shard's sorted keys: every row is held against its checksum before anybody sees it.

The file is read, not mapped: one that is cut short under a mapping ends the process, and its pages count as memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import EvidenceDamaged
from checker.model.text import BANDS
from checker.store.keys_layout import BAND_SHIFT, CHUNK_ROWS, HEAD_BYTES, LOW_BITS, TABLE_ROW, Head, decode_head
from checker.store.text_layout import octets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = tuple[NDArray[np.uint64], NDArray[np.uint32]]

_CHECK_BYTES = 32


class SortedKeys(NamedTuple):
    """An entry of kind `keys`, whose table was read and found whole; the rows are read and checked when asked for.

    `firsts` and `checks`: the first key of each chunk, and its checksum, band after band.
    """

    path: Path
    head: Head
    digest: str
    firsts: NDArray[np.uint64]
    checks: bytes

    @property
    def key(self) -> str:
        """The name of the entry."""
        return self.head.key

    def between(self, low: int, high: int) -> Rows:
        """The keys with `low <= key < high`, ascending, and the text of each: (n,) uint64 and (n,) uint32.

        Raises EvidenceDamaged when the file is gone, damaged, or was replaced meanwhile.
        """
        import numpy as np

        with _reading(self.path), self.path.open("rb") as file:
            bands = range(low >> BAND_SHIFT, min(BANDS, ((high - 1) >> BAND_SHIFT) + 1))
            found = [_part(file, self, band, low, high) for band in bands]
        if len(found) == 1:
            return found[0]
        keys, ids = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
        return np.concatenate(keys + [rows[0] for rows in found]), np.concatenate(ids + [rows[1] for rows in found])

    def pieces(self, rows: int) -> Iterator[Rows]:
        """All keys in ascending order with their texts, about so many rows at a time. Raises as `between`."""
        step = max(1, rows // CHUNK_ROWS)
        with _reading(self.path), self.path.open("rb") as file:
            for band in range(BANDS):
                for chunk in range(0, self.head.chunks, step):
                    yield _rows(file, self, band, chunk, min(chunk + step, self.head.chunks))


def open_keys(path: Path, key: str) -> SortedKeys:
    """The entry in a file, by its head, its size and its table. Raises OSError, ValueError for any other file."""
    import numpy as np

    with path.open("rb") as file:
        head = decode_head(file.read(HEAD_BYTES))
        size = path.stat().st_size
        if head.key != key:
            raise ValueError("it belongs to another key")
        if head.file_bytes != size:
            raise ValueError(f"it has {size} bytes instead of {head.file_bytes}")
        file.seek(head.table_at)
        table = file.read(BANDS * head.chunks * TABLE_ROW)
        check = sha256(table).hexdigest()
        if file.read().decode("ascii", "replace") != check:
            raise ValueError("its table is damaged")
    rows = np.frombuffer(table, "u1").reshape(-1, TABLE_ROW)
    firsts = np.ascontiguousarray(rows[:, :8]).view("<u8")[:, 0].astype(np.uint64, copy=False)
    if (firsts[1:] < firsts[:-1]).any():
        raise ValueError("its keys are not in order")
    return SortedKeys(path, head, head.digest(check), firsts, rows[:, 8:].tobytes())


def verify_keys(path: Path, key: str) -> str:
    """Check every byte, a part of a band in memory at a time; gives the digest. Raises OSError, ValueError."""
    found = open_keys(path, key)
    with path.open("rb") as file:
        for band in range(BANDS):
            for chunk in range(found.head.chunks):
                _rows(file, found, band, chunk, chunk + 1)
            file.seek(found.head.keys_at(band + 1) - found.head.padding)
            if any(file.read(found.head.padding)):
                raise ValueError("there is something between its bands")
    return found.digest


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Damage is told, and the file removed: by its table it would count as known, and never be made again."""
    try:
        yield
    except (OSError, ValueError) as error:
        if not isinstance(error, OSError):
            with contextlib.suppress(OSError):
                path.unlink()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        message = f"{path.name} cannot be used as evidence: {reason}"
        raise EvidenceDamaged(message, hint="run the command again, which makes the keys of its shard again") from error


def _part(file: BufferedReader, found: SortedKeys, band: int, low: int, high: int) -> Rows:
    """The rows of a band that lie within the range."""
    if low <= band << BAND_SHIFT and (band + 1) << BAND_SHIFT <= high:
        return _rows(file, found, band, 0, found.head.chunks)
    return _within(_rows(file, found, band, *_chunks(found, band, low, high)), low, high)


def _chunks(found: SortedKeys, band: int, low: int, high: int) -> tuple[int, int]:
    """Which chunks of a band may hold keys of the range; the last one before it may, too."""
    import numpy as np

    firsts = found.firsts[band * found.head.chunks : (band + 1) * found.head.chunks]
    begin, end = int(firsts.searchsorted(np.uint64(low))), int(firsts.searchsorted(np.uint64(high - 1), side="right"))
    return max(0, begin - 1), end


def _rows(file: BufferedReader, found: SortedKeys, band: int, begin: int, end: int) -> Rows:
    """The rows of some chunks of a band, checked. Raises ValueError."""
    import numpy as np

    head = found.head
    first = begin * CHUNK_ROWS
    rows = max(0, min(end * CHUNK_ROWS, head.texts) - first)
    keys, ids = np.empty(rows, "<u8"), np.empty(rows, "<u4")
    if not rows:
        return keys, ids
    for at, array in ((head.keys_at(band) + 8 * first, keys), (head.ids_at(band) + 4 * first, ids)):
        file.seek(at)
        if file.readinto(octets(array)) != array.nbytes:
            raise ValueError("it ends too early")
    for number, chunk in enumerate(range(begin + band * head.chunks, end + band * head.chunks)):
        part = slice(number * CHUNK_ROWS, (number + 1) * CHUNK_ROWS)
        check = sha256(octets(keys[part]))
        check.update(octets(ids[part]))
        if check.digest() != found.checks[chunk * _CHECK_BYTES : (chunk + 1) * _CHECK_BYTES]:
            raise ValueError("its keys are damaged")
    firsts = found.firsts[begin + band * head.chunks : min(end + 1, head.chunks) + band * head.chunks]
    _must_be_keys(keys, ids, band, head.texts, firsts)
    return keys, ids


def _must_be_keys(
    keys: NDArray[np.uint64], ids: NDArray[np.uint32], band: int, texts: int, firsts: NDArray[np.uint64]
) -> None:
    """A file may be whole and yet not be one of ours. `firsts`: those of its chunks, and of the one behind them."""
    import numpy as np

    if int(keys[0]) >> BAND_SHIFT != band or int(keys[-1]) >> BAND_SHIFT != band or int(ids.max()) >= texts:
        raise ValueError("its keys belong to other texts")
    starts = keys[::CHUNK_ROWS]
    if (starts != firsts[: len(starts)]).any() or (keys[-1] > firsts[len(starts) :]).any():
        raise ValueError("its table belongs to other keys")
    if (keys & np.uint64((1 << LOW_BITS) - 1)).any():
        raise ValueError("its keys have bits that keys do not have")
    equal = keys[1:] == keys[:-1]
    if ((keys[1:] < keys[:-1]) | (equal & (ids[1:] <= ids[:-1]))).any():
        raise ValueError("its keys are not in order")


def _within(rows: Rows, low: int, high: int) -> Rows:
    import numpy as np

    keys, ids = rows
    begin, end = int(keys.searchsorted(np.uint64(low))), int(keys.searchsorted(np.uint64(high - 1), side="right"))
    if end - begin == len(keys):
        return rows
    return keys[begin:end].copy(), ids[begin:end].copy()  # a view would keep all that was read
