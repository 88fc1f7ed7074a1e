"""The pairs that headwater finds, on the way that its checks take: kernels, evidence of a shard, duplication."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from itertools import combinations
from typing import NamedTuple

import numpy as np

from checker.compare import duplication
from checker.compare.grouping import near_pairs
from checker.compare.shelf import in_memory
from checker.kernels import text_pass
from checker.model.likeness import Copies
from checker.model.text import ShardText, TextEntry, TextSource

BACKENDS = ("numba", "numpy")


Pairs = frozenset[tuple[int, int]]


class Found(NamedTuple):
    """Pairs of places, the smaller one first, of equal texts and of near ones; the CPU seconds; of which program."""

    exact: Pairs
    near: Pairs
    seconds: float
    version: str = ""
    whole: Copies = Copies(0, 0)

    @property
    def every(self) -> Pairs:
        """Equal or near."""
        return self.exact | self.near


class Disagreement(Exception):
    """The pairs are not those that the product counts."""


def find(texts: Sequence[str], backend: str) -> Found:
    """Sweep and `duplication` are timed; then its pairs are listed from the same evidence, which it only counts.

    Raises Disagreement.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    _swept(encoded[:4], backend)  # compiled code is loaded once a process
    started = time.process_time()
    source = _source(_swept(encoded, backend))
    whole = duplication([source], near=True).whole
    seconds = time.process_time() - started
    exact, near = _pairs(source)
    _agree(whole, exact | near)
    return Found(exact, near, seconds, whole=whole)


def _swept(encoded: Sequence[bytes], backend: str) -> ShardText:
    ends = np.cumsum([0, *(len(text) for text in encoded)]).astype(np.int64)
    sweep = text_pass(backend)
    if sweep.backend != backend:
        raise RuntimeError(sweep.note)
    sweep.add(np.frombuffer(b"".join(encoded), np.uint8), ends, np.arange(1, len(encoded) + 1, dtype=np.uint32))
    return sweep.finish()


def _source(text: ShardText) -> TextSource:
    """A shard whose evidence is held in memory, addressed by its content."""
    digest = sha256(text.documents.hashes.tobytes() + text.documents.signatures.tobytes()).hexdigest()
    return TextSource("data", "planted", digest[:32], TextEntry(digest, digest, text.stats.records, lambda: text))


def _pairs(source: TextSource) -> tuple[Pairs, Pairs]:
    """All pairs of equal texts, and all verified pairs of near ones with each of their copies."""
    documents = source.entry.documents()
    places: dict[bytes, list[int]] = defaultdict(list)
    for place in np.flatnonzero(documents.tokens).tolist():
        places[documents.hashes[place].tobytes()].append(place)
    exact = frozenset(pair for same in places.values() for pair in combinations(same, 2))
    shelf = in_memory([source], near=True)
    edges = near_pairs(shelf)
    ends = [[places[row.tobytes()] for row in shelf.hashes(ids)] for ids in (edges.one, edges.other)]
    near = frozenset((min(a, b), max(a, b)) for ones, others in zip(*ends, strict=True) for a in ones for b in others)
    return exact, near


def _agree(whole: Copies, every: Pairs) -> None:
    """Both count the same clusters."""
    links = {place: place for pair in every for place in pair}
    for one, other in every:
        links[_root(links, one)] = _root(links, other)
    extra = sum(place != link for place, link in links.items())
    if extra != whole.near:
        raise Disagreement(f"the pairs make {extra} documents near-copies, `duplication` counts {whole.near}")


def _root(links: dict[int, int], place: int) -> int:
    while links[place] != place:
        links[place] = place = links[links[place]]
    return place
