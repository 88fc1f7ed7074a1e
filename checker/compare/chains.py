"""Candidates out of links that somebody else has found: chains of texts that share the key of a band."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import Candidates, paired
from checker.compare.runs import RANGE, Corpus, Ids


class Placed(NamedTuple):
    """The texts of a shard, named by the digest of its text evidence: `texts` ids from `start` on."""

    digest: str
    start: int
    texts: int


class BandLinks(NamedTuple):
    """(e, 2) int64: pairs of ids that share the key of a band, those of one key as a chain of ascending ids."""

    band: int
    edges: NDArray[np.int64]


# Finds the links of some shards, in ascending order of band and key. Those of a band may come in several pieces.
Meet = Callable[[Sequence[Placed]], Iterable[BandLinks]]


def candidates_from(
    corpus: Corpus, links: Iterable[BandLinks], most: int = RANGE
) -> Iterator[tuple[int, Iterator[Candidates]]]:
    """Each band that has links, with the pairs that `candidates` gives for it. The links of one band are in memory."""
    for band, pieces in groupby(links, key=lambda piece: piece.band):
        edges = np.concatenate([piece.edges for piece in pieces])
        yield band, _candidates(corpus, band, edges, most)


def _candidates(corpus: Corpus, band: int, edges: NDArray[np.int64], most: int) -> Iterator[Candidates]:
    """About so many ids at a time; a run is not cut."""
    starts = np.append(np.flatnonzero(_begins(edges)), len(edges))
    cuts = np.unique(starts[np.searchsorted(starts, [*range(0, len(edges), most), len(edges)])])
    for begin, end in pairwise(cuts.tolist()):
        yield paired(corpus, band, *_runs(edges[begin:end], corpus.living()))


def _begins(edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which links begin a chain: a text has one key in a band, so a link goes on where the one before it ends."""
    begins = np.ones(len(edges), dtype=bool)
    begins[1:] = edges[1:, 0] != edges[:-1, 1]
    return begins


def _runs(edges: NDArray[np.int64], alive: NDArray[np.bool_] | None) -> tuple[Ids, Ids, Ids]:
    """As `runs_of`: the living ids of each chain that has two of them; where each run starts; its length."""
    begins = _begins(edges)
    chain = np.cumsum(begins) - 1
    ids = np.empty(len(edges) + int(begins.sum()), dtype=np.int64)
    run = np.empty(len(ids), dtype=np.int64)
    ends = np.arange(len(edges)) + chain + 1
    ids[ends], run[ends] = edges[:, 1], chain
    ids[ends[begins] - 1], run[ends[begins] - 1] = edges[begins, 0], chain[begins]
    if alive is not None:
        living = alive[ids]
        ids, run = ids[living], run[living]
        several = np.bincount(run)[run] > 1 if len(run) else np.empty(0, bool)
        ids, run = ids[several], run[several]
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    return ids, starts, np.diff(np.append(starts, len(ids)))
