"""A driver in a process of its own: says that it is ready, waits for a line, measures and groups, prints what it found.

Its arguments: the folder of the shards, that of its evidence, that of the shared store, and the address of a server of
Spark Connect, or `embedded`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path

from engine.shards import VERSION, FolderStore, with_text

from checker.compare import bucket_edges
from checker.engine.choosing import Choice, open_engine
from checker.engine.embedded import Embedded
from checker.engine.kernels import keys_one, measure_one
from checker.engine.seam import Descriptor, Engine, KeyFile, Measured, Work
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.dataset import DatasetSettings, Shard
from checker.store.addresses import address_of
from checker.store.shared import SharedStore
from checker.store.sharing import Shared

PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")


def main() -> None:
    """One run."""
    shards, evidence, store, where = sys.argv[1:]
    warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
    engine: Engine = Embedded(2) if where == "embedded" else open_engine(Choice(remote=where))
    try:
        print("ready", flush=True)
        sys.stdin.readline()
        cache = EvidenceCache(Path(evidence), Shared((SharedStore(address_of(store)),)))
        print(json.dumps(run(engine, FolderStore(Path(shards)), cache)))
    finally:
        engine.close()


def run(engine: Engine, source: FolderStore, cache: EvidenceCache) -> list[str]:
    """The digests of all evidence, and that of all links."""
    objects = sorted((source.folder / "objects").iterdir())
    shards = [(VERSION, Shard(f"{file.name}.jsonl", file.name, size_bytes=2**30)) for file in objects]
    descriptors = [Descriptor(task, PLAN) for task in tasks_of(shards, PLAN.settings)]
    files, first = [], 0
    measured = list(engine.map_shards(descriptors, Work(measure_one, source, cache)))
    known = [with_text(descriptor, result, cache) for descriptor, result in measured]
    mapped = [result for _, result in engine.map_shards(known, Work(keys_one, source, cache))]
    made = sorted(result for result in mapped if isinstance(result, Measured))
    assert len(made) == len(shards), mapped
    whole = (result for _, result in measured if isinstance(result, Measured))
    found = [result.digest for result in sorted(whole)]
    found += [result.digest for result in made]
    for result in made:
        keys = cache.keys(result.key)
        assert keys is not None
        files.append(KeyFile(result.key, result.digest, first, keys.head.entries))
        first += keys.head.texts
    digest = hashlib.sha256()
    for links in engine.group(files, bucket_edges, cache, 32):
        digest.update(links.edges.tobytes())
    return [*found, digest.hexdigest()]


if __name__ == "__main__":
    main()
