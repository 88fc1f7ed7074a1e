"""A repository whose dataset has thousands of shards, and the evidence about them; no shard itself exists."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import corpus
from benchmarks.composition import ROOT, Folder, measure_all
from benchmarks.fixtures import environment, git
from checker.measure import EvidenceCache
from checker.measure.merging import merge
from checker.measure.shards import Plan, Task, key_of, tasks_of
from checker.model.composition import Composition, Measurement, Moments, Tally
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, Kept, Name, encode_entry

DATASET = "data/train"
DOCUMENTS = 10_000  # of a shard
_PATTERN_MEGABYTES = 1.0
# As `headwater measure` has it.
PLAN = Plan(text=True, settings=DatasetSettings())
POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: scale, version: "1.0.0"}
rules:
  - {id: origin-known, check: unknown-provenance, level: block, with: {max: 0.9}}
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.9}}
  - {id: licenses, check: license-allowed, level: block, with: {allow: [CC-BY-4.0, CC-BY-SA-4.0, MIT]}}
"""


class Simulated(NamedTuple):
    """Where everything lies, and what `headwater` is told of it. `kept`: the local folder has the evidence."""

    repository: Path
    cache: Path
    settings: dict[str, str]
    kept: bool = True


def simulate(folder: Path, shards: int, seed: int = 1) -> Simulated:
    """A committed repository with one dataset of `shards` shards of 10,000 documents each, and their compositions."""
    repository, cache = folder / "repository", folder / "cache"
    version = commit(repository, _listed(shards, seed))
    tasks = tasks_of(((version, shard) for shard in version.shards or ()), PLAN.settings)
    _write_compositions(cache / "measurements", tasks, _pattern(folder), seed)
    return Simulated(repository, cache, {**environment(), "HEADWATER_CACHE_DIR": str(cache), "HOME": str(folder)})


def shared(simulated: Simulated) -> tuple[Simulated, int]:
    """The same with the evidence in a store, and a local folder that is empty; and the bytes of the rollup there."""
    folder = simulated.repository.parent
    store, cache = folder / "store", folder / "empty"
    shutil.copytree(simulated.cache / "measurements", store / "v1", copy_function=os.link)
    command = [sys.executable, "-m", "checker", "measure", "--no-signatures", "--store", str(store)]
    settings = {**simulated.settings, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=simulated.repository, env=settings, check=True, capture_output=True)
    (simulated.repository / "headwater.yaml").write_text(f"evidence: {{stores: [{json.dumps(str(store))}]}}\n")
    git(simulated.repository, "add", "headwater.yaml")
    git(simulated.repository, "commit", "-q", "-m", "Share the evidence")
    [rollup] = store.rglob("*.rollup")
    away = simulated._replace(
        cache=cache, settings={**simulated.settings, "HEADWATER_CACHE_DIR": str(cache)}, kept=False
    )
    return away, rollup.stat().st_size


def _listed(shards: int, seed: int) -> tuple[Shard, ...]:
    """Names and content hashes as of a dataset in folders of a hundred shards."""
    chance = np.random.default_rng(seed)
    return tuple(
        Shard(f"part-{number // 100:03}/{number:05}.jsonl.zst", chance.bytes(16).hex(), "md5", 2_000_000_000)
        for number in range(shards)
    )


def _directory(shards: tuple[Shard, ...]) -> bytes:
    """The list as DVC writes it."""
    return json.dumps([{"md5": shard.hash, "relpath": shard.path} for shard in shards]).encode()


def commit(repository: Path, shards: tuple[Shard, ...]) -> DatasetVersion:
    """A repository with this dataset in its index, history and cache: the list of its shards, not their bytes."""
    manifest = _directory(shards)
    oid = f"{hashlib.md5(manifest, usedforsecurity=False).hexdigest()}.dir"
    size, count = sum(shard.size_bytes or 0 for shard in shards), len(shards)
    out = f"outs:\n- md5: {oid}\n  size: {size}\n  nfiles: {count}\n  hash: md5\n  path: train\n"
    for path, data in {
        ".dvc/config": b"[core]\n    analytics = false\n",
        ".dvc/.gitignore": b"/config.local\n/tmp\n/cache\n",
        f".dvc/cache/files/md5/{oid[:2]}/{oid[2:]}": manifest,
        "data/.gitignore": b"/train\n",
        f"{DATASET}.dvc": out.encode(),
        "policies/scale.yaml": POLICY.encode(),
    }.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_bytes(data)
    git(repository, "init", "-q", "--initial-branch=main")
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "Add the shards")
    return DatasetVersion(DATASET, "", oid, Location(f"{DATASET}.dvc"), is_dir=True, shards=shards)


def _pattern(folder: Path) -> Composition:
    """What headwater counts in a few hundred records of the other benchmarks: what a shard says is no invention."""
    place = folder / "pattern"
    place.mkdir()
    corpus.write_jsonl(place / "shard.jsonl", _PATTERN_MEGABYTES)
    found = measure_all(Folder(place), EvidenceCache(None), PLAN)
    return merge(one.composition for one in found.values() if isinstance(one, Measurement))


def _write_compositions(folder: Path, tasks: list[Task], pattern: Composition, seed: int) -> None:
    """Written as entries are, but without waiting for the disk after each of them."""
    for task, composition in zip(tasks, islice(compositions(pattern, seed), len(tasks)), strict=True):
        key = key_of(task, PLAN)
        target = folder / Name(key, COMPOSITION).path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode_entry(key, Kept(composition, digest_of(composition))))


def compositions(pattern: Composition, seed: int) -> Iterator[Composition]:
    """The pattern, each of its cells a random number of times: about 10,000 documents in each."""
    chance = np.random.default_rng([seed, 1])
    middle = DOCUMENTS / pattern.records
    while True:
        times = chance.integers(max(1, int(middle / 2)), int(middle * 1.5) + 1, len(pattern.cells)).tolist()
        yield pattern._replace(
            cells={cell: _times(tally, n) for (cell, tally), n in zip(pattern.cells.items(), times, strict=True)}
        )


def _times(tally: Tally, n: int) -> Tally:
    """So many records of each of its kind."""
    return Tally(
        records=tally.records * n,
        bytes=None if tally.bytes is None else tally.bytes * n,
        tokens=None if tally.tokens is None else tally.tokens * n,
        machine_bytes=tally.machine_bytes * n,
        machine_tokens=tally.machine_tokens * n,
        weight_micro=tally.weight_micro * n,
        reviewed=tally.reviewed * n,
        coverage={name: count * n for name, count in tally.coverage.items()},
        licenses={name: count * n for name, count in tally.licenses.items()},
        bases={name: count * n for name, count in tally.bases.items()},
        scores={point: (records * n, ppm * n) for point, (records, ppm) in tally.scores.items()},
        token_moments=Moments(*(value * n for value in tally.token_moments)),
        weight_moments=Moments(*(value * n for value in tally.weight_moments)),
    )
