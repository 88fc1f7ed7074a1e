"""Fills the evidence store: measures what is not known, and on demand a part of what is known again."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from checker.errors import UsageError
from checker.model.composition import Measurement, Unmeasured

if TYPE_CHECKING:
    from checker.engine.choosing import Choice
    from checker.engine.memory import Share
    from checker.engine.seam import Descriptor, Engine, Kernel, Measured
    from checker.measure.shards import ObjectSource
    from checker.store import EvidenceCache
    from checker.store.entries import Name


class Watch(Protocol):
    """Whoever looks on."""

    def read(self, size_bytes: int) -> None:
        """So many more bytes of some shard."""

    def done(self) -> None:
        """One more shard is done."""


class Sending(Protocol):
    """Where entries go as they are made."""

    def add(self, names: Sequence[Name], *, anew: bool = False) -> None:
        """Take entries; with `anew` also in the place of what is there."""

    def finish(self) -> int:
        """Wait for all of them; how many were not there before."""


class Effort(NamedTuple):
    """Worker processes of this machine and their memory, or the engine that is chosen instead of them."""

    workers: Share
    engine: Choice | None = None


class Known(NamedTuple):
    """A shard that was measured before, by the keys of its evidence alone: ten thousand compositions are 0.4 GB."""

    key: str
    text_key: str


class Worklist(NamedTuple):
    """`known`: measured before; `again`: what is known and is measured a second time; `todo`: the rest.

    A shard of which only the composition is known is among the rest, and that may be measured a second time.
    """

    known: tuple[Known, ...]
    again: tuple[Descriptor, ...]
    todo: tuple[Descriptor, ...]
    bytes: int

    @property
    def shards(self) -> int:
        """How many are to be read."""
        return len(self.again) + len(self.todo)


@dataclass(slots=True)
class Filled:
    """What came of it. `bytes` were read. `missing` and `differing` are with the dataset's path.

    `engine` is where, when it was not here; of the seconds, `start_seconds` went by until that engine was ready.
    """

    known: int
    measured: int = 0
    verified: int = 0
    sent: int = 0
    bytes: int = 0
    seconds: float = 0.0
    jobs: int = 1
    engine: str = ""
    start_seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    missing: list[tuple[str, Unmeasured]] = field(default_factory=list)
    differing: list[tuple[str, str, Measured]] = field(default_factory=list)  # dataset, shard, what differs


def worklist(
    descriptors: Sequence[Descriptor], store: ObjectSource, cache: EvidenceCache, reverify: float | None
) -> Worklist:
    """What is to be done. Raises UsageError where evidence cannot be kept at all."""
    from checker.engine.kernels import recall_any
    from checker.engine.prefetching import prefetch
    from checker.engine.sizes import size_of
    from checker.measure.shards import recall
    from checker.store.reverify import pick_share

    if not cache.writable:
        raise UsageError(
            "there is no folder to keep the evidence in", hint="set HEADWATER_CACHE_DIR to one that can be written"
        )
    prefetch(descriptors, cache)
    found = [(one, _known(recall(one.task, one.plan, cache))) for one in descriptors]
    known = tuple(kept for _, kept in found if kept is not None)
    todo = tuple(one for one, kept in found if kept is None)
    again: tuple[Descriptor, ...] = ()
    if reverify is not None:
        partly = (part for part in (recall_any(one, cache) for one in todo) if part is not None)
        candidates = {kept.key: one for one, kept in found if kept is not None}
        candidates |= {measured.key: one for one, measured in partly}
        again = tuple(candidates[key] for key in sorted(pick_share(candidates, reverify)))
    return Worklist(known, again, todo, sum(size_of(one.task, store) for one in (*again, *todo)))


def _known(found: Measurement | None) -> Known | None:
    return None if found is None else Known(found.key, found.text.key if found.text else "")


def fill(
    work: Worklist,
    store: ObjectSource,
    cache: EvidenceCache,
    effort: Effort,
    sending: Sending | None,
    watch: Watch,
) -> Filled:
    """Read what is to be read. Raises HeadwaterError when the evidence cannot be kept or sent."""
    from checker.engine.kernels import measure_one, verify_one

    started, filled = time.monotonic(), Filled(known=len(work.known))
    with closing(_mapped(work.again, verify_one, store, cache, effort, filled, watch)) as verified:
        for one, result in verified:
            filled.verified += 1
            if result.differs:
                filled.differing.append((one.task.version.path, one.task.shard.path, result))
    doubtful = {result.key for _, _, result in filled.differing}
    if sending is not None:
        # All at once: what the store has of them is then asked in a few questions.
        sending.add([name for known in work.known if known.key not in doubtful for name in _names(*known)])
    with closing(_mapped(work.todo, measure_one, store, cache, effort, filled, watch)) as measured:
        for _, result in measured:
            filled.measured += 1
            if result.note:
                filled.notes.append(result.note)
            if sending is not None and (result.note or result.key not in doubtful):
                # Nobody had it a moment ago, or what they had was damaged: it is not asked again what the store has.
                sending.add(_names(result.key, result.text_key), anew=True)
    filled.sent = sending.finish() if sending is not None else 0
    filled.seconds = time.monotonic() - started
    return filled


def _names(key: str, text_key: str) -> list[Name]:
    from checker.store.entries import COMPOSITION, TEXT, Name

    return [Name(key, COMPOSITION), *([Name(text_key, TEXT)] if text_key else [])]


def _mapped(
    descriptors: Sequence[Descriptor],
    kernel: Kernel,
    store: ObjectSource,
    cache: EvidenceCache,
    effort: Effort,
    filled: Filled,
    watch: Watch,
) -> Generator[tuple[Descriptor, Measured], None, None]:
    """Each shard that could be measured; the others are counted as missing."""
    from checker.engine.seam import Work
    from checker.engine.sizes import plain_bytes

    if not descriptors:
        return
    expected, progress = plain_bytes((one.task for one in descriptors), store), _Progress(store, watch)
    engine, share = _engine(descriptors, expected, cache, effort, filled, progress)
    planned = (one._replace(plan=replace(one.plan, expected_bytes=share)) for one in descriptors)
    with closing(engine), closing(engine.map_shards(planned, Work(kernel, store, cache))) as finished:
        for one, result in finished:
            size = progress.done(one)
            if isinstance(result, Unmeasured):
                filled.missing.append((one.task.version.path, result))
                continue
            if result.trouble:
                raise UsageError(result.trouble, hint="make room there, or set HEADWATER_CACHE_DIR to another folder")
            filled.bytes += size
            yield one, result


def _engine(
    descriptors: Sequence[Descriptor],
    expected_bytes: int,
    cache: EvidenceCache,
    effort: Effort,
    filled: Filled,
    progress: _Progress,
) -> tuple[Engine, int]:
    """The engine, and about how many bytes each of its workers will read."""
    if effort.engine is not None:
        from checker.engine.choosing import open_engine

        asked = time.monotonic()
        engine = open_engine(effort.engine)
        filled.engine, filled.start_seconds = effort.engine.where, filled.start_seconds + time.monotonic() - asked
        return engine, expected_bytes
    from checker.engine.embedded import Embedded
    from checker.engine.preparing import prepare_kernels
    from checker.engine.sizes import worth

    workers = effort.workers
    jobs = worth(workers.jobs, len(descriptors), expected_bytes, cache, text=True)
    filled.jobs = max(filled.jobs, jobs)
    for backend in sorted({one.plan.backend for one in descriptors if one.plan.signatures}):
        note = prepare_kernels(backend, expected_bytes, jobs=jobs, memory_bytes=workers.worker_bytes)
        if note and note not in filled.notes:
            filled.notes.append(note)
    return Embedded(jobs, workers.worker_bytes, progress.read), expected_bytes // jobs


class _Progress:
    """Tells of bytes while they are read, and of none twice, also where a shard is read a second time."""

    def __init__(self, store: ObjectSource, watch: Watch) -> None:
        self._store, self._watch = store, watch
        self._told: dict[str, int] = {}

    def read(self, one: Descriptor, size_bytes: int) -> None:
        told = self._told.get(one.task.shard.hash, 0)
        now = min(told + size_bytes, self._size(one))
        if now > told:
            self._told[one.task.shard.hash] = now
            self._watch.read(now - told)

    def done(self, one: Descriptor) -> int:
        """The bytes of the shard."""
        size = self._size(one)
        self._watch.done()
        self._watch.read(size - self._told.pop(one.task.shard.hash, 0))
        return size

    def _size(self, one: Descriptor) -> int:
        from checker.engine.sizes import size_of

        return size_of(one.task, self._store)
