"""Connected components of a graph given as edges, without recursion and without a loop over documents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 20


def components(edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """For each of `n` nodes the smallest node of its component. `edges`: (e, 2), in any order and direction.

    Raises ValueError when an edge names a node outside 0..n-1.
    """
    if len(edges) and (edges.min() < 0 or edges.max() >= n):
        raise ValueError(f"an edge names a node outside 0..{n - 1}")
    forest = Forest(n)
    forest.join(edges[:, 0], edges[:, 1])
    return forest.labels.astype(np.int64)


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

    Roots are hooked to smaller neighbors in one round and to larger ones in the next, so that neither a star around
    the largest nor one around the smallest node needs a round a leaf (after Shiloach and Vishkin, 1982).
    """
    labels = np.arange(n, dtype=np.int64)
    upward = False
    while len(one):
        low, high = np.minimum(one, other), np.maximum(one, other)
        if upward:
            np.maximum.at(labels, low, high)
        else:
            np.minimum.at(labels, high, low)
        labels = _flattened(labels)
        one, other = labels[one], labels[other]
        left = one != other
        one, other = one[left], other[left]
        upward = not upward
    return labels


def _flattened(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        further = labels[labels]
        if np.array_equal(further, labels):
            return labels
        labels = further
