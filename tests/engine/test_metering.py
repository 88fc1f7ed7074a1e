"""How far a shard is read is told while it is read, and never a byte twice."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.shards import FolderStore

from checker.engine.metering import Metered


def test_bytes_are_told_as_they_are_read(tmp_path: Path) -> None:
    version, shard = FolderStore(tmp_path).add("a.jsonl", data=b"x" * 1000)
    told: list[int] = []
    heard = threading.Event()

    def tell(size_bytes: int) -> None:
        told.append(size_bytes)
        heard.set()

    with Metered(FolderStore(tmp_path), tell) as store:
        with store.open(version, shard) as stream:
            for part in (700, 250):
                stream.read(part)
                assert heard.wait(20)
                heard.clear()
            stream.seek(0)
            stream.read(10)
        assert store.open(version, shard).read() == b"x" * 1000
    assert told[:2] == [700, 250]
    assert sum(told) <= 1000


def test_a_shard_that_is_read_quickly_is_not_told_of(tmp_path: Path) -> None:
    version, shard = FolderStore(tmp_path).add("a.jsonl", data=b"x" * 1000)
    told: list[int] = []
    with Metered(FolderStore(tmp_path), told.append) as store:
        assert len(store.open(version, shard).read()) == 1000
    assert sum(told) in (0, 1000)
