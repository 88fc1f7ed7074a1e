"""Samples of invented text: word hashes with Zipf's frequencies, where each document has words of its own topic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from checker.compare.ngrams import mixed
from checker.model.text import Sample

BLOCK = 500  # tokens of a block in tests
Words = Sequence[int]


def sample_of(documents: Sequence[Words]) -> Sample:
    """As the pass over a shard leaves it: in the order of keys that come from the content, equal documents once."""
    keyed = {_key(document): document for document in documents if len(document)}
    ordered = sorted(keyed)
    return Sample(
        np.array(ordered, np.uint64),
        np.array([len(keyed[key]) for key in ordered], np.uint32),
        np.array([word for key in ordered for word in keyed[key]], np.uint32),
        complete=True,
    )


def texts(seed: int, documents: int, *, words: int = 2_000, length: int = 50, topics: int = 40) -> list[list[int]]:
    """Documents of one language: seven words in ten are common ones, the others belong to one of the topics."""
    dice = np.random.default_rng(seed)
    written = []
    for _ in range(documents):
        size = int(dice.integers(length // 2, 2 * length))
        common = _zipf(dice, size, words)
        special = words + 200 * int(dice.integers(topics)) + _zipf(dice, size, 200)
        written.append(_hash(np.where(dice.random(size) < 0.7, common, special)))
    return written


def _zipf(dice: np.random.Generator, size: int, words: int) -> NDArray[np.int64]:
    weights = 1 / np.arange(1, words + 1)
    return dice.choice(words, size=size, p=weights / weights.sum())


def _hash(numbers: NDArray[np.int64]) -> list[int]:
    return [int(value) for value in mixed(numbers.astype(np.uint64)) >> np.uint64(32)]


def _key(document: Words) -> int:
    key = np.zeros(1, np.uint64)
    for word in document:
        key = mixed(key + np.uint64(word))
    return int(key[0])
