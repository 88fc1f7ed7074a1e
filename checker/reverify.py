"""Measures a random share of the evidence that was not made in this run again, and tells what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checker.governance import built_in
from checker.model.composition import Unmeasured
from checker.model.outcome import Outcome, Status

if TYPE_CHECKING:
    from checker.engine.seam import Descriptor
    from checker.measure.shards import ObjectSource
    from checker.store import EvidenceCache


class Known:
    """The shards of a run whose evidence was there before it."""

    def __init__(self) -> None:
        self._by_key: dict[str, Descriptor] = {}

    def add(self, key: str, descriptor: Descriptor) -> None:
        """Remember a shard whose evidence was found, not measured."""
        self._by_key.setdefault(key, descriptor)

    def outcomes(self, share: float, store: ObjectSource, cache: EvidenceCache) -> tuple[Outcome, ...]:
        """One outcome for each shard that differs or cannot be read, else one that says what was held against what."""
        from checker.store.reverify import pick_share

        picked = sorted(pick_share(self._by_key, share))
        if not picked:
            return ()
        bad = tuple(outcome for key in picked for outcome in _verified(self._by_key[key], store, cache))
        if bad:
            return bad
        where = self._by_key[picked[0]].task.version.definition
        words = (
            f"{len(picked)} of {len(self._by_key)} shards known before were measured again and gave the same evidence"
        )
        return (built_in("evidence-reverified", Status.PASS, words, where),)


def _verified(descriptor: Descriptor, store: ObjectSource, cache: EvidenceCache) -> Iterator[Outcome]:
    from checker.engine.kernels import verify_one
    from checker.engine.seam import Work

    result = verify_one(descriptor, Work(verify_one, store, cache))
    version, shard = descriptor.task.version, descriptor.task.shard
    if isinstance(result, Unmeasured):
        yield built_in(
            "evidence-reverified",
            Status.NOT_EVALUATED,
            f"{version.path}/{shard.path} was picked to be measured again, and cannot be: {result.reason}",
            version.definition,
            result.fix,
            dataset=version.path,
        )
    elif result.differs:
        yield built_in(
            "evidence-reverified",
            Status.FAIL,
            f"{version.path}/{shard.path}: the kept {' and '.join(result.differs)} differ from what its bytes give now",
            version.definition,
            f"find out who wrote entry {result.key}, delete it and measure again",
            dataset=version.path,
        )
