"""Prose to measure signatures on: words as frequent and as long as in English, documents of about 2.4 KB."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

_LETTERS = "eeeeeettttaaaooiinnssrrhhlddcumfpgwybvk"
# Letters of the words by rank: the frequent ones are short (a, the, of; then names and terms).
_LENGTHS = ((10, (1, 3)), (100, (2, 5)), (1_000, (3, 8)), (40_000, (4, 12)))
_WORDS_A_SENTENCE = (6, 28)


def documents(megabytes: float, seed: int = 1) -> Iterator[str]:
    """About so much text in UTF-8. Word frequencies fall as 1 / (rank + 2.7); one document in ten is not all ASCII."""
    rnd = random.Random(seed)
    words = _vocabulary(rnd)
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    left = int(megabytes * 1e6)
    while left > 0:
        drawn = iter(rnd.choices(words, cum_weights=weights, k=max(5, int(rnd.lognormvariate(5.7, 0.7)))))
        text = _sentences(rnd, drawn) + (" naïve – “quoted”" if rnd.random() < 0.1 else "")
        left -= len(text.encode())
        yield text


def _vocabulary(rnd: random.Random) -> list[str]:
    words: dict[str, None] = {}
    for rank, (shortest, longest) in _LENGTHS:
        while len(words) < rank:
            words["".join(rnd.choices(_LETTERS, k=rnd.randint(shortest, longest)))] = None
    return list(words)


def _sentences(rnd: random.Random, words: Iterator[str]) -> str:
    found = []
    while sentence := [word for _, word in zip(range(rnd.randint(*_WORDS_A_SENTENCE)), words, strict=False)]:
        comma = rnd.randrange(len(sentence))
        sentence[comma] += "," if comma + 1 < len(sentence) else ""
        found.append(" ".join(sentence).capitalize() + ".")
    return " ".join(found)
