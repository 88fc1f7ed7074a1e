"""Generations of text: each is written by a model that was trained, from scratch, on what came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np

from benchmarks.collapse import language_model
from benchmarks.collapse.corpora import Document, words_of
from benchmarks.collapse.language_model import Ids, Model


class Regime(Enum):
    """What a generation is trained on, always of the same number of words but for `ACCUMULATE`."""

    REPLACE = "replace"
    ACCUMULATE = "accumulate"
    MIXED = "mixed50"
    FRESH = "fresh50"


class Vocabulary(NamedTuple):
    """Words and their ids, which begin at 1."""

    ids: Mapping[str, int]
    words: tuple[str, ...]


class Generation(NamedTuple):
    """`model` wrote `documents`; generation 0 is the text of people and the model trained on it."""

    number: int
    documents: tuple[Ids, ...]
    model: Model


def vocabulary(documents: Sequence[Document]) -> Vocabulary:
    """All words of the documents, in the order of their first appearance."""
    words = dict.fromkeys(word for document in documents for word in words_of(document.text))
    return Vocabulary({word: number for number, word in enumerate(words, 1)}, ("", *words))


def encode(documents: Sequence[Document], known: Vocabulary) -> tuple[Ids, ...]:
    """The ids of the words of each document."""
    ids = known.ids
    return tuple(np.array([ids[word] for word in words_of(document.text)], dtype=np.int64) for document in documents)


def decode(documents: Sequence[Ids], known: Vocabulary) -> tuple[str, ...]:
    """The words with spaces between them."""
    words = known.words
    return tuple(" ".join(words[number] for number in document) for document in documents)


def recur(
    real: Sequence[Ids], words: int, *, temperature: float, regime: Regime, tokens: int, last: int, seed: int
) -> Iterator[Generation]:
    """Generations 1 to `last`, each of `tokens` words. `real` is in random order; the first `tokens` are generation 0.

    mixed50 trains on half of the newest text and half of generation 0, fresh50 on half of the newest and real text
    that was not used before, as long as there is such.
    """
    start = take(real, 0, tokens)
    training: Sequence[Ids] = start
    for number in range(1, last + 1):
        model = language_model.train(training, words, temperature)
        newest = language_model.write(model, tokens, seed * 1000 + number)
        yield Generation(number, tuple(newest), model)
        if regime is Regime.REPLACE:
            training = newest
        elif regime is Regime.ACCUMULATE:
            training = [*training, *newest]
        else:
            skipped = tokens // 2 * number if regime is Regime.FRESH else 0
            training = [*take(newest, 0, tokens // 2), *take(real, skipped, tokens // 2)]


def take(documents: Sequence[Ids], skip: int, tokens: int) -> list[Ids]:
    """Documents that hold the words from `skip` to `skip + tokens`, in a circle; the last one is cut."""
    borders = np.cumsum([len(document) for document in documents])
    place = int(np.searchsorted(borders, skip % int(borders[-1]), side="right"))
    found: list[Ids] = []
    while tokens > 0:
        found.append(documents[place % len(documents)][:tokens])
        tokens -= len(found[-1])
        place += 1
    return found
