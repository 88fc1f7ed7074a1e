"""Evidence about text: found in the same pass as the composition, kept apart, and measured only when it is missing."""

from __future__ import annotations

import gc
import json
import weakref
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import RecordError
from checker.kernels import merge_stats
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.measure.texts import Texts
from checker.measure.tokens import count_tokens
from checker.model.composition import Measurement
from checker.model.dataset import DatasetSettings
from checker.model.text import ShardText

PLAIN = DatasetSettings()
BOTH = Plan(text=True, settings=PLAIN, signatures=True)
COUNTS = Plan(text=True, settings=PLAIN)
SIGNATURES = Plan(text=False, settings=PLAIN, signatures=True)
BARE = Plan(text=False, settings=PLAIN)
RECORDS = [{"text": f"one two three four five six {number} \u00fc", "origin": "human"} for number in range(50)]


def measured(pair: Any, store: Any, plan: Plan, cache: EvidenceCache) -> Measurement:
    found = measure_shards([pair], store, plan, cache, budget_seconds=None)[pair[1].hash]
    assert isinstance(found, Measurement), found
    return found


def text_of(found: Measurement) -> ShardText:
    assert found.text is not None
    return found.text.load()


def equal(one: Any, other: Any) -> bool:
    """Whether two nested records of arrays hold the same."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(np.array_equal(one, other))


def test_no_text_unless_it_is_asked_for(store: Any, tmp_path: Path) -> None:
    assert measured(store.add("a.jsonl", *RECORDS), store, COUNTS, EvidenceCache(tmp_path)).text is None


@pytest.mark.parametrize("folder", [True, False], ids=["kept", "kept nowhere"])
def test_documents_are_the_readable_records(store: Any, tmp_path: Path, folder: bool) -> None:
    lines = [json.dumps(record).encode() for record in RECORDS]
    lines[3:3] = [b"oops", b"", b'{"id": "no text"}']
    pair = store.add("a.jsonl", data=b"\n".join(lines))
    found = measured(pair, store, BOTH, EvidenceCache(tmp_path if folder else None))
    text = text_of(found)
    assert found.text is not None
    assert found.text.records == found.composition.records == text.stats.records == 51
    assert text.documents.rows.tolist() == [1, 2, 3, *range(6, 54)]
    assert text.documents.tokens.tolist() == [8, 8, 8, 0] + [8] * 47
    assert sum(tally.tokens or 0 for tally in found.composition.cells.values()) == text.stats.tokens


@pytest.mark.parametrize("text", [False, True], ids=["without tokens", "with tokens"])
@pytest.mark.parametrize("path", ["a.jsonl", "a.parquet"])
def test_a_composition_is_the_same_alone_and_together(store: Any, path: str, text: bool) -> None:
    import io

    import pyarrow
    import pyarrow.parquet

    rows: list[dict[str, Any]] = [*RECORDS, {"text": "\u4f60\u597d x", "origin": "machine"}, {"origin": "human"}]
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    pair = store.add(path, data=out.getvalue()) if path == "a.parquet" else store.add(path, *rows)
    alone = measured(pair, store, Plan(text, PLAIN), EvidenceCache(None))
    together = measured(pair, store, Plan(text, PLAIN, signatures=True), EvidenceCache(None))
    assert together._replace(text=None) == alone
    assert text_of(together).stats.records == 52


def test_the_second_time_nothing_is_opened(store: Any, tmp_path: Path) -> None:
    pair = store.add("a.jsonl", *RECORDS)
    first = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    store.opened.clear()
    second = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    assert store.opened == []
    assert second._replace(text=None) == first._replace(text=None)
    assert equal(text_of(second), text_of(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(COUNTS, BOTH, id="the composition is there"),
        pytest.param(SIGNATURES, BOTH, id="the text is there"),
        pytest.param(BARE, SIGNATURES, id="a composition without tokens is there"),
    ],
)
def test_only_what_is_missing_is_measured(store: Any, tmp_path: Path, first: Plan, second: Plan) -> None:
    pair = store.add("a.jsonl", *RECORDS)
    whole = measured(pair, store, second, EvidenceCache(None))
    measured(pair, store, first, EvidenceCache(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    store.opened.clear()
    found = measured(pair, store, second, EvidenceCache(tmp_path))
    assert len(store.opened) == 1
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len([path for path in tmp_path.rglob("*.*") if path.is_file()]) == len(before) + 1
    assert found._replace(text=None) == whole._replace(text=None)
    assert equal(text_of(found), text_of(whole))


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(DatasetSettings(domain="health", language="de"), id="domain and language"),
        pytest.param(DatasetSettings(fields={"license": "lic"}), id="another field"),
        pytest.param(DatasetSettings(values={"origin": {"human": "machine"}}), id="values of the origin"),
        pytest.param(DatasetSettings(slices={"label": "label"}), id="slices"),
    ],
)
def test_the_text_is_shared_by_settings_that_do_not_touch_it(store: Any, tmp_path: Path, own: DatasetSettings) -> None:
    pair = store.add("a.jsonl", *RECORDS)
    first = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    second = measured(pair, store, Plan(True, own, signatures=True), EvidenceCache(tmp_path))
    assert first.text is not None
    assert second.text is not None
    assert (first.text.key, first.text.digest) == (second.text.key, second.text.digest)
    assert first.key != second.key


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(DatasetSettings(fields={"text": "origin"}), id="text"),
        pytest.param(DatasetSettings(fields={"turns": "chat"}), id="turns"),
        pytest.param(DatasetSettings(values={"role": {"user": "excluded"}}), id="roles"),
        pytest.param(DatasetSettings(format="lines"), id="format"),
    ],
)
def test_another_text_is_other_evidence(store: Any, tmp_path: Path, own: DatasetSettings) -> None:
    pair = store.add("a.jsonl", *RECORDS)
    first = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    second = measured(pair, store, Plan(True, own, signatures=True), EvidenceCache(tmp_path))
    assert first.text is not None
    assert second.text is not None
    assert first.text.key != second.text.key


def test_evidence_without_the_rows_that_were_bad_elsewhere_is_not_taken(store: Any, tmp_path: Path) -> None:
    """Under some settings a row is bad because of a field that other settings do not read."""
    data = b'{"text": "one", "license": 1e999}\n{"text": "two"}\n'
    pair = store.add("a.jsonl", data=data)
    other = Plan(True, DatasetSettings(fields={"license": "lic"}), signatures=True)
    for first, second in ((BOTH, other), (other, BOTH)):
        cache = EvidenceCache(tmp_path / ("one" if first is BOTH else "two"))
        found = [measured(pair, store, plan, cache) for plan in (first, second)]
        for plan, one in zip((first, second), found, strict=True):
            records = 1 if plan is BOTH else 2
            assert one.composition.records == text_of(one).stats.records == records
        # The second time all is known.
        store.opened.clear()
        assert [measured(pair, store, plan, cache).composition.records for plan in (first, second)] == [
            one.composition.records for one in found
        ]
        assert store.opened == []


def test_a_damaged_text_is_measured_again(store: Any, tmp_path: Path) -> None:
    pair = store.add("a.jsonl", *RECORDS)
    first = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    (entry,) = tmp_path.rglob("*.text")
    entry.write_bytes(entry.read_bytes()[:-30])
    again = measured(pair, store, BOTH, EvidenceCache(tmp_path))
    assert equal(text_of(again), text_of(first))
    assert len(store.opened) == 2


@pytest.mark.parametrize("records", [50, 51], ids=["exactly at the cap", "one over"])
def test_too_many_records_to_compare(records: int) -> None:
    texts = Texts(most_records=50)
    texts.sink.add(range(1, records + 1), ["x"] * records)
    if records == 50:
        texts.sink.flush()
        assert texts.found().stats.records == 50
    else:
        with pytest.raises(RecordError, match="more than 50 records"):
            texts.sink.flush()


def test_what_was_held_of_a_shard_is_freed_at_once() -> None:
    texts = Texts()
    texts.sink.add([1], ["some text"])
    texts.sink.flush()
    texts.found()
    held = weakref.ref(texts.sink)
    gc.disable()  # it would find rings of references, sooner or later
    try:
        del texts
        assert held() is None
    finally:
        gc.enable()


TEXTS = st.text(max_size=30).map(lambda text: text.encode("utf-8", "ignore").decode())
LINES = st.lists(
    st.fixed_dictionaries({"text": TEXTS}).map(json.dumps)
    | st.just("oops")
    | st.lists(TEXTS, max_size=3).map(
        lambda said: json.dumps({"messages": [{"role": "user", "content": text} for text in said]})
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, cuts=st.lists(st.integers(0, 20), max_size=2))
def test_the_parts_are_the_whole(store: Any, lines: list[str], cuts: list[int]) -> None:
    def find(part: list[str]) -> Measurement:
        pair = store.add("a.jsonl", data="".join(f"{line}\n" for line in part).encode())
        return measured(pair, store, BOTH, EvidenceCache(None))

    edges = [0, *sorted(cuts), len(lines)]
    parts = [text_of(find(lines[start:end])) for start, end in pairwise(edges)]
    whole, alone = find(lines), text_of(find(lines))
    assert equal(merge_stats([part.stats for part in parts]), alone.stats)
    for column in ("hashes", "signatures", "tokens"):
        together = np.concatenate([getattr(part.documents, column) for part in parts])
        assert np.array_equal(together, getattr(alone.documents, column))
    assert sum(tally.tokens or 0 for tally in whole.composition.cells.values()) == alone.stats.tokens


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(), min_size=1, max_size=5))
def test_the_kernels_count_the_tokens_that_are_counted_alone(store: Any, texts: list[str]) -> None:
    """Lone surrogates as well, which no format can hold."""
    found = Texts()
    found.sink.add(range(1, len(texts) + 1), texts)
    found.sink.flush()
    assert found.found().documents.tokens.tolist() == [count_tokens(text) for text in texts]
