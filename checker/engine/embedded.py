"""The engine that is always there: this process, or worker processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial

from checker import added
from checker.engine.metering import Metered, Tell
from checker.engine.ranges import Numbered, in_parts
from checker.engine.seam import Descriptor, GroupKernel, KeyFile, Links, Result, Work
from checker.engine.workers import Lost, Workers
from checker.errors import EvidenceDamaged
from checker.model.composition import Absence, Unmeasured
from checker.store import EvidenceCache

# Called with the bytes of a shard that were read since it was called last; without workers from another thread.
OnRead = Callable[[Descriptor, int], None]


class Embedded:
    """One job is done in this process, unless its memory is bounded; more in that many others, each so bounded."""

    def __init__(self, jobs: int = 1, memory_bytes: int | None = None, on_read: OnRead | None = None) -> None:
        self._jobs, self._memory_bytes, self._on_read = jobs, memory_bytes, on_read

    def map_shards(
        self, descriptors: Iterable[Descriptor], work: Work
    ) -> Generator[tuple[Descriptor, Result], None, None]:
        """Each descriptor with its result, as they finish. A shard that ends its worker twice is Unmeasured."""
        if self._jobs == 1 and self._memory_bytes is None:
            for descriptor in map(Descriptor.alone, descriptors):
                yield descriptor, _call(work, descriptor, partial(self._read, descriptor))
            return
        call = partial(_call, work._replace(plugins=added.for_workers()))
        workers: Workers[Descriptor, Result] = Workers(call, self._jobs, self._memory_bytes, self._read)
        for descriptor, outcome in workers.run(map(Descriptor.alone, descriptors)):
            yield descriptor, _unmeasured(descriptor, outcome) if isinstance(outcome, Lost) else outcome

    def group(
        self, files: Sequence[KeyFile], kernel: GroupKernel, cache: EvidenceCache, parts: int
    ) -> Generator[Links, None, None]:
        """Range after range of keys, each over all files, in this process."""
        yield from in_parts([numbered(file, cache) for file in files], kernel, parts)

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _read(self, descriptor: Descriptor, size_bytes: int) -> None:
        if self._on_read is not None:
            self._on_read(descriptor, size_bytes)


def _call(work: Work, descriptor: Descriptor, tell: Tell) -> Result:
    if work.plugins:
        added.activate(work.plugins)
    with Metered(work.store, tell) as store:
        return work.kernel(descriptor, work._replace(store=store))


def numbered(file: KeyFile, cache: EvidenceCache) -> Numbered:
    """The keys of a file that is among the evidence. Raises EvidenceDamaged for any other than it says."""
    keys = cache.keys(file.key)
    if keys is None or keys.digest != file.digest:
        why = "not there" if keys is None else "others than were made"
        raise EvidenceDamaged(
            f"the keys {file.key} of a shard's texts are {why}", hint="run the command again, which makes them again"
        )
    return Numbered(keys, file.first, keys.head.entries)


def _unmeasured(descriptor: Descriptor, lost: Lost) -> Unmeasured:
    shard = descriptor.task.shard
    if lost.memory:
        reason = "measuring it takes more memory than one worker may use"
        fix = "raise --memory, or lower --jobs, which gives each worker more"
    else:
        reason = f"the worker process that measured it was ended twice ({_ending(lost.exit_code)})"
        fix = "give the machine more memory or lower --jobs, then run again"
    return Unmeasured(shard.hash, Absence.UNREADABLE, f"{shard.path}: {reason}", fix)


def _ending(exit_code: int) -> str:
    import signal

    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
