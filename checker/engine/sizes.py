"""How many bytes there are to read: what git records, what lies in the DVC cache, else the mean of the dataset."""

from __future__ import annotations

from checker.discover.objects import ObjectStore
from checker.measure.shards import ObjectSource, Task


def size_of(task: Task, store: ObjectSource) -> int:
    """Bytes of a shard, exact where something knows; 0 where nothing does. A list of shards states no sizes."""
    shard, version = task.shard, task.version
    if shard.size_bytes is not None:
        return shard.size_bytes
    local = store.local_size(version, shard) if isinstance(store, ObjectStore) else None
    if local is not None:
        return local
    return (version.size_bytes or 0) // max(1, version.file_count or 1)
