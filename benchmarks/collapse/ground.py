"""One corpus made ready: its parts, and the generations of machine text grown from it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.collapse import language_model
from benchmarks.collapse.corpora import Corpus, Document, Split, split
from benchmarks.collapse.language_model import Ids, Model
from benchmarks.collapse.recursion import Regime, Vocabulary, decode, encode, recur, take, vocabulary

TOKENS = 120_000
HOT, COOL = 1.0, 0.8
LAST_REPLACED, LAST_MIXED = 9, 5


class Run(NamedTuple):
    """One recursion: under which regime, and how sharply its models were sampled."""

    regime: Regime
    temperature: float


class Sizes(NamedTuple):
    """`tokens` each generation writes and trains on. `replaced`, `mixed`: the last generation of either kind."""

    tokens: int = TOKENS
    replaced: int = LAST_REPLACED
    mixed: int = LAST_MIXED


class Ground(NamedTuple):
    """`written[run][g - 1]` are the documents of generation g as ids, `machine` the distinct ones as text.

    `real`: the training part as ids, in random order.
    """

    corpus: Corpus
    parts: Split
    known: Vocabulary
    real: tuple[Ids, ...]
    written: Mapping[Run, tuple[tuple[Ids, ...], ...]]
    machine: Mapping[Run, tuple[tuple[Document, ...], ...]]
    sizes: Sizes

    @property
    def words(self) -> int:
        """One more than the largest id."""
        return len(self.known.words)

    def model(self, run: Run, generation: int) -> Model:
        """What a model at T = 1 learns of a generation; of generation 0 it learns the words of people."""
        training = self.written[run][generation - 1] if generation else take(self.real, 0, self.sizes.tokens)
        return language_model.train(training, self.words)


def prepare(corpus: Corpus, seed: int, sizes: Sizes) -> Ground:
    """Split the corpus and grow every recursion on its training part."""
    parts = split(corpus.documents, seed)
    known = vocabulary(corpus.documents)
    order = random.Random(seed).sample(parts.train, len(parts.train))
    real = encode(order, known)
    runs = [
        *((Run(Regime.REPLACE, temperature), sizes.replaced) for temperature in (COOL, HOT)),
        *((Run(regime, COOL), sizes.mixed) for regime in Regime if regime is not Regime.REPLACE),
    ]
    written = {
        run: tuple(
            generation.documents
            for generation in recur(
                real,
                len(known.words),
                temperature=run.temperature,
                regime=run.regime,
                tokens=sizes.tokens,
                last=last,
                seed=seed,
            )
        )
        for run, last in runs
        if last
    }
    machine = {
        run: tuple(_documents(generation, known, run, number) for number, generation in enumerate(generations, 1))
        for run, generations in written.items()
    }
    return Ground(corpus, parts, known, real, written, machine, sizes)


def _documents(generation: Sequence[Ids], known: Vocabulary, run: Run, number: int) -> tuple[Document, ...]:
    source = f"{run.regime.value} T={run.temperature} g{number}"
    words = dict(zip(decode(generation, known), map(len, generation), strict=True))
    return tuple(Document(text, source, count) for text, count in words.items())
