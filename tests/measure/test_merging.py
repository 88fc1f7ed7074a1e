"""Merging is exact, and neither order nor grouping of shards can be seen in the result."""

from __future__ import annotations

import io
import json
import random
from itertools import pairwise
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.measure import EvidenceCache, Plan, measure_shards, merge
from checker.measure.shards import without_text
from checker.model.composition import Composition, Measurement
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location
from checker.store.encoding import canonical, decode, digest_of, encode

RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "origin": st.sampled_from(["human", "machine", "mixed", "unknown"]),
        "origin_confidence": st.floats(0, 1),
        "weight": st.floats(0, 10),
        "text": st.text(max_size=20),
        "source": st.sampled_from(["web", "books"]),
        "language": st.sampled_from(["en", "de"]),
        "domain": st.sampled_from(["health", "law"]),
        "license": st.sampled_from(["MIT", "CC0"]),
        "id": st.text(min_size=1, max_size=3),
        "generator": st.sampled_from(["m", None]),
        "review_result": st.booleans(),
        "messages": st.just([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho ho"}]),
    },
)
LINES = st.lists(RECORDS.map(json.dumps) | st.just("oops"), max_size=25)
PLAN = Plan(text=True, settings=DatasetSettings())


class OneShard:
    """A store with one object."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        return io.BytesIO(self.data)


def measured(lines: list[str], plan: Plan = PLAN) -> Composition:
    version = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)
    store = OneShard("".join(f"{line}\n" for line in lines).encode())
    shards = [(version, Shard("a.jsonl", "1" * 32))]
    found = measure_shards(shards, store, plan, EvidenceCache(None), budget_seconds=None)["1" * 32]
    assert isinstance(found, Measurement)
    return found.composition


def counts(composition: Composition) -> object:
    """All but the line numbers of bad rows, which are those of their shard."""
    return composition.cells, composition.bad_rows


@settings(max_examples=60, deadline=None)
@given(lines=LINES, cuts=st.lists(st.integers(0, 25), max_size=3), seed=st.integers(0, 99))
def test_the_parts_are_the_whole_in_any_order(lines: list[str], cuts: list[int], seed: int) -> None:
    edges = [0, *sorted(cuts), len(lines)]
    parts = [measured(lines[start:end]) for start, end in pairwise(edges)]
    random.Random(seed).shuffle(parts)
    whole = measured(lines)
    assert counts(merge(parts)) == counts(whole)
    assert counts(merge([merge(parts[:1]), merge(parts[1:])])) == counts(whole)
    assert digest_of(merge(parts)) == digest_of(merge(reversed(parts)))


@settings(max_examples=60, deadline=None)
@given(lines=LINES)
def test_what_is_written_is_what_is_read(lines: list[str]) -> None:
    composition = measured(lines)
    assert decode(json.loads(canonical(encode(composition)))) == composition


@settings(max_examples=60, deadline=None)
@given(lines=LINES)
def test_a_pass_with_text_serves_one_without(lines: list[str]) -> None:
    bare = measured(lines, Plan(text=False, settings=DatasetSettings()))
    assert without_text(measured(lines)) == bare


def test_nothing_merged_is_empty() -> None:
    assert merge([]) == Composition()


def test_text_that_one_part_did_not_read_is_unknown_in_the_whole() -> None:
    lines = ['{"origin": "human", "text": "one two"}']
    (tally,) = merge([measured(lines), measured(lines, Plan(False, DatasetSettings()))]).cells.values()
    assert (tally.records, tally.tokens, tally.bytes) == (2, None, None)


def test_the_first_bad_rows_of_all_are_kept() -> None:
    parts = [measured(["oops"] * number) for number in (3, 4)]
    assert [row.line for row in merge(parts).bad_samples] == [1, 1, 2, 2, 3]
    assert merge(parts) == merge(reversed(parts))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"cells": [], "bad_rows": -1, "bad_samples": []},
        {"cells": [], "bad_rows": True, "bad_samples": []},
        {"cells": {}, "bad_rows": 0, "bad_samples": []},
        {"cells": [[["alien", "", "", "", ""], {}]], "bad_rows": 0, "bad_samples": []},
        {"cells": [[["human", "", "", "", "", "", ""], {}]], "bad_rows": 0, "bad_samples": []},
        {"cells": [[["human", "", "", "", ""], {"records": 1.5}]], "bad_rows": 0, "bad_samples": []},
        {"cells": [[["human", "", "", "", ""], {"scores": [[1, 2]]}]], "bad_rows": 0, "bad_samples": []},
        {"cells": [[["human", "", "", "", ""], {"token_moments": [1] * 6}]], "bad_rows": 0, "bad_samples": []},
    ],
)
def test_what_nobody_wrote_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not a|valid"):
        decode(value)
