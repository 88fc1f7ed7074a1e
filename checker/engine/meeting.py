"""Lets the texts of a dataset meet on an engine: a key file for each shard, then the links across all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine.kernels import keys_one
from checker.engine.ranges import parts_for
from checker.engine.seam import Descriptor, Engine, KeyFile, Measured, Named, Work
from checker.errors import EngineError, EvidenceDamaged
from checker.measure.shards import ObjectSource, Plan, tasks_of
from checker.model.composition import Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.model.text import BANDS, TextSource
from checker.store import EvidenceCache
from checker.store.entries import KEYS, TEXT, Name
from checker.store.keys_layout import BAND_SHIFT, key_of_keys

if TYPE_CHECKING:
    from checker.compare.chains import BandLinks, Placed

# The band is the first five bits of a key, and parts cut the whole range of keys.
_BANDS_OF_ALL = 2 ** (64 - BAND_SHIFT)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A `Meet` (checker/compare/chains.py). `descriptors` are those of the shards, by the digest of their text.

    The engine is asked for when texts are to meet: a result that is kept needs none.
    """

    engine: Callable[[], Engine]
    descriptors: Mapping[str, Descriptor]
    store: Callable[[], ObjectSource]
    cache: EvidenceCache

    def __call__(self, placed: Sequence[Placed]) -> Iterator[BandLinks]:
        """The links of all shards. Raises EngineError, EvidenceDamaged."""
        from checker.compare import bucket_edges
        from checker.compare.chains import BandLinks

        files = self.files(placed)
        parts = parts_for(sum(file.entries for file in files))
        if len(files) > 1 or any(one.texts > 1 for one in placed):
            try:
                with closing(self.engine().group(files, bucket_edges, self.cache, parts)) as found:
                    for links in found:
                        yield BandLinks(links.part * _BANDS_OF_ALL // parts, links.edges)
            except EvidenceDamaged:
                self._forget(files)
                raise

    def files(self, placed: Sequence[Placed]) -> list[KeyFile]:
        """The key files of the shards, made where there are none; in the order of the ids."""
        wanted = sorted((one for one in placed if one.texts), key=lambda one: one.start)
        found = {one.digest: self._known(one.digest) for one in wanted}
        made = self._made([self.descriptors[digest] for digest, known in found.items() if known is None])
        return [
            KeyFile(
                key_of_keys(one.digest),
                found[one.digest] or made[self.descriptors[one.digest].task.shard.hash],
                one.start,
                BANDS * one.texts,
            )
            for one in wanted
        ]

    def _known(self, text: str) -> str | None:
        """The digest of the keys that follow from the text evidence, if they are on this machine."""
        keys = EvidenceCache(self.cache.path).keys(key_of_keys(text))
        return keys.digest if keys is not None else None

    def _made(self, descriptors: Sequence[Descriptor]) -> dict[str, str]:
        """The digests of the keys that the engine makes, or finds, by the hash of the shard."""
        if not descriptors:
            return {}
        with closing(self.engine().map_shards(descriptors, Work(keys_one, self.store(), self.cache))) as finished:
            return {descriptor.task.shard.hash: _whole(descriptor, result) for descriptor, result in finished}

    def _forget(self, files: Sequence[KeyFile]) -> None:
        """Keys may be good here, and damaged where workers read them: next time the engine looks at all of them."""
        if self.cache.path is not None:
            for file in files:
                (self.cache.path / Name(file.key, KEYS).path).unlink(missing_ok=True)


def descriptors_of(
    version: DatasetVersion, settings: DatasetSettings, texts: Sequence[TextSource]
) -> Mapping[str, Descriptor]:
    """A descriptor for each piece of text evidence, by its digest; of several shards with equal text, that of one."""
    plan = Plan(text=False, settings=settings)
    tasks = tasks_of(((version, shard) for shard in version.shards or ()), settings)
    by_hash = {task.shard.hash: task for task in tasks}
    ordered = sorted(texts, key=lambda text: text.shard_hash, reverse=True)
    return {
        text.entry.digest: Descriptor(
            by_hash[text.shard_hash], plan, Named(Name(text.entry.key, TEXT), text.entry.digest)
        )
        for text in ordered
    }


def _whole(descriptor: Descriptor, result: Measured | Unmeasured) -> str:
    """The digest of a shard's keys. Raises EngineError where there are none."""
    if isinstance(result, Unmeasured):
        raise EngineError(f"the keys of the texts of a shard cannot be made: {result.reason}", hint=result.fix)
    if result.trouble:
        raise EngineError(f"{descriptor.task.shard.path}: {result.trouble}", hint="make room there, then run again")
    return result.digest
