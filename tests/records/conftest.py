"""Reads bytes as a shard, through the public seam."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, cast

import pytest

from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Composition, Measurement, Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location

CONVENTION = DatasetSettings()


class Trickle(io.RawIOBase):
    """A stream that cannot seek and hands out what it likes."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__()
        self._data = io.BytesIO(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(self._most if size < 0 else min(size, self._most))


@dataclass
class Memory:
    """Serves one shard from memory."""

    data: bytes
    most: int

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        return cast(BinaryIO, Trickle(self.data, self.most))


@dataclass(frozen=True)
class Reading:
    """What came out, summed over cells."""

    composition: Composition

    @property
    def origins(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for cell, tally in self.composition.cells.items():
            found[cell.origin.value] = found.get(cell.origin.value, 0) + tally.records
        return found

    @property
    def bases(self) -> dict[str, int]:
        return self._sum("bases")

    @property
    def coverage(self) -> dict[str, int]:
        return self._sum("coverage")

    @property
    def licenses(self) -> dict[str, int]:
        return self._sum("licenses")

    @property
    def records(self) -> int:
        return self.composition.records

    @property
    def bad(self) -> list[tuple[int, str]]:
        return [(row.line, row.reason) for row in self.composition.bad_samples]

    def values(self, axis: str) -> set[str]:
        """What the cells say on an axis."""
        return {getattr(cell, axis) for cell in self.composition.cells}

    def total(self, name: str) -> int:
        """A count of the tallies."""
        return sum(getattr(tally, name) or 0 for tally in self.composition.cells.values())

    def _sum(self, name: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for tally in self.composition.cells.values():
            table: Mapping[str, int] = getattr(tally, name)
            for key, number in table.items():
                found[key] = found.get(key, 0) + number
        return found


@dataclass(frozen=True)
class Reader:
    """`read(data)` gives a Reading; `refusal(data)` the reason why the shard as a whole cannot be read."""

    version: DatasetVersion = field(
        default_factory=lambda: DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)
    )

    def read(
        self,
        data: bytes,
        path: str = "a.jsonl",
        *,
        settings: DatasetSettings = CONVENTION,
        text: bool = False,
        most: int = 1 << 20,
        version: DatasetVersion | None = None,
    ) -> Reading:
        found = self._measure(data, path, settings, text, most, version)
        assert isinstance(found, Measurement), found
        return Reading(found.composition)

    def refusal(self, data: bytes, path: str = "a.jsonl", *, settings: DatasetSettings = CONVENTION) -> str:
        found = self._measure(data, path, settings, False, 1 << 20, None)
        assert isinstance(found, Unmeasured), found
        return found.reason

    def _measure(
        self, data: bytes, path: str, settings: DatasetSettings, text: bool, most: int, version: DatasetVersion | None
    ) -> Measurement | Unmeasured:
        shards = [(version or self.version, Shard(path, "1" * 32))]
        store = Memory(data, most)
        return measure_shards(shards, store, Plan(text, settings), EvidenceCache(None), budget_seconds=None)["1" * 32]


@pytest.fixture
def reader() -> Reader:
    """The seam under test."""
    return Reader()


@pytest.fixture
def jsonl() -> Callable[..., bytes]:
    """Records as JSON Lines."""

    def write(*records: object) -> bytes:
        return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)

    return write
