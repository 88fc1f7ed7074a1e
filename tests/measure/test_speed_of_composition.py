"""The benchmark runs, and what it promises holds at a small size with room for a busy machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import composition, corpus
from benchmarks.composition import Sizes

SMALL = Sizes(shard=16, small=4, large=24, shards=10, rounds=3)


@pytest.mark.slow
def test_ratios(tmp_path: Path) -> None:
    """Far below the goals of `make bench`: beside other tests on a busy machine only a collapse of speed is a fault."""
    jsonl, parquet = composition.speed(tmp_path, SMALL)
    assert jsonl.measured > 0.1
    assert parquet.measured > 1


@pytest.mark.slow
def test_memory_does_not_grow(tmp_path: Path) -> None:
    peak, growth = composition.memory(tmp_path, SMALL)
    assert peak.met
    assert growth.met


@pytest.mark.slow
def test_memory_with_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    corpus.write_jsonl(path, 8)
    assert composition.peak_megabytes(path, text=True) < 80


@pytest.mark.slow
def test_nothing_is_opened_again(tmp_path: Path) -> None:
    unchanged, one = composition.caching(tmp_path, SMALL)
    assert unchanged.measured == 0
    assert one.measured < 0.6
