"""The seam of all engines: two operations, over shard descriptors and plain importable kernels."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from checker.measure.shards import ObjectSource, Plan, Task
from checker.model.composition import Unmeasured
from checker.model.plugin import Plugin
from checker.store import EvidenceCache
from checker.store.entries import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Named(NamedTuple):
    """An entry with the digest of its content: who is told both needs no signature to know the right one."""

    name: Name
    digest: str


class Descriptor(NamedTuple):
    """One content to measure and how its records are read: a few hundred bytes, no rows and no open handle.

    `text` is the evidence about its text, for a kernel that works on that in place of the bytes.
    """

    task: Task
    plan: Plan
    text: Named | None = None

    def alone(self) -> Descriptor:
        """Without the list of the other shards of its dataset, which would be sent with every one of them."""
        version = self.task.version._replace(shards=None)
        return self._replace(task=replace(self.task, version=version))


class Measured(NamedTuple):
    """What comes back for a shard: where its evidence is kept. The evidence itself stays in the cache.

    `text_key` is that of the evidence about its text. `trouble` says why nothing is kept. `differs` names what a
    second measurement gives otherwise than the cache has it. `note` says that what was kept proved wrong.
    """

    shard_hash: str
    key: str
    digest: str
    text_key: str = ""
    trouble: str = ""
    differs: tuple[str, ...] = ()
    note: str = ""


Result = Measured | Unmeasured


class Work(NamedTuple):
    """What a worker needs besides the shard. It is sent once and can be pickled; the worker opens its own handles.

    `kernel` is a function of a module, so that it is pickled as its name. `plugins` read records in the worker, too.
    """

    kernel: Kernel
    store: ObjectSource
    cache: EvidenceCache
    plugins: tuple[Plugin, ...] = ()


Kernel = Callable[[Descriptor, Work], Result]


class KeyFile(NamedTuple):
    """The sorted keys of one shard's texts, an entry of kind `keys` among the evidence, and where it counts from.

    A worker opens it itself. `digest` is that of its content; its texts are numbered from `first` on.
    """

    key: str
    digest: str
    first: int
    entries: int


class Links(NamedTuple):
    """What a kernel finds in one of the equal parts of the range of keys: (e, 2) int64, in its own order."""

    part: int
    edges: NDArray[np.int64]


# Keys and documents of one range of keys, in any order -> (e, 2) links that connect the documents of each key, in
# ascending order of key and document. What it gives for two ranges is what it gives for both together.
GroupKernel = Callable[["NDArray[np.uint64]", "NDArray[np.int64]"], "NDArray[np.int64]"]


class Engine(Protocol):
    """Where the work is done. What comes out does not depend on the engine, its workers, their order or retries."""

    def map_shards(
        self, descriptors: Iterable[Descriptor], work: Work
    ) -> Generator[tuple[Descriptor, Result], None, None]:
        """Each descriptor with its result, in the order in which they finish."""

    def group(
        self, files: Sequence[KeyFile], kernel: GroupKernel, cache: EvidenceCache, parts: int
    ) -> Generator[Links, None, None]:
        """The links that `kernel` finds across all files, by ascending part of `parts` (a power of two, at least 32).

        One after the other they are those of the whole, in ascending order of key and document. Those of a part may
        come in several pieces, or not at all. Raises EvidenceDamaged for a file that is gone or damaged.
        """

    def close(self) -> None:
        """Give back what it holds."""
