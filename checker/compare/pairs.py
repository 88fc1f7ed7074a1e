"""The few pairs that are shown of all that were found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import Ids
from checker.compare.verifying import Edges, estimates
from checker.model.likeness import Pair, Place

EXAMPLES = 20

Placed = Callable[[int], Place]


def examples(equal: Sequence[Pair], near: Sequence[Pair]) -> tuple[Pair, ...]:
    """At most `EXAMPLES`: equal texts first; half of the places are for near ones, when there are as many."""
    kept = max(EXAMPLES - len(near), EXAMPLES // 2)
    shown = equal[:kept]
    return (*shown, *near[: EXAMPLES - len(shown)])


def most_alike(edges: Edges, cluster: Ids, size: Ids, hashes: NDArray[np.uint64]) -> Edges:
    """The most alike edge of each cluster, `EXAMPLES` of them: the most alike first, then of the largest cluster.

    `cluster` and `size` are those of each edge; `hashes`, one an edge, decide between equals.
    """
    order = np.lexsort((hashes, -size, -edges.agreements.astype(np.int64)))
    _, first = np.unique(cluster[order], return_index=True)
    best = order[np.sort(first)[:EXAMPLES]]
    return Edges(edges.one[best], edges.other[best], edges.agreements[best])


def most_copied(texts: Ids, copies: Ids, hashes: Callable[[Ids], NDArray[np.uint64]]) -> Ids:
    """The texts with the most copies, `EXAMPLES` of them; their hashes decide between equals."""
    order = np.lexsort((hashes(texts)[:, 0], -copies))[:EXAMPLES]
    return texts[order]


def estimated(edges: Edges, place: Placed, other_place: Placed) -> list[Pair]:
    """Edges as pairs with the similarity that their signatures tell."""
    similar: NDArray[np.float64] = estimates(edges.agreements)
    return [
        Pair(place(int(one)), other_place(int(other)), round(float(share), 4), exact=False)
        for one, other, share in zip(edges.one, edges.other, similar, strict=True)
    ]


def in_order(pair: Pair) -> Pair:
    """The pair with the document first that stands first."""
    return pair if pair.one <= pair.other else pair._replace(one=pair.other, other=pair.one)


def with_exact(pairs: Sequence[Pair], read_text: Callable[[Place], str | None]) -> tuple[Pair, ...]:
    """The pairs with the similarity of their texts in place of the estimate, where both can be read.

    `read_text` gives None for a text that cannot be had. The order of the pairs stays.
    """
    return tuple(_exactly(pair, read_text) for pair in pairs)


def _exactly(pair: Pair, read_text: Callable[[Place], str | None]) -> Pair:
    from checker.kernels import jaccard

    if pair.exact:
        return pair
    one, other = read_text(pair.one), read_text(pair.other)
    if one is None or other is None:
        return pair
    return pair._replace(similarity=jaccard(one, other), exact=True)
