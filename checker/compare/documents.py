"""The documents with text of several shards, one after the other, and the distinct texts among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.exact import first_of_equal
from checker.compare.grouping import Held
from checker.compare.runs import Ids
from checker.model.likeness import Place
from checker.model.text import SIGNATURE_VALUES, TextSource


class Gathered(NamedTuple):
    """`starts` has one entry more than `sources`: where the documents of each begin. Ids ascend as places do."""

    sources: tuple[TextSource, ...]
    starts: Ids
    hashes: NDArray[np.uint64]
    signatures: NDArray[np.uint8]
    rows: NDArray[np.uint32]

    def place(self, document: int) -> Place:
        """Where a document stands."""
        source = self.sources[int(np.searchsorted(self.starts, document, side="right")) - 1]
        return Place(source.dataset, source.shard, int(self.rows[document]))

    def shards(self) -> list[tuple[TextSource, Gathered]]:
        """Each shard alone."""
        bounds = zip(self.sources, self.starts[:-1], self.starts[1:], strict=True)
        return [(source, self._part(source, begin, end)) for source, begin, end in bounds]

    def _part(self, source: TextSource, begin: int, end: int) -> Gathered:
        starts = np.array([0, end - begin], dtype=np.int64)
        signatures = self.signatures[begin:end]
        return Gathered((source,), starts, self.hashes[begin:end], signatures, self.rows[begin:end])


class Texts(NamedTuple):
    """Distinct texts. `first[t]` is the first document of text t, `copies[t]` how many documents have it.

    `text_of[d]` is the text of document d.
    """

    first: Ids
    copies: Ids
    text_of: Ids


def gather(sources: Sequence[TextSource], *, near: bool) -> Gathered:
    """Documents that have a token, shard by shard in the order of their names; signatures only when asked for."""
    ordered = tuple(sorted(sources, key=lambda source: (source.dataset, source.shard, source.entry.digest)))
    hashes: list[NDArray[np.uint64]] = [np.empty((0, 2), np.uint64)]
    signatures: list[NDArray[np.uint8]] = [np.empty((0, SIGNATURE_VALUES), np.uint8)]
    rows: list[NDArray[np.uint32]] = [np.empty(0, np.uint32)]
    for source in ordered:
        documents = source.entry.documents()
        full = documents.tokens > 0
        hashes.append(documents.hashes[full])
        rows.append(documents.rows[full])
        if near:
            signatures.append(documents.signatures[full])
    starts = np.cumsum([len(part) for part in rows]).astype(np.int64)
    return Gathered(ordered, starts, np.concatenate(hashes), np.concatenate(signatures), np.concatenate(rows))


def texts_of(gathered: Gathered) -> Texts:
    """The distinct texts, in the order of their first documents."""
    head = first_of_equal(gathered.hashes)
    first, text_of, copies = np.unique(head, return_inverse=True, return_counts=True)
    return Texts(first, copies, text_of)


def corpus(gathered: Gathered, texts: Texts) -> Held:
    """The distinct texts, to be grouped."""
    return Held(gathered.hashes[texts.first], gathered.signatures[texts.first])
