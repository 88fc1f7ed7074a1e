"""What the documents that a version adds have in common with its base and with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from checker.compare.crossing import cross, equal_between
from checker.compare.grouping import Held, group
from checker.compare.kept import Kept, decode_growth
from checker.compare.runs import Ids
from checker.compare.shelf import Shelf, in_memory
from checker.compare.shelves import shelf_of
from checker.model.likeness import Growth
from checker.model.text import TextSource


def growth(
    sources: Sequence[TextSource], base: Sequence[TextSource], *, near: bool, cache: Path | None = None
) -> Growth:
    """How much of what `sources` have beyond `base` repeats the base or itself. `cache` as for `duplication`."""
    kept = Kept(cache, "growth", near, sources, base)
    return kept.get(decode_growth) or kept.put(_growth(sources, base, near, cache))


def _growth(sources: Sequence[TextSource], base: Sequence[TextSource], near: bool, cache: Path | None) -> Growth:
    """Shards that both have cancel out, so only the others are read on the side of the new version."""
    gone, came = _unshared(base, sources), _unshared(sources, base)
    new, old = in_memory(came, near=near), in_memory(gone, near=False)
    new.collapse()
    texts = new.texts()
    added = np.maximum(0, new.copies_of(texts) - _copies_in(old, _alone(new, texts)))
    texts, added = texts[added > 0], added[added > 0]
    whole = shelf_of(base, near=near, cache=cache)
    fresh = Held(new.hashes(texts), new.signatures(texts)) if near else _alone(new, texts)
    found = cross(fresh, whole, near=near)
    known = np.isin(np.arange(fresh.count), found.equal[0])
    total, repeated = int(added.sum()), int(added.sum()) - int(np.count_nonzero(~known))
    if not near:
        return Growth(total, repeated, None)
    # An added text that the base has already is no link between others: only what is new can be a new cluster.
    labels = group(fresh).labels
    tied = np.zeros(fresh.count, dtype=bool)
    tied[labels[np.concatenate((found.equal[0], found.near.one))]] = True
    return Growth(total, repeated, total - int(np.count_nonzero(~tied[np.unique(labels)])))


def _unshared(ours: Sequence[TextSource], theirs: Sequence[TextSource]) -> list[TextSource]:
    """Our shards without those that the other side has too, as often as it has them."""
    left = Counter(source.entry.digest for source in theirs)
    unshared = []
    for source in ours:
        if left[source.entry.digest]:
            left[source.entry.digest] -= 1
        else:
            unshared.append(source)
    return unshared


def _alone(shelf: Shelf, texts: Ids) -> Held:
    """Some texts by their hashes only."""
    return Held(shelf.hashes(texts), np.empty((len(texts), 0), np.uint8))


def _copies_in(shelf: Shelf, texts: Held) -> Ids:
    """How many documents of a shelf have each of the texts."""
    copies = np.zeros(texts.count, dtype=np.int64)
    which, found = equal_between(texts, shelf)
    np.add.at(copies, which, shelf.copies_of(found))
    return copies
