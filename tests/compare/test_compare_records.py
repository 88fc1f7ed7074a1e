"""Which documents came, went, stayed and moved, against a plain count of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.compare.portrait import MOST_BLOCKS, common_budget, portrait
from checker.compare.records import Hashes, flow
from checker.model.changes import Flow
from checker.model.text import BLOCK_TOKENS, Sample

SHARDS = st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 6), max_size=12), max_size=3)


def hashed(shards: Mapping[str, list[int]]) -> dict[str, Hashes]:
    """Hashes that are alike in one half, so that both halves count."""
    return {
        path: np.array([[value % 2, value] for value in values], np.uint64).reshape(-1, 2)
        for path, values in shards.items()
    }


def counted(before: Mapping[str, list[int]], after: Mapping[str, list[int]]) -> Flow:
    """The same by counters."""
    kept, gone, come = 0, Counter[int](), Counter[int]()
    for path in before.keys() | after.keys():
        old, new = Counter(before.get(path, ())), Counter(after.get(path, ()))
        kept += (old & new).total()
        gone += old - new
        come += new - old
    moved = (gone & come).total()
    return Flow(kept, moved, come.total() - moved, gone.total() - moved)


@given(SHARDS, SHARDS)
def test_as_a_plain_count_has_it(before: dict[str, list[int]], after: dict[str, list[int]]) -> None:
    assert flow(hashed(before), hashed(after)) == counted(before, after)


@given(SHARDS, SHARDS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_time_runs_both_ways(
    before: dict[str, list[int]], after: dict[str, list[int]], random: object
) -> None:
    turned = {path: values[::-1] for path, values in reversed(before.items())}
    found = flow(hashed(before), hashed(after))
    assert flow(hashed(turned), hashed(after)) == found
    back = flow(hashed(after), hashed(before))
    assert (back.kept, back.moved, back.added, back.removed) == (found.kept, found.moved, found.removed, found.added)
    assert found.kept + found.moved + found.added == sum(map(len, after.values()))
    assert found.kept + found.moved + found.removed == sum(map(len, before.values()))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {}, Flow(5, 0, 0, 0), id="nothing but what is unchanged"),
        pytest.param({"a": []}, {"a": []}, Flow(5, 0, 0, 0), id="empty shards"),
        pytest.param({"a": [1]}, {"b": [1]}, Flow(5, 1, 0, 0), id="one record in another shard"),
        pytest.param({"a": [1, 1]}, {"a": [1, 1, 1]}, Flow(7, 0, 1, 0), id="one more copy"),
        pytest.param({"a": [1], "b": [2]}, {"a": [2], "b": [1]}, Flow(5, 2, 0, 0), id="swapped"),
        pytest.param({"a": [1, 2]}, {"a": [2], "b": [1, 1]}, Flow(6, 1, 1, 0), id="moved and copied"),
    ],
)
def test_edges(before: dict[str, list[int]], after: dict[str, list[int]], expected: Flow) -> None:
    assert flow(hashed(before), hashed(after), unchanged=5) == expected


def sample(documents: int, tokens: int) -> Sample:
    words = np.arange(documents * tokens, dtype=np.uint32) % 997
    return Sample(np.arange(documents, dtype=np.uint64), np.full(documents, tokens, np.uint32), words, True)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param((10**6, 10**6), BLOCK_TOKENS, id="the usual block"),
        pytest.param((10**6, 4_321), 4_321, id="what the smaller side has"),
        pytest.param((10**6, 999), 0, id="too little to say anything"),
        pytest.param((1_000,), 1_000, id="a new dataset"),
    ],
)
def test_both_sides_have_one_budget(tokens: tuple[int, ...], expected: int) -> None:
    assert common_budget(*tokens) == expected


@pytest.mark.parametrize(("documents", "blocks"), [(1, 0), (2, 1), (5, 2), (100, MOST_BLOCKS)])
def test_a_portrait_is_of_whole_blocks(documents: int, blocks: int) -> None:
    found, figures = portrait(sample(documents, 500), 1_000)
    assert found == blocks
    assert bool(figures) is bool(blocks)
    assert all(np.isfinite(value) for value in figures.values())
