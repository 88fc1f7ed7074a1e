"""How much of a dataset repeats itself, and how much of another one it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from checker.compare.crossing import Crossing, cross, same_texts
from checker.compare.fragments import shared_fragments, smallest_visible_tokens
from checker.compare.grouping import Grouping, group
from checker.compare.pairs import EXAMPLES, estimated, examples, most_alike
from checker.compare.runs import Ids
from checker.compare.shelf import Shelf
from checker.compare.shelves import shelf_of
from checker.model.likeness import Copies, Duplication, Overlap, Pair
from checker.model.text import TextSource

# A side with so many times the documents of the other one is searched as it is, equal texts apart.
_MUCH_LARGER = 4


def duplication(sources: Sequence[TextSource], *, near: bool, cache: Path | None = None) -> Duplication:
    """Copies within one dataset version, whole and shard by shard; near-copies too when `near`.

    Counts depend on the documents alone, not on how they are split over shards or in which order these come. With
    `cache`, a folder, the result is kept there, and of large datasets an index. Raises EvidenceDamaged.
    """
    shelf = shelf_of(sources, near=near, cache=cache)
    shelf.collapse()
    texts = shelf.texts()
    copies = shelf.copies_of(texts)
    grouping = group(shelf) if near else None
    sizes = copies if grouping is None else np.bincount(grouping.labels[texts], weights=copies).astype(np.int64)
    clusters = None if grouping is None else int(np.count_nonzero(sizes))
    largest = int(sizes.max(initial=0))
    return Duplication(
        whole=Copies(
            shelf.documents, shelf.documents - len(texts), None if clusters is None else shelf.documents - clusters
        ),
        shards=_shards(shelf, sources),
        pairs=_examples(shelf, texts, copies, grouping, sizes),
        largest_cluster=largest if largest > 1 else 0,
        boilerplate=0 if grouping is None else grouping.boilerplate,
    )


def _shards(shelf: Shelf, sources: Sequence[TextSource]) -> dict[str, Copies]:
    parts = [(source.shard, shelf.parts[source.entry.digest]) for source in sources]
    return {shard: Copies(part.documents, part.documents - part.texts, part.near) for shard, part in sorted(parts)}


def _examples(shelf: Shelf, texts: Ids, copies: Ids, grouping: Grouping | None, sizes: Ids) -> tuple[Pair, ...]:
    largest = texts[_largest(copies)]
    equal = [Pair(*shelf.two_places(int(text)), 1.0, exact=True) for text in largest]
    if grouping is None:
        return examples(equal, ())
    cluster = grouping.labels[grouping.edges.one]
    best = most_alike(grouping.edges, cluster, sizes[cluster])
    return examples(equal, estimated(best, shelf.place, shelf.place))


def _largest(copies: Ids) -> Ids:
    """Places of the texts with the most copies, of those that have any."""
    order = np.argsort(-copies, kind="stable")[:EXAMPLES]
    return order[copies[order] > 1]


def overlap(
    sources: Sequence[TextSource], against: Sequence[TextSource], *, near: bool, cache: Path | None = None
) -> Overlap:
    """How much of `against` is found in `sources`: whole documents, near-copies, and passages of 13 tokens.

    `cache` as for `duplication`. Raises EvidenceDamaged.
    """
    ours, theirs = (shelf_of(side, near=near, cache=cache) for side in (sources, against))
    for side, other in ((ours, theirs), (theirs, ours)):
        if side.documents <= _MUCH_LARGER * other.documents:
            side.collapse()
    found = cross(ours, theirs, near=near)
    fragments, shared = shared_fragments(sources, against)
    return Overlap(
        documents=ours.documents,
        against_documents=theirs.documents,
        exact=_documents(ours, found.equal[0]),
        near=_documents(ours, np.concatenate((found.equal[0], found.near.one))) if near else None,
        covered_exact=_documents(theirs, found.equal[1]),
        covered_near=_documents(theirs, np.concatenate((found.equal[1], found.near.other))) if near else None,
        fragments=fragments,
        shared_fragments=shared,
        smallest_visible_tokens=smallest_visible_tokens(),
        pairs=_crossing_examples(ours, theirs, found),
    )


def _documents(shelf: Shelf, texts: Ids) -> int:
    """How many documents have one of these texts."""
    return int(shelf.copies_of(same_texts(shelf, np.unique(texts))).sum())


def _crossing_examples(ours: Shelf, theirs: Shelf, found: Crossing) -> tuple[Pair, ...]:
    one, first = np.unique(found.equal[0], return_index=True)
    copies = ours.copies_of(one)
    chosen = np.argsort(-copies, kind="stable")[:EXAMPLES]
    other = found.equal[1][first]
    equal = [Pair(ours.place(int(one[at])), theirs.place(int(other[at])), 1.0, exact=True) for at in chosen]
    best = most_alike(found.near, found.near.one, ours.copies_of(found.near.one))
    return examples(equal, estimated(best, ours.place, theirs.place))
