"""Grouping by shared keys: however the keys are cut into ranges, the same documents are connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from engine.shards import FolderStore, notes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.compare import bucket_edges, components
from checker.engine.artifacts import BandKeys
from checker.engine.embedded import Embedded
from checker.engine.seam import Artifact
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Measurement
from checker.model.dataset import DatasetSettings

LAST = 2**64 - 1


@dataclass
class Held:
    """Sorted keys in memory; `most` is the longest range that was asked for."""

    keys: NDArray[np.uint64]
    documents: NDArray[np.int64]
    most: int = 0

    @classmethod
    def of(cls, entries: Sequence[tuple[int, int]]) -> Held:
        ordered = sorted(entries)
        return cls(
            np.array([key for key, _ in ordered], np.uint64), np.array([document for _, document in ordered], np.int64)
        )

    def count(self, low: int, high: int) -> int:
        inside = (self.keys >= np.uint64(low)) & (self.keys <= np.uint64(high - 1))
        return int(inside.sum())

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        inside = (self.keys >= np.uint64(low)) & (self.keys <= np.uint64(high - 1))
        self.most = max(self.most, int(inside.sum()))
        return self.keys[inside], self.documents[inside]


def connected(artifacts: Sequence[Artifact], documents: int, most_entries: int) -> list[int]:
    links = list(Embedded().group(artifacts, bucket_edges, most_entries=most_entries))
    edges = np.concatenate([np.empty((0, 2), np.int64), *links])
    return list(components(edges, documents))


def by_hand(shards: Sequence[Sequence[tuple[int, int]]], documents: int) -> list[int]:
    """The smallest document that each one is connected with, by repeated merging."""
    labels = list(range(documents))
    entries = [entry for shard in shards for entry in shard]
    changed = True
    while changed:
        changed = False
        for key in {key for key, _ in entries}:
            members = [document for other, document in entries if other == key]
            least = min(labels[member] for member in members)
            for member in members:
                changed |= labels[member] != least
                labels[member] = least
    return labels


KEYS = st.one_of(st.integers(0, 5), st.sampled_from([2**63, 2**63 - 1, LAST, LAST - 1]))
SHARDS = st.lists(st.lists(st.tuples(KEYS, st.integers(0, 11)), max_size=12), max_size=4)


@given(shards=SHARDS, most_entries=st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_ranges_connect_what_is_connected(shards: list[list[tuple[int, int]]], most_entries: int) -> None:
    expected = by_hand(shards, 12)
    assert connected([Held.of(shard) for shard in shards], 12, most_entries) == expected
    assert connected([Held.of(shard) for shard in reversed(shards)], 12, most_entries) == expected


def test_memory_is_bounded_by_the_range() -> None:
    rng = np.random.default_rng(1)
    shards = [
        Held.of([(int(key), 100 * number + at) for at, key in enumerate(rng.integers(0, LAST, 100, np.uint64))])
        for number in range(20)
    ]
    connected(shards, 2000, 250)
    assert max(shard.most for shard in shards) <= 250
    assert sum(shard.most for shard in shards) < 20 * 100


def test_a_key_of_all_documents_is_tied_shard_by_shard() -> None:
    shards = [Held.of([(7, 50 * number + at) for at in range(50)]) for number in range(10)]
    assert connected(shards, 500, 60) == [0] * 500
    assert max(shard.most for shard in shards) == 50


@pytest.mark.parametrize("most_entries", [pytest.param(10_000, id="one range"), pytest.param(64, id="many ranges")])
def test_evidence_about_real_text_is_grouped(tmp_path_factory: pytest.TempPathFactory, most_entries: int) -> None:
    folder = tmp_path_factory.mktemp("group")
    store = FolderStore(folder)
    first, second = notes(0, 8), notes(8, 8)
    second[3] = {**second[3], "text": first[5]["text"]}
    second[6] = {**second[6], "text": ""}
    shards = [store.add("a.jsonl", *first), store.add("b.jsonl", *second)]
    plan = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
    found = measure_shards(shards, store, plan, EvidenceCache(folder / "cache"), budget_seconds=None)
    artifacts, start = [], 0
    for result in found.values():
        assert isinstance(result, Measurement)
        assert result.text is not None
        artifacts.append(BandKeys(result.text, start))
        start += result.text.records
    labels = connected(artifacts, 16, most_entries)
    assert labels[8 + 3] == labels[5]
    assert labels[8 + 6] == 8 + 6
    assert labels == connected(artifacts[::-1], 16, most_entries)
