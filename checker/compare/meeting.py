"""Candidates between two corpora: documents of one and of the other that share a band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import NEIGHBORS, SMALL_BUCKET, keys_of
from checker.compare.runs import Column, Corpus, Ids, ids_in
from checker.model.text import BANDS


class Shared(NamedTuple):
    """Keys that stand in both columns: where the documents of each begin, and how many there are."""

    left: Ids
    left_count: Ids
    right: Ids
    right_count: Ids


def meetings(left: Corpus, right: Corpus, band: int) -> tuple[Ids, Ids]:
    """Pairs (id in left, id in right): all of a bucket that is small on one side, else neighbors on either side."""
    bits = max(left.bits, right.bits)
    ours, theirs = left.column(band, bits), right.column(band, bits)
    shared = shared_keys(ours, theirs, bits)
    few = np.minimum(shared.left_count, shared.right_count) <= SMALL_BUCKET
    at, to = _products(Shared(*(column[few] for column in shared)))
    one, other = ids_in(ours[at], bits), ids_in(theirs[to], bits)
    if few.all():
        return one, other
    many = Shared(*(column[~few] for column in shared))
    ones = ids_in(ours[_spread(many.left, many.left_count)], bits)
    others = ids_in(theirs[_spread(many.right, many.right_count)], bits)
    near_one, near_other = _neighbors(left, ones, right, others, band)
    return np.concatenate((one, near_one)), np.concatenate((other, near_other))


def shared_keys(left: Column, right: Column, bits: int) -> Shared:
    """The keys of the shorter column are looked up in the longer one."""
    if len(left) > len(right):
        swapped = shared_keys(right, left, bits)
        return Shared(swapped.right, swapped.right_count, swapped.left, swapped.left_count)
    shift = np.uint64(bits)
    keys, starts, counts = np.unique(left >> shift, return_index=True, return_counts=True)
    begin = np.searchsorted(right, keys << shift)
    found = begin < len(right)
    found[found] = right[begin[found]] >> shift == keys[found]
    low = (np.uint64(1) << shift) - np.uint64(1)
    begin, end = begin[found], np.searchsorted(right, (keys[found] << shift) | low, side="right")
    return Shared(starts[found], counts[found], begin, end - begin)


def _products(shared: Shared) -> tuple[Ids, Ids]:
    """Each document of a bucket's left side with each of its right side, as places in the columns."""
    pairs = shared.left_count * shared.right_count
    bucket = np.repeat(np.arange(len(pairs)), pairs)
    within = np.arange(len(bucket)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    across = shared.right_count[bucket]
    return shared.left[bucket] + within // across, shared.right[bucket] + within % across


def _spread(starts: Ids, counts: Ids) -> Ids:
    """Every place of every bucket."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1])) - np.repeat(ends - counts - starts, counts)


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
