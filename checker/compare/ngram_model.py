"""A word 4-gram model of the reference, from which the tokens of any block can be taken out exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.blocks import Layout, Stream
from checker.compare.ngrams import inside, mixed, window_keys

ORDERS = 4


class Order(NamedTuple):
    """n-grams of one length. `keys`: (u,) distinct, ascending. `ids`: of each token, the n-gram that ends there or -1.

    `prefixes`: (u,) the number of the n-gram's first words among the n-grams one shorter. `counts`: (u,).
    `followed`, `kinds`: of each n-gram one shorter, how often it is followed by a word, and by how many different ones.
    """

    keys: NDArray[np.uint64]
    ids: NDArray[np.int64]
    prefixes: NDArray[np.int64]
    counts: NDArray[np.int64]
    followed: NDArray[np.int64]
    kinds: NDArray[np.int64]


class Grams(NamedTuple):
    """Text as the model knows it. `ids`: for each length, of each token, the n-gram that ends there, or -1.

    `first`: whether a token is the first of its document.
    """

    ids: tuple[NDArray[np.int64], ...]
    first: NDArray[np.bool_]

    def ends(self, length: int, block: slice) -> NDArray[np.int64]:
        """The n-gram that ends at each token."""
        return self.ids[length - 1][block]

    def before(self, length: int, block: slice) -> NDArray[np.int64]:
        """The n-gram that ends right before each token, in the same document."""
        # At the very first token the roll brings the last one there, which `first` takes away.
        earlier = np.roll(self.ids[length - 1][max(0, block.start - 1) : block.stop], 1 if block.start == 0 else 0)
        return np.where(self.first[block], -1, earlier[: block.stop - block.start])


class Model(NamedTuple):
    """Counts of all n-grams up to length four."""

    orders: tuple[Order, ...]

    def without(self, positions: NDArray[np.int64]) -> Model:
        """The model of the reference less these tokens, which are whole documents but for one cut at its end."""
        return Model(tuple(_less(order, positions) for order in self.orders))

    def lookup(self, stream: Stream) -> Grams:
        """Other text as this model knows it."""
        words = mixed(stream.tokens)
        ids = (_find(order.keys, words, stream.documents, length) for length, order in enumerate(self.orders, start=1))
        return Grams(tuple(ids), _first(stream))

    def own(self, layout: Layout) -> Grams:
        """The text that the model was built from, in the order of the layout."""
        return Grams(tuple(order.ids[layout.positions] for order in self.orders), _first(layout.stream))

    def log_probabilities(self, grams: Grams, block: slice) -> NDArray[np.float64]:
        """log2 p of each token after the three before it, interpolated as Witten and Bell (1991) do."""
        counts = self.orders[0].counts
        total, kinds = int(counts.sum()), int(np.count_nonzero(counts))
        chance = (_at(counts, grams.ends(1, block)) + kinds / (kinds + 1)) / (total + kinds)
        for length in range(2, ORDERS + 1):
            order, context = self.orders[length - 1], grams.before(length - 1, block)
            followed, different = _at(order.followed, context), _at(order.kinds, context)
            higher = (_at(order.counts, grams.ends(length, block)) + different * chance) / np.maximum(
                followed + different, 1
            )
            chance = np.where(followed > 0, higher, chance)
        return np.log2(chance)


def build(stream: Stream) -> Model:
    """The model of a stream of documents."""
    words = mixed(stream.tokens)
    orders: list[Order] = []
    for length in range(1, ORDERS + 1):
        orders.append(_order(stream, words, length, orders[-1] if orders else None))
    return Model(tuple(orders))


def _order(stream: Stream, words: NDArray[np.uint64], length: int, shorter: Order | None) -> Order:
    starts = inside(stream.documents, length)
    keys, first, inverse, counts = np.unique(
        window_keys(words, length)[starts], return_index=True, return_inverse=True, return_counts=True
    )
    ids = np.full(len(words), -1, np.int64)
    ids[starts + length - 1] = inverse
    if shorter is None:
        prefixes, contexts = np.zeros(len(keys), np.int64), 1
    else:
        prefixes, contexts = shorter.ids[starts[first] + length - 2], len(shorter.keys)
    followed = np.bincount(prefixes, weights=counts, minlength=contexts).astype(np.int64)
    return Order(keys, ids, prefixes, counts.astype(np.int64), followed, np.bincount(prefixes, minlength=contexts))


def _first(stream: Stream) -> NDArray[np.bool_]:
    first = np.zeros(len(stream.tokens), bool)
    first[stream.starts[:-1]] = True
    return first


def _less(order: Order, positions: NDArray[np.int64]) -> Order:
    ids = order.ids[positions]
    taken, times = np.unique(ids[ids >= 0], return_counts=True)
    counts, followed, kinds = order.counts.copy(), order.followed.copy(), order.kinds.copy()
    counts[taken] -= times
    np.subtract.at(followed, order.prefixes[taken], times)
    np.subtract.at(kinds, order.prefixes[taken[counts[taken] == 0]], 1)
    return order._replace(counts=counts, followed=followed, kinds=kinds)


def _find(
    keys: NDArray[np.uint64], words: NDArray[np.uint64], documents: NDArray[np.int64], length: int
) -> NDArray[np.int64]:
    starts = inside(documents, length)
    wanted, inverse = np.unique(window_keys(words, length)[starts], return_inverse=True)
    places = np.searchsorted(keys, wanted)
    found = places < len(keys)
    found[found] = keys[places[found]] == wanted[found]
    ids = np.full(len(words), -1, np.int64)
    ids[starts + length - 1] = np.where(found, places, -1)[inverse]
    return ids


def _at(values: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values of these ids, 0 where the id is -1."""
    found = np.where(ids >= 0, values[ids] if len(values) else 0, 0)
    return np.asarray(found, np.int64)
