"""How many bytes there are to read, and how many worker processes pay for them."""

from __future__ import annotations

from collections.abc import Iterable

from checker.discover.objects import ObjectStore
from checker.measure.shards import ObjectSource, Task
from checker.store import EvidenceCache

# Less than this is measured before another process would be ready (numpy and the readers take it half a second).
LITTLE_TEXT_BYTES = 16 * 2**20
LITTLE_BYTES = 128 * 2**20
# What packed records usually unpack to (zstd and gzip on JSON Lines, Parquet's own compression): an estimate.
_PACKED = (".zst", ".zstd", ".gz", ".parquet")
_UNPACKED_TIMES = 4


def size_of(task: Task, store: ObjectSource) -> int:
    """Bytes of a shard, exact where something knows; 0 where nothing does. A list of shards states no sizes."""
    shard, version = task.shard, task.version
    if shard.size_bytes is not None:
        return shard.size_bytes
    local = store.local_size(version, shard) if isinstance(store, ObjectStore) else None
    if local is not None:
        return local
    return (version.size_bytes or 0) // max(1, version.file_count or 1)


def plain_bytes(tasks: Iterable[Task], store: ObjectSource) -> int:
    """About how many bytes the kernels will see: it decides what pays, never what comes out."""
    return sum(
        size_of(task, store) * (_UNPACKED_TIMES if task.shard.path.lower().endswith(_PACKED) else 1) for task in tasks
    )


def worth(jobs: int, shards: int, plain_bytes: int, cache: EvidenceCache, *, text: bool) -> int:
    """How many workers pay. Without a cache to hand the evidence over, or with little to read, this process does it."""
    if not cache.writable or plain_bytes < (LITTLE_TEXT_BYTES if text else LITTLE_BYTES):
        return 1
    return max(1, min(jobs, shards))
