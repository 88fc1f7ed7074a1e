"""Sorted columns of keys that carry document ids, and the runs of equal keys in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from checker.model.text import BANDS

Column = NDArray[np.uint64]
Ids = NDArray[np.int64]

# A column holds the documents of one slice: at most 16.7 million, so that 40 bits of the key are left.
ID_BITS = 24
SLICE = 1 << ID_BITS
# The column after those of the bands: the first 64 bits of the hashes.
HASHES = BANDS
_SHIFT = np.uint64(ID_BITS)
_ID_MASK = np.uint64(SLICE - 1)


class Slice(NamedTuple):
    """A sorted column of some documents of a corpus; the ids in it count from `start`."""

    column: Column
    start: int


class Corpus(Protocol):
    """Distinct texts that are to be compared, each with an id from 0 to count - 1."""

    count: int

    def slices(self, band: int) -> Sequence[Slice]:
        """The keys of a band, or of `HASHES`: ascending in each slice, with ids in their low `ID_BITS`."""

    def signatures(self, ids: Ids) -> NDArray[np.uint8]:
        """(k, 128) uint8."""

    def hashes(self, ids: Ids) -> NDArray[np.uint64]:
        """(k, 2) uint64."""

    def living(self) -> NDArray[np.bool_] | None:
        """Which ids are in use; None when all are."""


def with_ids(keys: NDArray[np.uint64], bits: int = ID_BITS) -> Column:
    """The keys ascending, the low `bits` of each replaced by its place.

    Sorting plain numbers takes a tenth of the time of an `argsort`.
    """
    shift = np.uint64(bits)
    column: Column = keys >> shift
    column <<= shift
    column |= np.arange(len(keys), dtype=np.uint64)
    column.sort()
    return column


def ids_in(column: Column, bits: int = ID_BITS) -> Ids:
    """The ids that the keys carry."""
    ids: Ids = (column & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1))).astype(np.int64)
    return ids


def passes(count: int, most: int = SLICE) -> int:
    """How many bits of the key tell the passes apart in which a column of `count` documents is worked through."""
    return max(0, (max(count, 1) - 1).bit_length() - (most.bit_length() - 1))


def gathered(slices: Sequence[Slice], index: int, bits: int, alive: NDArray[np.bool_] | None) -> Column:
    """One column of the keys of all slices that begin with the `bits` bits of `index`, ids counted over all of them.

    Those bits are dropped from the key, which makes room for as many more in the id.
    """
    bounds = [_within(part.column, index, bits) for part in slices]
    column = np.empty(sum(end - begin for begin, end in bounds), dtype=np.uint64)
    size = 0
    for (begin, end), part in zip(bounds, slices, strict=True):
        kept = _moved(part.column[begin:end], part.start, bits, alive)
        column[size : size + len(kept)] = kept
        size += len(kept)
    column = column[:size]
    if len(slices) > 1:
        column.sort()
    return column


def _within(column: Column, index: int, bits: int) -> tuple[int, int]:
    if not bits:
        return 0, len(column)
    begin = int(np.searchsorted(column, np.uint64(index << (64 - bits))))
    last = np.uint64(((index + 1) << (64 - bits)) - 1)
    return begin, int(np.searchsorted(column, last, side="right"))


def _moved(column: Column, start: int, bits: int, alive: NDArray[np.bool_] | None) -> Column:
    if not bits and not start and alive is None:
        return column
    ids = column & _ID_MASK
    ids += np.uint64(start)
    moved: Column = column >> _SHIFT
    moved <<= np.uint64(ID_BITS + bits)
    moved |= ids
    return moved if alive is None else moved[alive[ids]]


def runs_of(column: Column, bits: int) -> tuple[Ids, Ids, Ids]:
    """Of the documents whose key another one has too: ids, run by run; where each run starts; its length."""
    tops = column >> np.uint64(bits)
    same = tops[1:] == tops[:-1]
    del tops
    inside = np.zeros(len(column), dtype=bool)
    inside[1:] |= same
    inside[:-1] |= same
    places = np.flatnonzero(inside)
    ids = ids_in(column[places], bits)
    begins = np.ones(len(places), dtype=bool)
    begins[places > 0] = ~same[places[places > 0] - 1]
    starts = np.flatnonzero(begins)
    return ids, starts, np.diff(np.append(starts, len(ids)))
