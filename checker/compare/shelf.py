"""Segments side by side as one corpus: which texts count, how often, and where they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.compare.chains import Placed
from checker.compare.exact import repeated
from checker.compare.runs import Ids, Slice
from checker.compare.segments import ROWS, Part, Segment, segment_of
from checker.model.likeness import Place
from checker.model.text import TextSource

# Rows that are gathered from files before their pages are given back: 256 MB of signatures.
_WINDOW = 1 << 21
_FEW = 512


class Shelf:
    """The texts of some shards as a `Corpus`; of files it holds no more in memory than a window.

    Segments may hold other shards too, and a shard may be in two of them: only the first one of each shard lives. A
    shard that is tracked twice counts twice.
    """

    def __init__(self, sources: Sequence[TextSource], segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        self.starts = [0]
        for segment in segments:
            self.starts.append(self.starts[-1] + segment.count)
        self.count = self.starts[-1]
        self.sources: dict[str, list[TextSource]] = defaultdict(list)
        for source in sorted(sources, key=lambda source: (source.dataset, source.shard)):
            self.sources[source.entry.digest].append(source)
        self.parts: dict[str, Part] = {}
        placed = [
            (start, part) for segment, start in zip(segments, self.starts, strict=False) for part in segment.parts
        ]
        self._placed = placed
        self._begins = np.array([start + part.start for start, part in placed], dtype=np.int64)
        self._times = np.array([self._choose(part) for _, part in placed], dtype=np.int64)
        self.documents = sum(self.parts[digest].documents * len(held) for digest, held in self.sources.items())
        self._living: NDArray[np.bool_] | None = None
        if not self._times.all():
            self._living = np.repeat(self._times > 0, [part.texts for _, part in placed])
        self._again = self._heads = self._stand_ins = self._more = np.empty(0, np.int64)

    def _choose(self, part: Part) -> int:
        """How often the documents of a part count."""
        if part.digest not in self.sources or part.digest in self.parts:
            return 0
        self.parts[part.digest] = part
        return len(self.sources[part.digest])

    def collapse(self) -> None:
        """Let the smallest id of equal texts stand for all of them."""
        living = np.ones(self.count, dtype=bool) if self._living is None else self._living
        again, heads = repeated(self)
        copies = self.copies_of(again)
        self._again, self._heads = again, heads
        self._stand_ins, place = np.unique(heads, return_inverse=True)
        self._more = np.zeros(len(self._stand_ins), dtype=np.int64)
        np.add.at(self._more, place, copies)
        living[again] = False
        self._living = living

    def placed(self) -> list[Placed]:
        """Where the texts of each shard stand; of one that is in two segments, in the first."""
        found = zip(self._placed, self._times.tolist(), strict=True)
        return [Placed(part.digest, start + part.start, part.texts) for (start, part), times in found if times]

    def copies_of(self, texts: Ids) -> Ids:
        """How many documents have each of the texts."""
        copies: Ids = self._rows("copies", texts).astype(np.int64)
        copies *= self._times[np.searchsorted(self._begins, texts, side="right") - 1]
        if len(self._stand_ins):
            place = np.minimum(np.searchsorted(self._stand_ins, texts), len(self._stand_ins) - 1)
            copies += np.where(self._stand_ins[place] == texts, self._more[place], 0)
        return copies

    def texts(self) -> Ids:
        """The living ids."""
        return np.arange(self.count) if self._living is None else np.flatnonzero(self._living)

    def slices(self, band: int) -> list[Slice]:
        """See `Corpus`; pages of the band before are given back."""
        for segment in self.segments:
            segment.release()
        placed = zip(self.segments, self.starts, strict=False)
        return [Slice(part.column, start + part.start) for segment, start in placed for part in segment.slices(band)]

    def signatures(self, ids: Ids) -> NDArray[np.uint8]:
        """See `Corpus`."""
        return self._rows("signatures", ids)

    def hashes(self, ids: Ids) -> NDArray[np.uint64]:
        """See `Corpus`."""
        return self._rows("hashes", ids)

    def living(self) -> NDArray[np.bool_] | None:
        """See `Corpus`."""
        return self._living

    def place(self, text: int) -> Place:
        """The first document with this text, by shard and row."""
        return self.places(text)[0]

    def places(self, text: int) -> list[Place]:
        """Documents with this text in order: the first ones, and at least two when there are so many."""
        members = [text, *self._again[self._heads == text].tolist()]
        return sorted({place for member in members for place in self._places(member)})

    def _places(self, text: int) -> list[Place]:
        at = bisect_right(self.starts, text) - 1
        segment, row = self.segments[at], text - self.starts[at]
        part = segment.parts[bisect_right([part.start for part in segment.parts], row) - 1]
        rows = [int(segment.arrays[name][row]) for name in ("first_rows", "last_rows")]
        held = self.sources[part.digest][:2]
        return [Place(source.dataset, source.shard, row) for source in held for row in rows]

    def _rows(self, name: str, ids: Ids) -> NDArray[Any]:
        """Rows of an array of all segments; large requests go through the files in order, window by window."""
        if len(self.segments) == 1 and len(ids) < _FEW:
            return self.segments[0].arrays[name][ids]
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        found = [self._window(name, ordered[begin:end], len(ids)) for begin, end in self._windows(ordered)]
        kind, shape = ROWS[name]
        rows = np.concatenate([np.empty((0, *shape), kind), *found])
        out = np.empty_like(rows)
        out[order] = rows
        return out

    def _windows(self, ordered: Ids) -> list[tuple[int, int]]:
        cuts = sorted({*self.starts, *range(0, self.count, _WINDOW)})
        bounds = [*np.searchsorted(ordered, cuts).tolist(), len(ordered)]
        return [(begin, end) for begin, end in pairwise(bounds) if begin < end]

    def _window(self, name: str, ordered: Ids, among: int) -> NDArray[Any]:
        at = bisect_right(self.starts, int(ordered[0])) - 1
        rows = self.segments[at].arrays[name][ordered - self.starts[at]]
        if among >= _FEW:
            self.segments[at].release()
        return rows


def in_memory(sources: Sequence[TextSource], *, near: bool) -> Shelf:
    """All shards in one segment that is held in memory. Raises EvidenceDamaged."""
    entries = {source.entry.digest: source.entry for source in sources}
    return Shelf(sources, [segment_of([entries[digest] for digest in sorted(entries)], near=near)])
