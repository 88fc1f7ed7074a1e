"""How much of a dataset repeats itself, and how much of another one it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checker.compare.chains import Meet
from checker.compare.crossing import Crossing, cross, same_texts
from checker.compare.fragments import shared_fragments, smallest_visible_tokens
from checker.compare.grouping import Grouping, group
from checker.compare.kept import Kept, decode_duplication, decode_overlap
from checker.compare.pairs import EXAMPLES, estimated, examples, in_order, most_alike, most_copied
from checker.compare.runs import Ids
from checker.compare.shelf import Shelf
from checker.compare.shelves import shelf_of
from checker.compare.verifying import Edges
from checker.model.likeness import Copies, Duplication, Overlap, Pair, Place
from checker.model.text import TextSource

# A side with so many times the documents of the other one is searched as it is, equal texts apart.
_MUCH_LARGER = 4


def duplication(
    sources: Sequence[TextSource], *, near: bool, cache: Path | None = None, meet: Meet | None = None
) -> Duplication:
    """Copies within one dataset version, whole and shard by shard; near-copies too when `near`.

    Counts depend on the documents alone, not on how they are split over shards or in which order these come. With
    `cache`, a folder, the result is kept there, and of large datasets an index. With `meet` texts that share a band are
    found by somebody else (an engine); the result is the same. Raises EvidenceDamaged.
    """
    kept = Kept(cache, "duplication", near, sources)
    return kept.get(decode_duplication) or kept.put(_duplication(sources, near, cache, meet))


def _duplication(sources: Sequence[TextSource], near: bool, cache: Path | None, meet: Meet | None) -> Duplication:
    shelf = shelf_of(sources, near=near, cache=cache)
    shelf.collapse()
    texts = shelf.texts()
    copies = shelf.copies_of(texts)
    grouping = group(shelf, links=meet(shelf.placed()) if meet is not None else None) if near else None
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
    largest = most_copied(texts[copies > 1], copies[copies > 1], shelf.hashes)
    equal = [Pair(*_first_two(shelf.places(int(text))), 1.0, exact=True) for text in largest]
    if grouping is None:
        return examples(equal, ())
    cluster = grouping.labels[grouping.edges.one]
    best = most_alike(grouping.edges, cluster, sizes[cluster], _hashes(shelf, shelf, grouping.edges))
    return examples(equal, [in_order(pair) for pair in estimated(best, shelf.place, shelf.place)])


def _first_two(places: Sequence[Place]) -> tuple[Place, Place]:
    return places[0], places[1]


def _hashes(ours: Shelf, theirs: Shelf, edges: Edges) -> NDArray[np.uint64]:
    """One number for each edge, whichever of its documents comes first."""
    one, other = ours.hashes(edges.one)[:, 0], theirs.hashes(edges.other)[:, 0]
    mixed: NDArray[np.uint64] = np.minimum(one, other) + (np.maximum(one, other) << np.uint64(1))
    return mixed


def overlap(
    sources: Sequence[TextSource], against: Sequence[TextSource], *, near: bool, cache: Path | None = None
) -> Overlap:
    """How much of `against` is found in `sources`: whole documents, near-copies, and passages of 13 tokens.

    `cache` as for `duplication`. Raises EvidenceDamaged.
    """
    kept = Kept(cache, "overlap", near, sources, against)
    return kept.get(decode_overlap) or kept.put(_overlap(sources, against, near, cache))


def _overlap(sources: Sequence[TextSource], against: Sequence[TextSource], near: bool, cache: Path | None) -> Overlap:
    ours, theirs = (shelf_of(side, near=near, cache=cache) for side in (sources, against))
    for side, other in ((ours, theirs), (theirs, ours)):
        if side.documents <= _MUCH_LARGER * other.documents:
            side.collapse()
    found = cross(ours, theirs, near=near)
    fragments = shared_fragments(sources, against)
    return Overlap(
        documents=ours.documents,
        against_documents=theirs.documents,
        exact=_documents(ours, found.equal[0]),
        near=_documents(ours, np.concatenate((found.equal[0], found.near.one))) if near else None,
        covered_exact=_documents(theirs, found.equal[1]),
        covered_near=_documents(theirs, np.concatenate((found.equal[1], found.near.other))) if near else None,
        fragments=fragments.distinct,
        shared_fragments=fragments.shared,
        smallest_visible_tokens=smallest_visible_tokens(fragments.known_up_to),
        pairs=_crossing_examples(ours, theirs, found),
    )


def _documents(shelf: Shelf, texts: Ids) -> int:
    """How many documents have one of these texts."""
    return int(shelf.copies_of(same_texts(shelf, np.unique(texts))).sum())


def _crossing_examples(ours: Shelf, theirs: Shelf, found: Crossing) -> tuple[Pair, ...]:
    ones, others = found.equal
    texts = np.unique(ones)
    equal = []
    for text in most_copied(texts, ours.copies_of(texts), ours.hashes):
        partners = others[ones == text][:EXAMPLES]
        place = min(theirs.place(int(partner)) for partner in partners)
        equal.append(Pair(ours.place(int(text)), place, 1.0, exact=True))
    near = found.near
    best = most_alike(near, near.one, ours.copies_of(near.one), _hashes(ours, theirs, near))
    return examples(equal, estimated(best, ours.place, theirs.place))
