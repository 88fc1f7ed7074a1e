"""How much of a dataset repeats itself, and how much of another one it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from checker.compare.crossing import cross
from checker.compare.documents import Gathered, Texts, corpus, gather, texts_of
from checker.compare.fragments import shared_fragments, smallest_visible_tokens
from checker.compare.grouping import Grouping, group
from checker.compare.pairs import equal_pairs, estimated, examples, most_alike, with_exact
from checker.compare.runs import Ids
from checker.compare.verifying import Edges
from checker.model.likeness import Copies, Duplication, Overlap, Pair
from checker.model.text import TextSource

__all__ = ["duplication", "overlap", "with_exact"]


def duplication(sources: Sequence[TextSource], *, near: bool, cache: Path | None = None) -> Duplication:
    """Copies within one dataset version, whole and shard by shard; near-copies too when `near`.

    Counts depend only on the documents, not on how they are split over shards or in which order these come.
    """
    gathered = gather(sources, near=near)
    texts = texts_of(gathered)
    grouping = group(corpus(gathered, texts)) if near else None
    sizes = texts.copies if grouping is None else _sizes(texts, grouping)
    return Duplication(
        whole=_copies(texts, grouping),
        shards={source.shard: _alone(part, near=near) for source, part in gathered.shards()},
        pairs=_examples(gathered, texts, grouping, sizes),
        largest_cluster=largest if (largest := int(sizes.max(initial=0))) > 1 else 0,
        boilerplate=0 if grouping is None else grouping.boilerplate,
    )


def _alone(gathered: Gathered, *, near: bool) -> Copies:
    texts = texts_of(gathered)
    return _copies(texts, group(corpus(gathered, texts)) if near else None)


def _copies(texts: Texts, grouping: Grouping | None) -> Copies:
    documents = len(texts.text_of)
    clusters = 0 if grouping is None else len(np.unique(grouping.labels))
    return Copies(documents, documents - len(texts.first), None if grouping is None else documents - clusters)


def _sizes(texts: Texts, grouping: Grouping) -> Ids:
    """How many documents the cluster of each text has, at the text that is its label; 0 at the others."""
    sizes = np.zeros(len(texts.first), dtype=np.int64)
    np.add.at(sizes, grouping.labels, texts.copies)
    return sizes


def _examples(gathered: Gathered, texts: Texts, grouping: Grouping | None, sizes: Ids) -> tuple[Pair, ...]:
    equal = equal_pairs(texts, gathered.place)
    if grouping is None:
        return examples(equal, ())
    cluster = grouping.labels[grouping.edges.one]
    best = most_alike(grouping.edges, cluster, sizes[cluster])
    documents = Edges(texts.first[best.one], texts.first[best.other], best.agreements)
    return examples(equal, estimated(documents, gathered.place, gathered.place))


def overlap(
    sources: Sequence[TextSource], against: Sequence[TextSource], *, near: bool, cache: Path | None = None
) -> Overlap:
    """How much of `against` is found in `sources`: whole documents, near-copies, and passages of 13 tokens."""
    found = cross(gather(sources, near=near), gather(against, near=near), near=near)
    fragments, shared = shared_fragments(sources, against)
    return Overlap(
        *found.counts,
        fragments=fragments,
        shared_fragments=shared,
        smallest_visible_tokens=smallest_visible_tokens(),
        pairs=found.pairs,
    )
