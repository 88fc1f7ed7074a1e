"""Texts of one corpus that are found in another one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.grouping import Held
from checker.compare.meeting import meetings
from checker.compare.runs import HASHES, Corpus, Ids
from checker.compare.verifying import Edges, in_one, verified
from checker.model.text import BANDS


class Crossing(NamedTuple):
    """Pairs (id of ours, id of theirs): `equal` texts, and `near` ones that connect all that is near."""

    equal: tuple[Ids, Ids]
    near: Edges


def cross(ours: Corpus, theirs: Corpus, *, near: bool) -> Crossing:
    """Every pair of equal texts, and enough near ones to name every text that has one on the other side."""
    equal = equal_between(ours, theirs)
    hit, seen = np.zeros(ours.count, dtype=bool), np.zeros(theirs.count, dtype=bool)
    hit[equal[0]] = True
    seen[equal[1]] = True
    found = [Edges(equal[0][:0], equal[1][:0], np.empty(0, np.uint8))]
    for band in range(BANDS if near else 0):
        one, other = meetings(ours, theirs, band)
        # Of a pair of which both are found already nothing new can come.
        news = ~(hit[one] & seen[other])
        edges = verified(ours, one[news], theirs, other[news])
        hit[edges.one] = True
        seen[edges.other] = True
        found.append(edges)
    return Crossing(equal, in_one(found))


def equal_between(ours: Corpus, theirs: Corpus) -> tuple[Ids, Ids]:
    """Every pair of equal texts."""
    one, other = meetings(ours, theirs, HASHES)
    same: NDArray[np.bool_] = (ours.hashes(one) == theirs.hashes(other)).all(axis=1)
    return one[same], other[same]


def same_texts(corpus: Corpus, texts: Ids) -> Ids:
    """All living ids whose text is that of one of the given ids, ascending."""
    hashes = corpus.hashes(texts)
    return np.unique(equal_between(Held(hashes, np.empty((len(texts), 0), np.uint8)), corpus)[1])
