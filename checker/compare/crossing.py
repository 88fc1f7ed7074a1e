"""Documents of one dataset that are found in another one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.documents import Gathered, Texts, corpus, texts_of
from checker.compare.exact import first_of_equal
from checker.compare.meeting import meetings
from checker.compare.pairs import EXAMPLES, estimated, examples, most_alike
from checker.compare.runs import Corpus, Ids
from checker.compare.verifying import Edges, in_one, verified
from checker.model.likeness import Pair
from checker.model.text import BANDS


class Crossing(NamedTuple):
    """`counts`: documents, those of the other side; exact, near; covered exactly, covered nearly."""

    counts: tuple[int, int, int, int | None, int, int | None]
    pairs: tuple[Pair, ...]


def cross(ours: Gathered, theirs: Gathered, *, near: bool) -> Crossing:
    """Which documents of `ours` stand, equal or near, in `theirs`, and which of `theirs` in `ours`."""
    left, right = texts_of(ours), texts_of(theirs)
    partner = equal_texts(ours.hashes[left.first], theirs.hashes[right.first])
    hit, seen = partner >= 0, np.zeros(len(right.first), dtype=bool)
    seen[partner[hit]] = True
    exact, covered = _documents(left, hit), _documents(right, seen)
    largest = np.flatnonzero(hit)[np.argsort(-left.copies[hit], kind="stable")][:EXAMPLES]
    equal = [
        Pair(ours.place(int(left.first[text])), theirs.place(int(right.first[partner[text]])), 1.0, exact=True)
        for text in largest
    ]
    sides = (len(left.text_of), len(right.text_of))
    if not near:
        return Crossing((*sides, exact, None, covered, None), examples(equal, ()))
    edges = near_between(corpus(ours, left), corpus(theirs, right), hit, seen)
    hit[edges.one] = True
    seen[edges.other] = True
    counts = (*sides, exact, _documents(left, hit), covered, _documents(right, seen))
    best = most_alike(edges, edges.one, left.copies[edges.one])
    documents = Edges(left.first[best.one], right.first[best.other], best.agreements)
    return Crossing(counts, examples(equal, estimated(documents, ours.place, theirs.place)))


def _documents(texts: Texts, chosen: NDArray[np.bool_]) -> int:
    return int(texts.copies[chosen].sum())


def equal_texts(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> Ids:
    """For each of our distinct hashes the index of the same one among their distinct ones, or -1."""
    first = first_of_equal(np.concatenate((theirs, ours)))[len(theirs) :]
    return np.where(first < len(theirs), first, -1)


def near_between(left: Corpus, right: Corpus, hit: NDArray[np.bool_], seen: NDArray[np.bool_]) -> Edges:
    """Verified pairs across; a pair of which both texts are known to be found already is not looked at."""
    hit, seen = hit.copy(), seen.copy()
    found = []
    for band in range(BANDS):
        one, other = meetings(left, right, band)
        news = ~(hit[one] & seen[other])
        edges = verified(left, one[news], right, other[news])
        hit[edges.one] = True
        seen[edges.other] = True
        found.append(edges)
    return in_one(found)
