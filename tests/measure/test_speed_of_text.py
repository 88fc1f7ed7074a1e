"""The benchmark of the full pass runs, and what it promises holds at a small size with room for a busy machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import measure
from benchmarks.measure import Sizes

SMALL = Sizes(shard=4, many=12, few=3, each=0.5, rounds=1)


@pytest.mark.slow
def test_ratios(tmp_path: Path) -> None:
    """Far below the goals of `make bench`: beside other tests on a busy machine only a collapse of speed is a fault."""
    rows = measure.speed(tmp_path, SMALL)
    assert {row.name for row in rows} >= {
        f"composition and text of {label}, numpy" for label in ("JSON Lines", "JSON Lines, zstd", "Parquet")
    }
    assert all(row.measured > 0.01 for row in rows)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_shards(tmp_path: Path) -> None:
    rows = measure.memory(tmp_path, SMALL)
    assert [row.name.rpartition(" ")[2] for row in rows] == measure.backends()
    assert all(row.measured < 1.25 for row in rows)


@pytest.mark.slow
def test_nothing_is_read_again(tmp_path: Path) -> None:
    (unchanged,) = measure.again(tmp_path, SMALL)
    assert unchanged.measured == 0
    assert unchanged.details["first run"] != 0
