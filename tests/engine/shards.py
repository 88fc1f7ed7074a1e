"""Shards in a folder, served by a store that can be sent to another process."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from checker.engine.seam import Descriptor, Measured, Named, Result
from checker.errors import ObjectMissing
from checker.model.dataset import DatasetVersion, Shard
from checker.model.location import Location
from checker.store import EvidenceCache
from checker.store.entries import TEXT, Name

VERSION = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)
# What the shards say of their size, so that worker processes pay; nobody reads that much.
STATED_BYTES = 2**30


@dataclass(frozen=True)
class FolderStore:
    """Serves `objects/HASH`. Opening a shard leaves a file in `opened`; one named in `stuck` waits there for ever."""

    folder: Path

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        opened = self.folder / "opened"
        opened.mkdir(exist_ok=True)
        (opened / f"{shard.hash}.{os.getpid()}.{time.monotonic_ns()}").touch()
        while (self.folder / "stuck" / shard.hash).exists():
            time.sleep(0.01)
        try:
            return io.BytesIO((self.folder / "objects" / shard.hash).read_bytes())
        except FileNotFoundError:
            raise ObjectMissing(f"{shard.path}: neither cache nor remote holds it", hint="run dvc fetch") from None

    def add(self, path: str, *records: object, data: bytes | None = None) -> tuple[DatasetVersion, Shard]:
        """A shard of JSON Lines, or of the bytes given."""
        if data is None:
            data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        objects = self.folder / "objects"
        objects.mkdir(exist_ok=True)
        (objects / digest).write_bytes(data)
        return VERSION, Shard(path, digest, size_bytes=STATED_BYTES)

    def opened(self) -> list[str]:
        """The hashes of the shards that were opened, each as often as it was."""
        return [path.name.partition(".")[0] for path in (self.folder / "opened").glob("*")]

    def worker_at(self, shard: Shard) -> int | None:
        """The process that opened a shard last."""
        found = sorted((self.folder / "opened").glob(f"{shard.hash}.*"), key=lambda path: int(path.name.split(".")[2]))
        return int(found[-1].name.split(".")[1]) if found else None


def notes(first: int, count: int = 40) -> list[dict[str, object]]:
    """Records with text, no two alike."""
    words = ("river", "stone", "west", "harbor", "signal", "winter", "bridge", "field", "copper", "lantern", "mill")
    return [
        {
            "id": number,
            "origin": "machine" if number % 4 == 0 else "human",
            "language": "en",
            "text": " ".join(words[(number * step + step * step) % len(words)] for step in range(1, 40)) + f" {number}",
        }
        for number in range(first, first + count)
    ]


def with_text(descriptor: Descriptor, result: Result, cache: EvidenceCache) -> Descriptor:
    """Such as asks for the keys of the texts of a shard that was measured."""
    assert isinstance(result, Measured), result
    entry = cache.text(result.text_key)
    assert entry is not None
    return descriptor._replace(text=Named(Name(entry.key, TEXT), entry.digest))
