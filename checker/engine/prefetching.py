"""Fetches what shared stores have before it is asked for one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from checker.engine.seam import Descriptor
from checker.measure.shards import key_of, text_key_of
from checker.model.composition import Composition
from checker.store import EvidenceCache
from checker.store.entries import COMPOSITION, TEXT, Name


def prefetch(descriptors: Collection[Descriptor], cache: EvidenceCache) -> None:
    """Fetch what shared stores have, several entries at a time. Of the text, what a shard without bad rows has."""
    if cache.shared is None:
        return
    names = [name for descriptor in descriptors for name in _likely(descriptor, cache)]
    cache.prefetch(names)


def _likely(descriptor: Descriptor, cache: EvidenceCache) -> Iterator[Name]:
    task, plan, _ = descriptor
    if plan.text or not cache.holds(Name(key_of(task, replace(plan, text=True)), COMPOSITION)):
        yield Name(key_of(task, plan), COMPOSITION)
    if plan.signatures:
        yield Name(text_key_of(task, plan, Composition()), TEXT)
