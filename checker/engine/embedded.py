"""The engine that is always there: this process, or worker processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from checker import added
from checker.engine.metering import Metered, Tell
from checker.engine.ranges import in_ranges
from checker.engine.seam import Artifact, Descriptor, GroupKernel, Result, Work
from checker.engine.workers import Lost, Workers
from checker.model.composition import Absence, Unmeasured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
            for descriptor in map(_small, descriptors):
                yield descriptor, _call(work, descriptor, partial(self._read, descriptor))
            return
        call = partial(_call, work._replace(plugins=added.for_workers()))
        workers: Workers[Descriptor, Result] = Workers(call, self._jobs, self._memory_bytes, self._read)
        for descriptor, outcome in workers.run(map(_small, descriptors)):
            yield descriptor, _unmeasured(descriptor, outcome) if isinstance(outcome, Lost) else outcome

    def group(
        self, artifacts: Sequence[Artifact], kernel: GroupKernel, *, most_entries: int
    ) -> Iterator[NDArray[np.int64]]:
        """Range after range of keys, each over all artifacts."""
        return in_ranges(artifacts, kernel, most_entries)

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


def _small(descriptor: Descriptor) -> Descriptor:
    """Without the list of the other shards of its dataset, which would be sent with every one of them."""
    version = descriptor.task.version._replace(shards=None)
    return descriptor._replace(task=replace(descriptor.task, version=version))


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
