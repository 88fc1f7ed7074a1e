"""Writes the keys of a shard's texts: equal texts give equal bytes on any machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.model.text import BANDS
from checker.store.files import write_whole
from checker.store.keys_layout import CHUNK_ROWS, Head, encode_head
from checker.store.text_layout import octets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Band(NamedTuple):
    """The keys of one band, ascending, and of equal ones the ids ascending: (n,) uint64 and (n,) uint32."""

    keys: NDArray[np.uint64]
    ids: NDArray[np.uint32]


def write_keys(target: Path, head: Head, bands: Iterable[Band]) -> str:
    """Write the whole file at once or not at all, one band in memory at a time; gives its digest.

    Raises OSError; ValueError for bands of another number or length.
    """
    checks: list[str] = []
    write_whole(target, _file(head, bands, checks))
    return head.digest(checks[0])


def _file(head: Head, bands: Iterable[Band], checks: list[str]) -> Iterator[bytes | memoryview]:
    yield encode_head(head)
    table, count = bytearray(), 0
    for band in bands:
        keys, ids = band.keys.astype("<u8", copy=False), band.ids.astype("<u4", copy=False)
        if len(keys) != head.texts or len(ids) != head.texts:
            raise ValueError(f"a band has {len(keys)} keys and {len(ids)} ids instead of {head.texts}")
        yield octets(keys)
        yield octets(ids)
        yield bytes(head.padding)
        for at in range(0, head.texts, CHUNK_ROWS):
            check = sha256(octets(keys[at : at + CHUNK_ROWS]))
            check.update(octets(ids[at : at + CHUNK_ROWS]))
            table += octets(keys[at : at + 1]).tobytes() + check.digest()
        count += 1
    if count != BANDS:
        raise ValueError(f"there are {count} bands instead of {BANDS}")
    checks.append(sha256(table).hexdigest())
    yield bytes(table)
    yield checks[0].encode("ascii")
