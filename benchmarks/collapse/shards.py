"""Shards of a wanted number of words, drawn as data arrives: single documents, whole sources, or mixtures."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.collapse.corpora import Document
from checker.kernels import text_pass
from checker.model.text import Sample, ShardText

# A block is cut from whole documents, and what is left over is not judged; words of other scripts may split further.
SLACK = 1.01


class Mixture(NamedTuple):
    """A share of the words from `added`, the rest from `human`."""

    human: Sequence[Document]
    added: Sequence[Document]
    share: float


def sample_of(documents: Sequence[Document]) -> Sample:
    """What the product keeps of a shard with these documents."""
    return sweep(documents).sample


def sweep(documents: Sequence[Document]) -> ShardText:
    """The full pass of the product over these documents, with numpy alone."""
    texts = [document.text.encode("utf-8") for document in documents]
    borders = np.concatenate(([0], np.cumsum([len(text) for text in texts]))).astype(np.int64)
    shard = text_pass("numpy", int(borders[-1]))
    shard.add(np.frombuffer(b"".join(texts), dtype=np.uint8), borders, np.arange(1, len(texts) + 1, dtype=np.uint32))
    return shard.finish()


def drawn(documents: Sequence[Document], words: float, dice: random.Random) -> list[Document]:
    """Random documents, each at most once, until they hold the words. Raises ValueError when there are too few."""
    found: list[Document] = []
    order = list(range(len(documents)))
    while words > 0:
        if not order:
            raise ValueError(f"{sum(document.words for document in documents)} words are too few for this shard")
        place = dice.randrange(len(order))
        order[place], order[-1] = order[-1], order[place]
        found.append(documents[order.pop()])
        words -= found[-1].words
    return found


def drawn_by_source(sources: Mapping[str, Sequence[Document]], words: float, dice: random.Random) -> list[Document]:
    """Whole sources in random order until they hold the words."""
    found: list[Document] = []
    for name in dice.sample(sorted(sources), len(sources)):
        found.extend(sources[name])
        words -= sum(document.words for document in sources[name])
        if words <= 0:
            return found
    raise ValueError("the sources together are too few for this shard")


def mixed(mixture: Mixture, words: float, dice: random.Random) -> list[Document]:
    """Documents of both parts in the wanted shares of words."""
    added = drawn(mixture.added, words * mixture.share, dice)
    return added + drawn(mixture.human, words * (1 - mixture.share), dice)
