"""What a reference is drawn from, beside what is measured: the same sources, or others."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.collapse.corpora import Document, by_source
from benchmarks.collapse.ground import Ground
from benchmarks.collapse.shards import sample_of
from checker.compare import Reference, make_reference
from checker.model.text import Sample

SHARDS = 100
FOLDS = 3


class Side(NamedTuple):
    """A reference, and the documents of people that shards are drawn from; they share no document."""

    reference: Reference
    people: tuple[Document, ...]


class Setting(NamedTuple):
    """`single`: for shards drawn document by document, `sources`: source by source. Shards go round the sides."""

    single: tuple[Side, ...]
    sources: tuple[Side, ...]


def same_sources(ground: Ground, seed: int) -> Setting:
    """Cross-validation: a third is measured against the other two thirds, as one version of a dataset against another.

    Documents of gold and pool are parted at random, so that both sides have all their sources. For whole sources,
    where no machine text is needed, the sources of the whole corpus are parted, twice over.
    """
    dice = random.Random(f"settings {seed}")
    single = parted([(document,) for document in (*ground.parts.gold, *ground.parts.pool)], dice)
    sources = list(by_source(ground.corpus.documents).values())
    whole = [*parted(sources, dice), *parted(sources, dice)]
    return Setting(
        tuple(Side(make_reference([sample_of(rest)], name="gold"), people) for rest, people in single),
        tuple(Side(_by_source(rest), people) for rest, people in whole),
    )


def other_sources(ground: Ground) -> Setting:
    """The pool against gold, as a dataset against text of the same kind that came from elsewhere."""
    gold, pool = ground.parts.gold, ground.parts.pool
    single = make_reference(samples_of(gold), name="gold", apart=True)
    return Setting((Side(single, pool),), (Side(_by_source(gold), pool),))


def samples_of(documents: Sequence[Document]) -> list[Sample]:
    """One a source; documents that are each their own source are put together, as they would lie in shards."""
    sources: list[Sequence[Document]] = list(by_source(documents).values())
    if len(sources) > len(documents) / 2:
        sources = [documents[start::SHARDS] for start in range(SHARDS)]
    return [sample_of(members) for members in sources]


def _by_source(documents: Sequence[Document]) -> Reference:
    return make_reference(samples_of(documents), name="gold", by_source=True)


def parted(
    units: Sequence[tuple[Document, ...]], dice: random.Random
) -> list[tuple[tuple[Document, ...], tuple[Document, ...]]]:
    """Each third of the units, after the other two."""
    order = dice.sample(units, len(units))
    folds = [tuple(document for unit in order[start::FOLDS] for document in unit) for start in range(FOLDS)]
    return [(tuple(document for other in folds if other is not own for document in other), own) for own in folds]
