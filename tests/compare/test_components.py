"""Edges of buckets and connected components: what every engine calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.compare import bucket_edges, components, joining
from checker.compare.joining import Forest
from checker.kernels import joining as kernels


def as_edges(pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def joined_one_by_one(pairs: Sequence[tuple[int, int]], n: int) -> list[int]:
    labels = list(range(n))
    for one, other in pairs:
        old, new = sorted((labels[one], labels[other]), reverse=True)
        labels = [new if label == old else label for label in labels]
    return labels


PAIRS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40)


@settings(deadline=None)
@given(PAIRS, st.integers(0, 40))
def test_components_are_those_of_joining_one_by_one(pairs: list[tuple[int, int]], cut: int) -> None:
    expected = joined_one_by_one(pairs, 20)
    assert components(as_edges(pairs), 20).tolist() == expected
    forest = Forest(20)
    for part in (as_edges(pairs[:cut]), as_edges(pairs[cut:])):
        forest.join(part[:, 0], part[:, 1])
    assert forest.labels.tolist() == expected


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=PAIRS, data=st.data())
def test_order_direction_repetition_and_splitting_do_not_matter(
    monkeypatch: pytest.MonkeyPatch, backend: str, pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    monkeypatch.setenv("HEADWATER_BACKEND", backend)
    again = data.draw(st.permutations(pairs + [(other, one) for one, other in pairs[::2]]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(again)), max_size=4)))
    pieces = (as_edges(again[a:b]) for a, b in zip([0, *cuts], [*cuts, len(again)], strict=True))
    assert components(pieces, 20).tolist() == joined_one_by_one(pairs, 20)


@pytest.mark.parametrize("pays_from", [pytest.param(1, id="always"), pytest.param(700, id="from the middle on")])
def test_a_stream_that_becomes_long_is_joined_by_compiled_code(monkeypatch: pytest.MonkeyPatch, pays_from: int) -> None:
    monkeypatch.delenv("HEADWATER_BACKEND", raising=False)
    edges = np.random.default_rng(2).integers(0, 1_000, (1_500, 2))
    plain = components(edges, 1_000)
    monkeypatch.setattr(joining, "PAYS_FROM", 100)  # of it a batch is made
    monkeypatch.setattr(kernels, "PAYS_FROM", pays_from)
    assert kernels.joiner(1_500) is not None
    assert np.array_equal(components(iter(np.array_split(edges, 40)), 1_000), plain)


def test_labels_are_small_and_are_not_copied() -> None:
    assert components(iter(()), 3).dtype == np.int32
    assert Forest(3).labels.dtype == np.int32
    assert components([as_edges([]), as_edges([(2, 1)])], 3).tolist() == [0, 1, 1]


def shapes(n: int) -> dict[str, NDArray[np.int64]]:
    nodes = np.arange(n)
    shuffled = np.random.default_rng(1).permutation(n)
    return {
        "a path": np.stack((nodes[:-1], nodes[1:]), axis=1),
        "a path back": np.stack((nodes[1:], nodes[:-1]), axis=1)[::-1],
        "a path in any order": np.stack((shuffled[:-1], shuffled[1:]), axis=1),
        "a star around the smallest": np.stack((np.zeros(n - 1, np.int64), nodes[1:]), axis=1),
        "a star around the largest": np.stack((np.full(n - 1, n - 1), nodes[:-1]), axis=1),
        "a zigzag": np.stack((nodes[:-1] // 2, n - 1 - nodes[:-1] // 2 - nodes[:-1] % 2), axis=1),
        "a tree": np.stack((nodes[1:], (nodes[1:] - 1) // 2), axis=1),
    }


@pytest.mark.parametrize("shape", shapes(2))
def test_any_shape_of_200_000_nodes_takes_few_rounds(shape: str) -> None:
    edges = shapes(200_000)[shape]
    started = time.process_time()
    assert not components(edges, 200_000).any()
    assert time.process_time() - started < 5


def test_no_edges_and_no_nodes() -> None:
    assert components(as_edges([]), 0).tolist() == []
    assert components(as_edges([]), 3).tolist() == [0, 1, 2]
    assert components(as_edges([(1, 1)]), 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("edge", [(0, 3), (-1, 0)])
def test_an_edge_to_nowhere_is_refused(edge: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.2"):
        components(as_edges([edge]), 3)
    with pytest.raises(ValueError, match=r"outside 0\.\.2"):
        components(iter([as_edges([(0, 1)]), as_edges([edge])]), 3)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 15)), max_size=60))
def test_a_bucket_has_one_edge_less_than_documents(entries: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in entries], dtype=np.uint64)
    docs = np.array([doc for _, doc in entries], dtype=np.int64)
    edges = bucket_edges(keys, docs)
    assert len(edges) == sum(
        len({doc for other, doc in entries if other == key}) - 1 for key in {k for k, _ in entries}
    )
    assert (edges[:, 0] < edges[:, 1]).all()
    pairs = [(one, other) for key, one in entries for twin, other in entries if key == twin]
    assert components(edges, 16).tolist() == joined_one_by_one(pairs, 16)


KEYS = st.one_of(
    st.integers(0, 3),
    st.integers(0, 2**64 - 1),
    st.builds(lambda band, top: band << 59 | top << 19, st.integers(0, 2), st.sampled_from([0, 1, 2**40 - 1])),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(KEYS, st.integers(0, 6)), max_size=30))
def test_edges_chain_the_documents_of_each_key_in_order(entries: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in entries], dtype=np.uint64)
    docs = np.array([doc for _, doc in entries], dtype=np.int64)
    rows = sorted(set(entries))
    expected = [[one, two] for (key, one), (other, two) in pairwise(rows) if key == other]
    assert bucket_edges(keys, docs).tolist() == expected


def test_edges_of_many_keys_and_of_one() -> None:
    keys = np.random.default_rng(3).integers(0, 50_000, 200_000).astype(np.uint64) << np.uint64(19)
    docs = np.random.default_rng(4).permutation(200_000)
    order = np.lexsort((docs, keys))
    same = keys[order][1:] == keys[order][:-1]
    assert np.array_equal(bucket_edges(keys, docs), np.stack((docs[order][:-1][same], docs[order][1:][same]), axis=1))
    assert np.array_equal(bucket_edges(np.zeros(9, np.uint64), np.arange(9)[::-1])[:, 0], np.arange(8))
