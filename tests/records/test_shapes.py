"""The quick way to read JSON is a bet on the shape of the rows; it must never change what is counted."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.measure.tally import Tallies
from checker.measure.tokens import count_tokens
from checker.model.composition import Composition
from checker.model.dataset import DatasetSettings
from checker.read.records.bad import BadRows
from checker.read.records.fields import field_map
from checker.read.records.jsonl import read_jsonl
from checker.read.records.oddrows import OddRows
from checker.read.records.resolution import UNSTATED, Resolver
from checker.read.records.roles import RoleMap
from checker.read.records.scales import Scales

NAMES = (
    "id",
    "text",
    "source",
    "url",
    "license",
    "origin",
    "origin_confidence",
    "model",
    "language",
    "domain",
    "weight",
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 0.25, 1.0]),
    st.sampled_from(
        ["", "human", "machine", "unknown", "MIT", "en", "https://example.org/a", "ü", "a longer text than ten"]
    ),
    st.lists(st.sampled_from(["MIT", "x", None, {"op": "dedup"}]), max_size=2),
    st.fixed_dictionaries({"status": st.sampled_from(["ok", "no"])}),
)
RECORDS = st.dictionaries(
    st.sampled_from((*NAMES, "messages", "other", "review", "annotator", "transforms")), VALUES, max_size=8
) | st.fixed_dictionaries(
    {"metadata": st.dictionaries(st.sampled_from(["license", "url", "x"]), VALUES, max_size=3) | VALUES},
    optional={
        "messages": st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": VALUES}))
    },
)


def compose(lines: list[bytes], *, text: bool, quick: bool) -> Composition:
    """Count the quick way, or every row the slow way."""
    fields, roles, bad = field_map(DatasetSettings()), RoleMap(DatasetSettings()), BadRows()
    scales = Scales(count_tokens, roles) if text else None
    tallies = Tallies(Resolver(DatasetSettings(), UNSTATED), text=text)
    if quick:
        data = iter([b"".join(lines)])
        batches = read_jsonl(lambda size: next(data, b""), fields, scales, bad)
        for batch in batches:
            tallies.add(batch)
    else:
        for batch in OddRows(fields, scales, bad).read(enumerate(lines, 1)):
            tallies.add(batch)
    return tallies.composition(bad)


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=30))
def test_quick_and_slow_agree(text: bool, records: list[dict[str, Any]]) -> None:
    lines = [json.dumps(record).encode() + b"\n" for record in records]
    assert compose(lines, text=text, quick=True) == compose(lines, text=text, quick=False)


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
def test_shapes_that_change_in_the_middle(text: bool) -> None:
    rnd = random.Random(7)
    rows: list[dict[str, Any]] = [{"text": "a b", "origin": "human", "id": "a" * 12} for _ in range(3000)]
    for place in rnd.sample(range(3000), 600):
        rows[place] = rnd.choice(
            [
                {"text": "a", "origin": "machine", "id": None},
                {"text": "a", "origin": f"word {place}", "id": ""},
                {"synthetic": True, f"key {place}": 1},
                {"metadata": {"license": "MIT", f"key {place}": [1]}, "text": "c"},
                {"messages": [{"role": "user", "content": "hi"}]},
                {"origin": ["x"], "license": [{"a": 1}]},
            ]
        )
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    assert compose(lines, text=text, quick=True) == compose(lines, text=text, quick=False)


@pytest.mark.parametrize(
    "key", ['quote"d', "back\\slash", "new\nline", "", "ünïcode", "\u2028", "a.b", "__class__", "f0", "self"]
)
def test_any_key_may_come(reader: Any, jsonl: Callable[..., bytes], key: str) -> None:
    found = reader.read(jsonl({key: 1, "origin": "human"}, {"origin": "machine", key: "x"}))
    assert found.origins == {"human": 1, "machine": 1}


def test_a_thousand_keys(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows = [{**{f"key {number} {place}": 1 for place in range(50)}, "origin": "human"} for number in range(300)]
    assert reader.read(jsonl(*rows)).origins == {"human": 300}


def test_the_last_of_two_equal_keys_counts(reader: Any) -> None:
    assert reader.read(b'{"origin": "human", "origin": "machine"}\n' * 3).origins == {"machine": 3}


def test_many_sources_do_not_grow_without_bound(reader: Any, jsonl: Callable[..., bytes]) -> None:
    found = reader.read(jsonl(*({"source": f"source {number}", "origin": "human"} for number in range(20_000))))
    assert (found.records, found.coverage["source"]) == (20_000, 20_000)
    assert len(found.composition.cells) == 4097
    assert "(other)" in found.values("source")


def test_a_source_for_every_record_as_an_address(reader: Any, jsonl: Callable[..., bytes]) -> None:
    found = reader.read(jsonl(*({"source": f"https://example.org/{number}"} for number in range(9000))))
    assert (found.values("source"), found.coverage["url"]) == ({"example.org"}, 9000)


def test_many_domains_are_refused_not_folded(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows = jsonl(*({"domain": f"domain {number}"} for number in range(3000)))
    assert "more than 2048 combinations of domain and language" in reader.refusal(rows)


def test_many_licenses_and_scores(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows = [
        {"license": f"license {number}", "origin": "human", "origin_confidence": number / 5000}
        for number in range(5000)
    ]
    found = reader.read(jsonl(*rows))
    assert len(found.licenses) == 1025
    assert sum(found.licenses.values()) == 5000
    (tally,) = found.composition.cells.values()
    assert sum(records for records, _ in tally.scores.values()) == 5000
