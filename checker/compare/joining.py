"""Connected components of a graph given as edges, without recursion and without a loop over documents in Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from checker.kernels.joining import PAYS_FROM, joiner

_CHUNK = 1 << 20


def components(links: NDArray[np.int64] | Iterable[NDArray[np.int64]], n: int) -> NDArray[np.signedinteger]:
    """For each of `n` nodes the smallest node of its component: int32, int64 from 2**31 nodes on.

    `links`: (e, 2) int64, or such arrays one after the other, of which only some are in memory at once. Order,
    direction, repetition, and how they are split make no difference. Raises ValueError when a link names a node outside
    0..n-1.
    """
    forest, joined = Forest(n), 0
    compiled = None
    for edges in _batches([links] if isinstance(links, np.ndarray) else links, PAYS_FROM):
        if edges.min() < 0 or edges.max() >= n:
            raise ValueError(f"an edge names a node outside 0..{n - 1}")
        joined += len(edges)
        compiled = compiled or joiner(joined)
        if compiled is None:
            forest.join(edges[:, 0], edges[:, 1])
        else:
            compiled.join(forest.labels, edges)
    if compiled is not None:
        compiled.flatten(forest.labels)
    return forest.labels


def _batches(links: Iterable[NDArray[np.int64]], least: int) -> Iterator[NDArray[np.int64]]:
    """Links in fewer and longer arrays: numpy touches every node once for each."""
    waiting: list[NDArray[np.int64]] = []
    count = 0
    for edges in links:
        waiting.append(edges.astype(np.int64, copy=False))
        count += len(edges)
        if count >= least:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    if count:
        yield np.concatenate(waiting)


class Forest:
    """Components that grow. `labels[i]` is always the smallest node of the component of i."""

    def __init__(self, n: int) -> None:
        self.labels: NDArray[np.signedinteger] = np.arange(n, dtype=np.int32 if n < 1 << 31 else np.int64)

    def apart(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the pairs lie in different components."""
        found: NDArray[np.bool_] = self.labels[one] != self.labels[other]
        return found

    def join(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> None:
        """Join the two ends of each edge."""
        if not len(one):
            return
        ends = np.concatenate((self.labels[one], self.labels[other]))
        nodes, places = np.unique(ends, return_inverse=True)
        roots = _roots(places[: len(one)], places[len(one) :], len(nodes))
        smallest = np.full(len(nodes), len(nodes), dtype=np.int64)
        np.minimum.at(smallest, roots, np.arange(len(nodes)))
        moved = np.arange(len(self.labels), dtype=self.labels.dtype)
        moved[nodes] = nodes[smallest[roots]]
        for at in range(0, len(moved), _CHUNK):
            self.labels[at : at + _CHUNK] = moved[self.labels[at : at + _CHUNK]]


def _roots(one: NDArray[np.int64], other: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """A label for each of n nodes, equal within components.

    In each round every root takes the label of a neighbor that comes before it in an order drawn anew, so about half
    of them go, whatever the shape; in a fixed order a star can lose a single leaf a round (Reif, 1985).
    """
    labels = np.arange(n, dtype=np.int64)
    turn = 0
    while len(one):
        turn += 1
        before = _drawn(one, turn) < _drawn(other, turn)
        labels[np.where(before, other, one)] = np.where(before, one, other)
        labels = _flattened(labels)
        one, other = labels[one], labels[other]
        left = one != other
        one, other = one[left], other[left]
    return labels


def _drawn(nodes: NDArray[np.int64], turn: int) -> NDArray[np.uint64]:
    """A number for each node, another one for any other node, another order each turn: a round of SplitMix64."""
    drawn = nodes.astype(np.uint64) + np.uint64(turn << 40)
    drawn *= np.uint64(0x9E3779B97F4A7C15)
    drawn ^= drawn >> np.uint64(31)
    drawn *= np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(drawn)


def _flattened(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        further = labels[labels]
        if np.array_equal(further, labels):
            return labels
        labels = further
