"""Reads the texts of documents that a finding cites once more, for their exact similarity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import DatasetError, ObjectError, RecordError
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.likeness import Pair, Place
from checker.model.text import TextSource
from checker.shards import Store
from checker.store.encoding import canonical
from checker.store.results import Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# More than this is not read for the sake of an example; its similarity then stays an estimate.
_MOST_BYTES = 256 * 1024 * 1024


class Origin(NamedTuple):
    """Where the text of a shard comes from, and how its records are read."""

    version: DatasetVersion
    shard: Shard
    settings: DatasetSettings
    digest: str


class Rereader:
    """Gives pairs their exact similarity, from shards that lie on this machine; nothing is fetched for it."""

    def __init__(self, store: Store, results: Results) -> None:
        self._store, self._results = store, results
        self._left = _MOST_BYTES
        self._origins: dict[tuple[str, str], Origin | None] = {}

    def know(self, source: TextSource, version: DatasetVersion, shard: Shard, settings: DatasetSettings) -> None:
        """Remember where a shard is; one whose name means two contents is not read."""
        origin = Origin(version, shard, settings, source.entry.digest)
        known = self._origins.setdefault((source.dataset, source.shard), origin)
        if known is not None and known.shard.hash != shard.hash:
            self._origins[source.dataset, source.shard] = None

    def exact(self, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
        """The pairs, with the similarity of their texts where those could be read."""
        kept = tuple(self._kept(pair) for pair in pairs)
        open_pairs = [pair for pair in kept if not pair.exact]
        if not open_pairs:
            return kept
        from checker.compare import with_exact

        texts = self._texts({place for pair in open_pairs for place in (pair.one, pair.other)})
        done = with_exact(kept, texts.get)
        for pair in done:
            key = self._key(pair)
            if pair.exact and key:
                self._results.put("jaccard", key, {"similarity": pair.similarity})
        return done

    def _kept(self, pair: Pair) -> Pair:
        key = "" if pair.exact else self._key(pair)
        kept = self._results.get("jaccard", key) if key else None
        return pair if kept is None else pair._replace(similarity=float(kept["similarity"]), exact=True)

    def _key(self, pair: Pair) -> str:
        """The digests of the evidence tell the texts apart, wherever they lie."""
        from checker.kernels import KERNEL_VERSION

        places = []
        for place in (pair.one, pair.other):
            origin = self._origins.get((place.dataset, place.shard))
            if origin is None:
                return ""
            places.append([origin.digest, place.row])
        return sha256(canonical([KERNEL_VERSION, sorted(places)])).hexdigest()

    def _texts(self, places: Iterable[Place]) -> Mapping[Place, str]:
        by_shard: dict[tuple[str, str], list[Place]] = {}
        for place in sorted(places):
            by_shard.setdefault((place.dataset, place.shard), []).append(place)
        found: dict[Place, str] = {}
        for at, wanted in by_shard.items():
            origin = self._origins.get(at)
            if origin is not None and self._may_read(origin):
                texts = _rows(origin, self._store, {place.row for place in wanted})
                found.update({place: texts[place.row] for place in wanted if place.row in texts})
        return found

    def _may_read(self, origin: Origin) -> bool:
        size = self._store().local_size(origin.version, origin.shard)
        if size is None or size > self._left:
            return False
        self._left -= size
        return True


def _rows(origin: Origin, store: Store, rows: set[int]) -> Mapping[int, str]:
    """The texts of some rows of a shard; none when it cannot be read after all."""
    from checker.read.records import open_records
    from checker.read.records.bad import BadRows
    from checker.read.records.texts import TextSink

    found: dict[int, str] = {}

    def take(data: NDArray[np.uint8], offsets: NDArray[np.int64], lines: NDArray[np.uint32]) -> NDArray[np.uint32]:
        import numpy as np

        for place in np.flatnonzero(np.isin(lines, list(rows))).tolist():
            text = data[offsets[place] : offsets[place + 1]].tobytes()
            found[int(lines[place])] = text.decode("utf-8", "replace")
        return np.zeros(len(lines), np.uint32)

    sink = TextSink(take)
    try:
        with store().open(origin.version, origin.shard) as stream:
            for _ in open_records(origin.shard.path, stream, origin.settings, BadRows(), None, sink):
                pass
    except (ObjectError, DatasetError, RecordError):
        return {}
    return found
