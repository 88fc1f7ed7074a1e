"""Clusters of near-duplicates: band by band, candidates are verified and joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import Candidates, candidates, slices_of
from checker.compare.joining import Forest
from checker.compare.runs import RANGE, Corpus, Ids, Slice
from checker.compare.verifying import Edges, in_one, verified
from checker.model.text import BANDS

_MOST_PAIRS = 1 << 22


class Grouping(NamedTuple):
    """`labels[i]` is the smallest id of i's cluster; `edges` connect the clusters; `boilerplate` counts buckets."""

    labels: NDArray[np.signedinteger]
    edges: Edges
    boilerplate: int


class Held:
    """A corpus in memory."""

    def __init__(self, hashes: NDArray[np.uint64], signatures: NDArray[np.uint8]) -> None:
        self.count = len(hashes)
        self._hashes = hashes
        self._signatures = signatures

    def slices(self, band: int) -> list[Slice]:
        """See `Corpus`."""
        return slices_of(self._hashes, self._signatures, band)

    def signatures(self, ids: Ids) -> NDArray[np.uint8]:
        """See `Corpus`."""
        return self._signatures[ids]

    def hashes(self, ids: Ids) -> NDArray[np.uint64]:
        """See `Corpus`."""
        return self._hashes[ids]

    def living(self) -> None:
        """See `Corpus`."""


def group(corpus: Corpus, most: int = RANGE) -> Grouping:
    """Clusters of documents, each of which is near to another one of its cluster."""
    forest = Forest(corpus.count)
    found: list[Edges] = []
    boilerplate = 0
    for band in range(BANDS):
        for pairs in _batches(candidates(corpus, band, most)):
            boilerplate += pairs.boilerplate
            apart = forest.apart(pairs.one, pairs.other)
            edges = verified(corpus, pairs.one[apart], corpus, pairs.other[apart])
            forest.join(edges.one, edges.other)
            found.append(edges)
    return Grouping(forest.labels, in_one(found), boilerplate)


def _batches(parts: Iterable[Candidates]) -> Iterator[Candidates]:
    """A band's candidates together, or as many as fit: joining touches every document once a batch."""
    batch: list[Candidates] = []
    for part in parts:
        batch.append(part)
        if sum(len(pairs.one) for pairs in batch) > _MOST_PAIRS:
            yield _one_of(batch)
            batch = []
    if batch:
        yield _one_of(batch)


def _one_of(batch: Sequence[Candidates]) -> Candidates:
    one, other, boilerplate = zip(*batch, strict=True)
    return Candidates(np.concatenate(one), np.concatenate(other), sum(boilerplate))


def near_pairs(corpus: Corpus) -> Edges:
    """Every verified pair, once, smaller id first, ascending; `group` leaves out those within one cluster."""
    every = [pairs for band in range(BANDS) for pairs in candidates(corpus, band)]
    ends = [np.stack((np.minimum(one, other), np.maximum(one, other)), axis=1) for one, other, _ in every]
    pairs = np.unique(np.concatenate(ends), axis=0)
    return verified(corpus, pairs[:, 0], corpus, pairs[:, 1])
