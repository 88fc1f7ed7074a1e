"""Candidates between two corpora: documents of one and of the other that share a band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import NEIGHBORS, SMALL_BUCKET, keys_of
from checker.compare.runs import ID_BITS, Column, Corpus, Ids, Slice, ids_in
from checker.model.text import BANDS

_SHIFT = np.uint64(ID_BITS)
_IDS = np.uint64((1 << ID_BITS) - 1)


class Shared(NamedTuple):
    """Keys that stand on both sides, ascending, and how often each stands there."""

    keys: Column
    left: Ids
    right: Ids


def meetings(left: Corpus, right: Corpus, band: int) -> tuple[Ids, Ids]:
    """Pairs (id in left, id in right): all of a bucket that is small on one side, else neighbors on either side."""
    ours, theirs = left.slices(band), right.slices(band)
    shared = _shared(ours, theirs)
    few = np.minimum(shared.left, shared.right) <= SMALL_BUCKET
    one, other = _products(
        *_members(ours, shared.keys[few], left.living()), *_members(theirs, shared.keys[few], right.living())
    )
    if few.all():
        return one, other
    ones, _ = _members(ours, shared.keys[~few], left.living())
    others, _ = _members(theirs, shared.keys[~few], right.living())
    near_one, near_other = _neighbors(left, ones, right, others, band)
    return np.concatenate((one, near_one)), np.concatenate((other, near_other))


def _shared(ours: Sequence[Slice], theirs: Sequence[Slice]) -> Shared:
    """The keys of the side with fewer documents are looked up in the columns of the other side."""
    if sum(len(part.column) for part in ours) > sum(len(part.column) for part in theirs):
        swapped = _shared(theirs, ours)
        return Shared(swapped.keys, swapped.right, swapped.left)
    keys = np.unique(np.concatenate([part.column >> _SHIFT for part in ours] or [np.empty(0, np.uint64)]))
    there = np.zeros(len(keys), dtype=np.int64)
    for part in theirs:
        begin, end = _places(part.column, keys)
        there += end - begin
    keys, there = keys[there > 0], there[there > 0]
    here = np.zeros(len(keys), dtype=np.int64)
    for part in ours:
        begin, end = _places(part.column, keys)
        here += end - begin
    return Shared(keys, here, there)


def _places(column: Column, keys: Column) -> tuple[Ids, Ids]:
    """Where the documents of each of the ascending keys begin and end; the end is only looked for where one is."""
    begin = np.searchsorted(column, keys << _SHIFT)
    found = begin < len(column)
    found[found] = column[begin[found]] >> _SHIFT == keys[found]
    end = begin.copy()
    end[found] = np.searchsorted(column, (keys[found] << _SHIFT) | _IDS, side="right")
    return begin, end


def _members(slices: Sequence[Slice], keys: Column, alive: NDArray[np.bool_] | None) -> tuple[Ids, Ids]:
    """The documents of the keys, and the place among the keys of each, ascending."""
    found, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in slices:
        begin, end = _places(part.column, keys)
        ids = ids_in(part.column[_spread(begin, end - begin)]) + part.start
        place = np.repeat(np.arange(len(keys)), end - begin)
        found.append(ids if alive is None else ids[alive[ids]])
        places.append(place if alive is None else place[alive[ids]])
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(found)[order], np.concatenate(places)[order]


def _products(ones: Ids, our_place: Ids, others: Ids, their_place: Ids) -> tuple[Ids, Ids]:
    """Each of ours with each of theirs of the same key."""
    begin, end = np.searchsorted(their_place, our_place), np.searchsorted(their_place, our_place, side="right")
    return np.repeat(ones, end - begin), others[_spread(begin, end - begin)]


def _spread(starts: Ids, counts: Ids) -> Ids:
    """Every place of every bucket."""
    ends = np.cumsum(counts)
    return np.arange(int(counts.sum())) - np.repeat(ends - counts - starts, counts)


def _neighbors(left: Corpus, ones: Ids, right: Corpus, others: Ids, band: int) -> tuple[Ids, Ids]:
    """In buckets crowded on both sides: each document with the nearest of the other side, before and after it.

    The order is that of `banding`: of the band, of the next two, of the hash.
    """
    keys = [
        np.concatenate((keys_of(left, ones, (band + next_) % BANDS), keys_of(right, others, (band + next_) % BANDS)))
        for next_ in range(3)
    ]
    hashes = np.concatenate((left.hashes(ones)[:, 0], right.hashes(others)[:, 0]))
    order = np.lexsort((hashes, keys[2], keys[1], keys[0]))
    ids, key, ours = np.concatenate((ones, others))[order], keys[0][order], order < len(ones)
    pairs = [(one, other) for one, other in _beside(ours, ~ours, key)]
    pairs += [(one, other) for other, one in _beside(~ours, ours, key)]
    both = np.unique(np.concatenate([np.stack(pair, axis=1) for pair in pairs]), axis=0)
    return ids[both[:, 0]], ids[both[:, 1]]


def _beside(mine: NDArray[np.bool_], theirs: NDArray[np.bool_], key: Column) -> list[tuple[Ids, Ids]]:
    """Places of ours, each with the `NEIGHBORS` places of theirs before it and after it in its bucket."""
    places, rivals = np.flatnonzero(mine), np.flatnonzero(theirs)
    after = np.searchsorted(rivals, places)
    found = []
    for step in range(-NEIGHBORS, NEIGHBORS):
        at = after + step
        inside = (at >= 0) & (at < len(rivals))
        one, other = places[inside], rivals[at[inside]]
        same = key[one] == key[other]
        found.append((one[same], other[same]))
    return found
