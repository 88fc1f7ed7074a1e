"""Documents, and pairs among them that are copies, near-copies or merely alike by construction."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checker.kernels import jaccard

NEAR = (0.80, 0.97)
ALIKE = (0.30, 0.70)
_WITHIN = 0.01  # of the similarity that was drawn
_TRIES = 3

Pairs = Sequence[tuple[int, int]]


class Planted(NamedTuple):
    """Pairs of places in `texts`, the smaller one first. The exact Jaccard similarity of their word 5-grams is 1 for
    `exact`, spread evenly over `NEAR` for `near` and over `ALIKE` for `alike`, which are not to be found.
    """

    texts: Sequence[str]
    exact: Pairs
    near: Pairs
    alike: Pairs


def plant(documents: Sequence[str], seed: int) -> Planted:
    """A copy of one document in ten, near-copies of about four in ten and texts merely alike to four in ten."""
    rnd = random.Random(seed)
    texts, kinds = list(documents), list[list[tuple[int, int]]](([], [], []))
    places = rnd.sample(range(len(documents)), len(documents))
    copied = len(documents) // 10
    for place in places[:copied]:
        kinds[0].append((place, len(texts)))
        texts.append(documents[place])
    for kind, span, chosen in ((1, NEAR, places[copied::2]), (2, ALIKE, places[copied + 1 :: 2])):
        for place, text in _edited(rnd, documents, chosen[: 4 * copied], span):
            kinds[kind].append((place, len(texts)))
            texts.append(text)
    return _shuffled(rnd, texts, kinds)


def _shuffled(rnd: random.Random, texts: Sequence[str], kinds: Sequence[Pairs]) -> Planted:
    order = rnd.sample(range(len(texts)), len(texts))
    moved = {old: new for new, old in enumerate(order)}
    found = [[(min(pair), max(pair)) for pair in ((moved[a], moved[b]) for a, b in kind)] for kind in kinds]
    return Planted([texts[old] for old in order], found[0], found[1], found[2])


def _edited(
    rnd: random.Random, documents: Sequence[str], places: Sequence[int], span: tuple[float, float]
) -> Iterator[tuple[int, str]]:
    """Documents with what was made of them; a similarity stays wanted until a document has been brought to it."""
    wanted = rnd.uniform(*span)
    for place in places:
        least, most = max(span[0], wanted - _WITHIN), min(span[1], wanted + _WITHIN)
        copy = next(filter(None, (edited(rnd, documents[place], least, most) for _ in range(_TRIES))), None)
        if copy is not None:
            yield place, copy
            wanted = rnd.uniform(*span)


def edited(rnd: random.Random, text: str, least: float, most: float) -> str | None:
    """Words replaced, left out and put in until the similarity is low enough; None when it is too low then."""
    words = text.split(" ")
    # An edit touches five 5-grams: so many edits leave more than the wanted similarity, and need not be judged.
    sure = int(0.7 * len(words) * (1 - most) / (1 + most) / 5)
    for edit in range(len(words)):
        _edit(rnd, words)
        if edit < sure:
            continue
        similarity = jaccard(text, " ".join(words))
        if similarity <= most:
            return " ".join(words) if similarity >= least else None
    return None


def _edit(rnd: random.Random, words: list[str]) -> None:
    place, kind = rnd.randrange(len(words)), rnd.randrange(3)
    words[place : place + (kind != 2)] = [] if kind == 1 else [rnd.choice(words)]
