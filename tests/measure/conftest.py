"""A store that counts what is opened, and shards in it."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest

from checker.errors import ObjectError, ObjectMissing
from checker.model.dataset import DatasetVersion, Shard
from checker.model.location import Location

VERSION = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)


@dataclass
class Store:
    """Serves bytes by hash; `faults` are raised instead."""

    objects: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, ObjectError] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        self.opened.append(shard.path)
        if shard.hash in self.faults:
            raise self.faults[shard.hash]
        if shard.hash not in self.objects:
            raise ObjectMissing(f"{shard.path}: neither the cache nor the remote holds it", hint="run dvc fetch")
        return io.BytesIO(self.objects[shard.hash])

    def add(self, path: str, *records: object, data: bytes | None = None) -> tuple[DatasetVersion, Shard]:
        """A shard of JSON Lines, or of the bytes given."""
        if data is None:
            data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        self.objects[digest] = data
        return VERSION, Shard(path, digest, size_bytes=len(data))


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()
