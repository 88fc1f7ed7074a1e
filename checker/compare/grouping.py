"""Clusters of near-duplicates: band by band, candidates are verified and joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import Candidates, candidates, slices_of
from checker.compare.chains import BandLinks, candidates_from
from checker.compare.joining import Forest
from checker.compare.runs import RANGE, Corpus, Ids, Slice
from checker.compare.verifying import Edges, in_one, verified
from checker.model.text import BANDS


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


def group(corpus: Corpus, most: int = RANGE, links: Iterable[BandLinks] | None = None) -> Grouping:
    """Clusters of documents, each of which is near to another one of its cluster.

    With `links` the candidates are those that somebody else has found, else they are looked for here: the result is the
    same. A band is joined when all of it is verified, so that it does not depend on how the band is cut into ranges.
    """
    forest = Forest(corpus.count)
    found = [Edges(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))]
    boilerplate = 0
    for ranges in _bands(corpus, most, links):
        of_band = found[:1]
        for pairs in ranges:
            boilerplate += pairs.boilerplate
            apart = forest.apart(pairs.one, pairs.other)
            of_band.append(verified(corpus, pairs.one[apart], corpus, pairs.other[apart]))
        edges = in_one(of_band)
        forest.join(edges.one, edges.other)
        found.append(edges)
    return Grouping(forest.labels, in_one(found), boilerplate)


def _bands(corpus: Corpus, most: int, links: Iterable[BandLinks] | None) -> Iterator[Iterator[Candidates]]:
    """The candidates of each band, range by range."""
    if links is None:
        return (candidates(corpus, band, most) for band in range(BANDS))
    return (ranges for _, ranges in candidates_from(corpus, links, most))


def near_pairs(corpus: Corpus) -> Edges:
    """Every verified pair, once, smaller id first, ascending; `group` leaves out those within one cluster."""
    every = [pairs for band in range(BANDS) for pairs in candidates(corpus, band)]
    ends = [np.stack((np.minimum(one, other), np.maximum(one, other)), axis=1) for one, other, _ in every]
    pairs = np.unique(np.concatenate(ends), axis=0)
    return verified(corpus, pairs[:, 0], corpus, pairs[:, 1])
