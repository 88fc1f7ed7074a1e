"""Puts the entries of a dataset version together: from the folder, its rollup in the store, or the store itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from checker.measure.names import rollup_name
from checker.measure.shards import Plan, Task, key_of, tasks_of, text_key_of
from checker.model.dataset import Dataset, DatasetVersion
from checker.store import EvidenceCache
from checker.store.entries import COMPOSITION, TEXT, Kept, Name, encode_entry
from checker.store.heads import text_heads
from checker.store.lists import list_name
from checker.store.rollup import Rollup, TextHead, read_rollup
from checker.store.shared import SharedStore
from checker.store.signing import Signed


class Draft(NamedTuple):
    """A rollup of a dataset in the making, and what the store has under its name."""

    dataset: str
    name: Name
    rollup: Rollup
    there: Rollup | None


class Drafting:
    """Drafts rollups for the store behind a cache; what comes from there must be signed where that is demanded."""

    def __init__(self, cache: EvidenceCache, target: SharedStore, signed: Signed, key: bytes | None) -> None:
        self._cache, self._target, self._signed, self._key = cache, target, signed, key

    def draft(self, dataset: Dataset) -> Draft | None:
        """None where something is lacking: another slice is yet to be measured. Raises EvidenceUnreachable."""
        version, name = dataset.version, rollup_name(dataset.version, dataset.settings)
        if version.shards is None or name is None:
            return None
        there = self._cache.shared.find(name, None, read_rollup) if self._cache.shared else None
        if there is not None:
            self._cache.know(name, there)
        tasks = tasks_of(((version, shard) for shard in version.shards), dataset.settings)
        plan = Plan(text=True, settings=dataset.settings, signatures=True)
        kept = self._compositions(tasks, plan) or self._compositions(tasks, replace(plan, text=False))
        texts = None if kept is None else self._texts(tasks, plan, kept.values())
        if kept is None or texts is None:
            return None
        compositions = {key: encode_entry(key, one) for key, one in kept.items()}
        return Draft(dataset.name, name, Rollup(self._lists(version), compositions, texts), there)

    def _lists(self, version: DatasetVersion) -> Mapping[str, bytes]:
        oid = version.hash or ""
        data = self._cache.shard_list(oid, version.hash_name) if oid.endswith(".dir") else None
        return {} if data is None else {list_name(oid, version.hash_name).key: data}

    def _compositions(self, tasks: Sequence[Task], plan: Plan) -> Mapping[str, Kept] | None:
        """One a task, in their order; None when one is lacking."""
        names = [Name(key_of(task, plan), COMPOSITION) for task in tasks]
        missing = [name for name in names if not self._cache.holds(name)]
        if self._held(missing) != frozenset(missing):
            return None
        self._cache.prefetch(missing)
        found = {name.key: self._cache.get(name.key) for name in names}
        kept = {key: one for key, one in found.items() if one is not None}
        return kept if len(kept) == len(tasks) else None

    def _texts(self, tasks: Sequence[Task], plan: Plan, kept: Collection[Kept]) -> Mapping[str, TextHead] | None:
        """The heads of all; none where no text was read at all, None when only some are known."""
        records = {
            Name(text_key_of(task, plan, one.composition), TEXT): one.composition.records
            for task, one in zip(tasks, kept, strict=True)
        }
        here = {name: head for name in records if (head := self._head(name)) is not None}
        missing = [name for name in records if name not in here]
        held = self._held(missing)
        there = text_heads(self._target, held, self._signed, self._key) if len(held) == len(missing) else {}
        heads = {name.key: head for name, head in chain(here.items(), there.items()) if head.records == records[name]}
        return heads if len(heads) in (0, len(records)) and not (held and not heads) else None

    def _head(self, name: Name) -> TextHead | None:
        entry = self._cache.text(name.key) if self._cache.holds(name) else None
        return None if entry is None else TextHead(entry.digest, entry.records)

    def _held(self, names: Collection[Name]) -> frozenset[Name]:
        """Which of the entries the store has."""
        if not names:
            return frozenset()
        found = {name for name, _, _ in self._target.names({name.key for name in names})}
        return frozenset(found.intersection(names))
