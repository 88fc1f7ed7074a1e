"""Measures a random share of the evidence that was not made in this run again, and tells what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checker.governance import built_in
from checker.model.composition import Measurement, Unmeasured
from checker.model.outcome import Outcome, Status
from checker.rules._numbers import count

if TYPE_CHECKING:
    from checker.engine.seam import Descriptor
    from checker.measure.shards import ObjectSource
    from checker.store import EvidenceCache


class Known:
    """The shards of a run whose evidence was there before it."""

    def __init__(self) -> None:
        self._by_key: dict[str, tuple[Descriptor, str]] = {}

    def add(self, descriptor: Descriptor, found: Measurement) -> None:
        """Remember what was found of a shard, as it was: measuring the rest may show that it is wrong, and replace it.

        The plan of the descriptor wants no more than was found.
        """
        from checker.store.encoding import digest_of

        # An entry of this machine may state another digest than that of its counts.
        self._by_key.setdefault(found.key, (descriptor, digest_of(found.composition)))

    def outcomes(self, share: float, store: ObjectSource, cache: EvidenceCache) -> tuple[Outcome, ...]:
        """One outcome for each shard that differs or cannot be read, else one that says what was held against what."""
        from checker.store.reverify import pick_share

        picked = sorted(pick_share(self._by_key, share))
        if not picked:
            return ()
        bad = tuple(outcome for key in picked for outcome in _verified(*self._by_key[key], store, cache))
        if bad:
            return bad
        where = self._by_key[picked[0]][0].task.version.definition
        known = count(len(self._by_key), "shards")
        words = f"{len(picked):,} of {known} known before, measured again, gave the same evidence"
        return (built_in("evidence-reverified", Status.PASS, words, where),)


def _verified(descriptor: Descriptor, digest: str, store: ObjectSource, cache: EvidenceCache) -> Iterator[Outcome]:
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
        return
    differs = result.differs
    if result.digest != digest and "composition" not in differs:
        differs = ("composition", *differs)
    if differs:
        yield built_in(
            "evidence-reverified",
            Status.FAIL,
            f"{version.path}/{shard.path}: the kept {' and '.join(differs)} differ from what its bytes give now",
            version.definition,
            f"find out who wrote entry {result.key}, delete it and measure again",
            dataset=version.path,
        )
