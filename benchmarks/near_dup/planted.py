"""Documents, and pairs among them that are copies or near-copies by construction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks import prose
from checker.kernels import jaccard


class Planted(NamedTuple):
    """`exact` and `near` are pairs of places in `texts`; near ones have an exact Jaccard of 0.80 to 0.97."""

    texts: Sequence[str]
    exact: Sequence[tuple[int, int]]
    near: Sequence[tuple[int, int]]


def plant(megabytes: float, seed: int = 1) -> Planted:
    """Copies of 5 % of the documents and near-copies of another 5 %, of 80 words and more, in random order."""
    rnd = random.Random(seed)
    texts = list(prose.documents(megabytes, seed))
    long = [place for place, text in enumerate(texts) if text.count(" ") >= 80]
    chosen = rnd.sample(long, len(texts) // 10)
    exact, near = [], []
    for place in chosen[::2]:
        exact.append((place, len(texts)))
        texts.append(texts[place])
    for place in chosen[1::2]:
        if (copy := _near(rnd, texts[place])) is not None:
            near.append((place, len(texts)))
            texts.append(copy)
    order = list(range(len(texts)))
    rnd.shuffle(order)
    moved = {old: new for new, old in enumerate(order)}
    return Planted([texts[old] for old in order], _moved(exact, moved), _moved(near, moved))


def _moved(pairs: Sequence[tuple[int, int]], places: dict[int, int]) -> list[tuple[int, int]]:
    found = [sorted((places[one], places[other])) for one, other in pairs]
    return [(one, other) for one, other in found]


def _near(rnd: random.Random, text: str) -> str | None:
    """Words replaced, left out and put in until the similarity is what was drawn; None when that is missed."""
    words, wanted = text.split(" "), rnd.uniform(0.80, 0.97)
    for _ in range(len(words)):
        place, kind = rnd.randrange(len(words)), rnd.randrange(3)
        words[place : place + (kind != 2)] = [] if kind == 1 else [rnd.choice(words)]
        if (similarity := jaccard(text, " ".join(words))) <= wanted:
            return " ".join(words) if similarity >= 0.8 else None
    return None
