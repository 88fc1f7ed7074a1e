"""Grouping by shared keys: however the keys are cut into ranges, the same links come out in the same order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.compare import bucket_edges, components
from checker.engine.ranges import Numbered, in_parts

LAST = 2**64 - 1
FEW = 100_000


@dataclass
class Held:
    """Sorted keys in memory; `most` is the longest range that was asked for."""

    keys: NDArray[np.uint64]
    ids: NDArray[np.uint32]
    most: int = 0

    @classmethod
    def of(cls, entries: Sequence[tuple[int, int]]) -> Held:
        ordered = sorted(entries)
        return cls(np.array([key for key, _ in ordered], np.uint64), np.array([text for _, text in ordered], np.uint32))

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        inside = (self.keys >= np.uint64(low)) & (self.keys <= np.uint64(high - 1))
        self.most = max(self.most, int(inside.sum()))
        return self.keys[inside], self.ids[inside]


def numbered(shards: Sequence[Sequence[tuple[int, int]]], step: int) -> list[Numbered]:
    """Each shard's texts are numbered from a multiple of `step` on."""
    return [Numbered(Held.of(shard), step * number, len(shard)) for number, shard in enumerate(shards)]


def edges(sources: Sequence[Numbered], parts: int, most_rows: int) -> NDArray[np.int64]:
    links = list(in_parts(sources, bucket_edges, parts, most_rows))
    assert [link.part for link in links] == sorted(link.part for link in links)
    assert all(0 <= link.part < parts for link in links)
    return np.concatenate([np.empty((0, 2), np.int64), *(link.edges for link in links)])


def by_hand(shards: Sequence[Sequence[tuple[int, int]]], step: int) -> list[list[int]]:
    """The documents of each key in order, each tied to the next."""
    rows = sorted({(key, step * number + text) for number, shard in enumerate(shards) for key, text in shard})
    return [[one, two] for (key, one), (other, two) in itertools.pairwise(rows) if key == other]


KEYS = st.one_of(st.integers(0, 5), st.sampled_from([2**63, 2**63 - 1, LAST, LAST - 1, 2**59, 2**59 - 1]))
SHARDS = st.lists(st.lists(st.tuples(KEYS, st.integers(0, 9)), max_size=12), max_size=4)


@given(
    shards=SHARDS,
    parts=st.sampled_from([1, 32, 1024]),
    most_rows=st.integers(1, 60),
    step=st.sampled_from([10, 2**31 - 1, 2**32 - 5, 2**40]),
)
@settings(max_examples=200, deadline=None)
def test_any_cut_gives_the_links_of_the_whole(
    shards: list[list[tuple[int, int]]], parts: int, most_rows: int, step: int
) -> None:
    expected = by_hand(shards, step)
    assert edges(numbered(shards, step), parts, most_rows).tolist() == expected
    assert edges(numbered(shards, step)[::-1], parts, most_rows).tolist() == expected


@pytest.mark.parametrize("first", [2**31 - 3, 2**32 - 3, 2**32, 2**40])
def test_texts_may_be_more_than_32_bits_count(first: int) -> None:
    held = [Numbered(Held.of([(7, text) for text in range(6)]), first, 6)]
    assert edges(held, 32, 10).tolist() == [[first + text, first + text + 1] for text in range(5)]


def test_no_shards_have_no_links() -> None:
    assert not list(in_parts([], bucket_edges, 32))
    assert not list(in_parts(numbered([[]], 1), bucket_edges, 32))


def test_links_are_of_the_part_that_holds_their_key() -> None:
    shards = [[(0, 0), (2**59, 0), (LAST, 0)]] * 2
    links = list(in_parts(numbered(shards, 1), bucket_edges, 64))
    assert [(link.part, link.edges.tolist()) for link in links] == [(0, [[0, 1]]), (2, [[0, 1]]), (63, [[0, 1]])]


def spread(shards: int, texts: int) -> list[list[tuple[int, int]]]:
    rng = np.random.default_rng(1)
    return [
        [(int(key), text) for text, key in enumerate(rng.integers(0, LAST, texts, np.uint64))] for _ in range(shards)
    ]


def test_memory_is_bounded_by_the_range() -> None:
    held = numbered(spread(20, 100), 100)
    edges(held, 32, 250)
    longest = [source.keys.most for source in held if isinstance(source.keys, Held)]
    assert sum(longest) < 20 * 100 / 2


def test_keys_that_crowd_into_one_corner_are_cut_until_they_fit() -> None:
    crowd = [[(5 + number, text) for text, number in enumerate(range(0, 300, 3))] for _ in range(9)]
    held = numbered(crowd, 100)
    assert edges(held, 32, 90).tolist() == by_hand(crowd, 100)
    assert len(edges(held, 32, 90)) == 8 * 100


@pytest.mark.parametrize("most_rows", [1, 50, 60, 120, FEW])
def test_a_key_of_all_documents_is_tied_shard_by_shard(most_rows: int) -> None:
    shards = [[(7, text) for text in range(50)] for _ in range(10)]
    found = edges(numbered(shards, 50), 32, most_rows)
    assert found.tolist() == [[text, text + 1] for text in range(499)]
    assert components(found, 500).tolist() == [0] * 500
