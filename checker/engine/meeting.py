"""Lets the texts of a dataset meet on an engine: a key file for each shard, then the links across all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine.kernels import keys_one
from checker.engine.ranges import parts_for
from checker.engine.seam import Descriptor, Engine, KeyFile, Measured, Work
from checker.errors import EngineError, EvidenceDamaged
from checker.measure.shards import ObjectSource, Plan, tasks_of
from checker.model.composition import Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.model.text import BANDS, TextSource
from checker.store import EvidenceCache
from checker.store.entries import KEYS, Name
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
            with closing(self.engine().group(files, bucket_edges, self.cache, parts)) as found:
                for links in found:
                    yield BandLinks(links.part * _BANDS_OF_ALL // parts, links.edges)

    def files(self, placed: Sequence[Placed]) -> list[KeyFile]:
        """The key files of the shards, made where there are none; in the order of the ids."""
        wanted = {self.descriptors[one.digest].task.shard.hash: one for one in placed if one.texts}
        descriptors = [self.descriptors[one.digest] for one in wanted.values()]
        files = []
        work = Work(keys_one, self.store(), self.cache)
        with closing(self.engine().map_shards(descriptors, work)) as finished:
            for descriptor, result in finished:
                made, one = _made(descriptor, result), wanted[descriptor.task.shard.hash]
                if made.key != key_of_keys(one.digest):
                    raise EvidenceDamaged(
                        f"{descriptor.task.shard.path}: the evidence about its text is another one for the engine",
                        hint="run the command again, which measures it",
                    )
                files.append(KeyFile(made.key, made.digest, one.start, BANDS * one.texts))
        self.cache.expect([Name(file.key, KEYS) for file in files])
        return sorted(files, key=lambda file: file.first)


def descriptors_of(
    version: DatasetVersion, settings: DatasetSettings, texts: Sequence[TextSource]
) -> Mapping[str, Descriptor]:
    """A descriptor for each piece of text evidence, by its digest; of several shards with equal text, that of one."""
    plan = Plan(text=False, settings=settings, signatures=True)
    tasks = tasks_of(((version, shard) for shard in version.shards or ()), settings)
    by_hash = {task.shard.hash: Descriptor(task, plan) for task in tasks}
    ordered = sorted(texts, key=lambda text: text.shard_hash, reverse=True)
    return {text.entry.digest: by_hash[text.shard_hash] for text in ordered}


def _made(descriptor: Descriptor, result: Measured | Unmeasured) -> Measured:
    """Raises EngineError where there are no keys."""
    path = descriptor.task.shard.path
    if isinstance(result, Unmeasured):
        raise EngineError(f"the keys of the texts of a shard cannot be made: {result.reason}", hint=result.fix)
    if result.trouble:
        raise EngineError(f"{path}: {result.trouble}", hint="make room there, then run again")
    return result
