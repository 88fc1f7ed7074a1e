"""What is done with one shard: plain functions of a module, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.errors import EvidenceDamaged
from checker.measure.shards import measure, recall
from checker.model.composition import Measurement, Unmeasured
from checker.store import EvidenceCache
from checker.store.entries import Kept
from checker.store.reverify import differs


def measure_one(descriptor: Descriptor, work: Work) -> Result:
    """Measure a shard, or find that it is known, and leave the evidence in the cache."""
    found = measure(descriptor.task, work.store, descriptor.plan, work.cache, None)
    if isinstance(found, Unmeasured):
        return found
    return _measured(found, trouble="" if work.cache.writable else work.cache.note)


def verify_one(descriptor: Descriptor, work: Work) -> Result:
    """Measure a shard again, as if nothing were known, and hold it against what the cache has."""
    again = measure(descriptor.task, work.store, descriptor.plan, EvidenceCache(None), None)
    if isinstance(again, Unmeasured):
        return again
    kept = recall(descriptor.task, descriptor.plan, work.cache)
    return _measured(again, differs=("evidence",) if kept is None else tuple(_differences(again, kept)))


def keys_one(descriptor: Descriptor, work: Work) -> Measured:
    """Make the sorted keys of a shard's texts, or find that they are known, and leave them in the cache.

    They follow from the evidence `descriptor.text`, which is not read where they are known. The result names them:
    `key` and `digest` are theirs. Raises EvidenceDamaged where that evidence is not there, or another one.
    """
    from checker.compare.keying import bands_of, distinct_signatures
    from checker.store.keys_layout import Head, key_of_keys

    shard, text = descriptor.task.shard, descriptor.text
    assert text is not None  # noqa: S101 - who asks for keys says of which text
    known = work.cache.keys(key_of_keys(text.digest))
    if known is None:
        entry = work.cache.text(text.name.key)
        if entry is None or entry.digest != text.digest:
            why = "not there" if entry is None else "another one where its keys are made"
            raise EvidenceDamaged(
                f"{shard.path}: the evidence about its text is {why}", hint="run the command again, which measures it"
            )
        signatures = distinct_signatures(entry.documents())
        known = work.cache.keep_keys(Head(text.digest, len(signatures)), bands_of(signatures))
    if known is None:
        return Measured(shard.hash, "", "", trouble=work.cache.note)
    return Measured(shard.hash, known.key, known.digest)


def recall_any(descriptor: Descriptor, cache: EvidenceCache) -> tuple[Descriptor, Measurement] | None:
    """What is known of a shard: all that its plan wants, else the composition alone, with the plan that fits."""
    task, plan, _ = descriptor
    for one in (plan, replace(plan, signatures=False)):
        found = recall(task, one, cache)
        if found is not None:
            return Descriptor(task, one), found
    return None


def _measured(found: Measurement, trouble: str = "", differs: tuple[str, ...] = ()) -> Measured:
    text_key = found.text.key if found.text is not None else ""
    return Measured(found.shard_hash, found.key, found.digest, text_key, trouble, differs, found.note)


def _differences(again: Measurement, kept: Measurement) -> Iterator[str]:
    if differs(Kept(again.composition, again.digest), Kept(kept.composition, kept.digest)):
        yield "composition"
    if again.text is not None and kept.text is not None:
        try:
            if differs(again.text.load(), kept.text.load()):
                yield "text"
        except EvidenceDamaged:
            yield "text"
