"""How much of what was planted is found, and how much of what is found is right."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from benchmarks.near_dup.planted import Pairs, Planted
from benchmarks.near_dup.product import Found
from checker.kernels import jaccard

RIGHT = 0.7  # the least exact similarity of a pair that is found rightly
JUDGED = 20_000  # pairs at most of which the exact similarity is computed


class Share(NamedTuple):
    """`hits` of `of`."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Nothing of nothing is all of it."""
        return self.hits / self.of if self.of else 1.0

    @property
    def error(self) -> float:
        """The standard error of the share."""
        return sqrt(self.value * (1 - self.value) / self.of) if self.of else 0.0


class Score(NamedTuple):
    """Recall of the planted pairs; precision of all pairs found whose texts differ, planted or not."""

    exact: Share
    near: Share
    precision: Share


def score(found: Found, planted: Planted, seed: int = 1) -> Score:
    """Texts that are equal are right by definition, so only the other pairs count for precision."""
    every, texts = found.every, planted.texts
    unequal = sorted(pair for pair in every if texts[pair[0]] != texts[pair[1]])
    judged = random.Random(seed).sample(unequal, min(JUDGED, len(unequal)))
    right = sum(_similarity(texts[one], texts[other]) >= RIGHT for one, other in judged)
    return Score(_found(planted.exact, every), _found(planted.near, every), Share(right, len(judged)))


def _found(planted: Pairs, found: frozenset[tuple[int, int]]) -> Share:
    return Share(sum(pair in found for pair in planted), len(planted))


@lru_cache(maxsize=1 << 18)
def _similarity(one: str, other: str) -> float:
    return jaccard(one, other)


def similarities(texts: Sequence[str], pairs: Pairs) -> list[float]:
    """The exact similarity of each pair."""
    return [_similarity(texts[one], texts[other]) for one, other in pairs]
