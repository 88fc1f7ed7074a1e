"""The distinct texts of some shards, side by side: what comparisons read, in memory or in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import slices_of
from checker.compare.exact import first_of_equal
from checker.compare.grouping import Held, group
from checker.compare.runs import Slice
from checker.model.text import SIGNATURE_VALUES, Documents, TextEntry

Arrays = Mapping[str, NDArray[Any]]

# Of each text: its hash, its signature, the first and the last row that has it, and how many have it.
ROWS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "hashes": ("<u8", (2,)),
    "signatures": ("|u1", (SIGNATURE_VALUES,)),
    "first_rows": ("<u4", ()),
    "last_rows": ("<u4", ()),
    "copies": ("<u4", ()),
}


class Part(NamedTuple):
    """One shard within a segment: `texts` distinct ones from `start` on, of `documents` with text.

    `near`: documents minus clusters within this shard alone; None where there are no signatures.
    """

    digest: str
    start: int
    texts: int
    documents: int
    near: int | None = None


class Segment:
    """Texts of one or more shards; ids count from 0, and those of equal texts within a shard are one."""

    def __init__(self, parts: Iterable[Part], arrays: Arrays) -> None:
        self.parts = tuple(parts)
        self.count = sum(part.texts for part in self.parts)
        self.arrays = arrays

    def slices(self, index: int) -> list[Slice]:
        """See `Corpus`."""
        return slices_of(self.arrays["hashes"], self.arrays["signatures"], index)

    def release(self) -> None:
        """Forget what of a file lies in memory; it is read again when needed."""


def segment_of(entries: Iterable[TextEntry], *, near: bool) -> Segment:
    """The evidence of some shards. Without `near` there are no signatures. Raises EvidenceDamaged."""
    parts: list[Part] = []
    columns: dict[str, list[NDArray[Any]]] = {
        name: [np.empty((0, *shape), kind)] for name, (kind, shape) in ROWS.items()
    }
    start = 0
    for entry in entries:
        arrays, documents = _distinct(entry.documents(), near=near)
        clusters = _clusters(arrays) if near else None
        copies = None if clusters is None else documents - clusters
        parts.append(Part(entry.digest, start, len(arrays["copies"]), documents, copies))
        start += parts[-1].texts
        for name, array in arrays.items():
            columns[name].append(array)
    return Segment(parts, {name: np.concatenate(found) for name, found in columns.items()})


def _clusters(arrays: Arrays) -> int:
    labels = group(Held(arrays["hashes"], arrays["signatures"])).labels
    return int(np.count_nonzero(labels == np.arange(len(labels))))


def _distinct(documents: Documents, *, near: bool) -> tuple[dict[str, NDArray[Any]], int]:
    """The distinct texts of a shard in the order of their first rows; documents without a token take no part."""
    full = np.flatnonzero(documents.tokens)
    hashes, rows = documents.hashes[full], documents.rows[full]
    first, inverse, copies = np.unique(first_of_equal(hashes), return_inverse=True, return_counts=True)
    last = np.zeros(len(first), dtype=np.int64)
    last[inverse] = np.arange(len(full))  # of several the last one stays
    arrays: dict[str, NDArray[Any]] = {
        "hashes": hashes[first],
        "first_rows": rows[first],
        "last_rows": rows[last],
        "copies": copies.astype(np.uint32),
    }
    if near:
        arrays["signatures"] = documents.signatures[full[first]]
    return arrays, len(full)
