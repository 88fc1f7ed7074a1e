"""Equal texts, by the 128 bits of their hash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import HASHES, RANGE, Corpus, Ids, Ranges, runs_of, with_ids


def first_of_equal(hashes: NDArray[np.uint64]) -> Ids:
    """For each document of (n, 2) uint64 `hashes` the index of the first one with the same hash."""
    first = np.arange(len(hashes), dtype=np.int64)
    bits = max(1, (len(hashes) - 1).bit_length())
    ids, starts, lengths = runs_of(with_ids(hashes[:, 0], bits), bits)
    first[ids] = _heads(ids, starts, lengths, hashes[ids])
    return first


def repeated(corpus: Corpus, most: int = RANGE) -> tuple[Ids, Ids]:
    """The living ids whose text a smaller living id has too, and for each the smallest such id."""
    ranges = Ranges(corpus.slices(HASHES), corpus.count, most)
    later, heads = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for column in ranges.columns():
        ids, starts, lengths = runs_of(column, ranges.id_bits, corpus.living())
        head = _heads(ids, starts, lengths, corpus.hashes(ids))
        later.append(ids[head != ids])
        heads.append(head[head != ids])
    return np.concatenate(later), np.concatenate(heads)


def _heads(ids: Ids, starts: Ids, lengths: Ids, hashes: NDArray[np.uint64]) -> Ids:
    """For each id the first one of its run with the same hash; most runs have one hash."""
    heads = np.repeat(ids[starts], lengths)
    if not len(ids):
        return heads
    differs = (hashes != np.repeat(hashes[starts], lengths, axis=0)).any(axis=1)
    mixed = np.repeat(np.logical_or.reduceat(differs, starts), lengths)
    heads[mixed] = _first_by_sorting(ids[mixed], hashes[mixed])
    return heads


def _first_by_sorting(ids: Ids, hashes: NDArray[np.uint64]) -> Ids:
    order = np.lexsort((ids, hashes[:, 1], hashes[:, 0]))
    ordered = hashes[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(begins)
    first = np.empty(len(order), dtype=np.int64)
    first[order] = np.repeat(ids[order[starts]], np.diff(np.append(starts, len(order))))
    return first
