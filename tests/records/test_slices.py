"""Records counted by the values of declared columns, the same in every format and in any order."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.measure import merge
from checker.model.composition import Composition
from checker.model.dataset import DatasetSettings
from checker.read.records import open_records
from checker.read.records.bad import BadRows
from checker.read.records.slices import MOST_VALUES, OTHER, Slices, bounded
from checker.store.encoding import canonical, decode, digest_of, encode

SLICES = {"label": "label", "dialect": "meta.dialect"}
DECLARED = DatasetSettings(slices=SLICES)
ROWS: list[dict[str, Any]] = [
    {
        "text": f"Text {number}",
        "origin": ("human", "machine")[number % 2],
        "label": ("greeting", "farewell", None)[number % 3],
        "meta": {"dialect": ("en-GB", "en-IN")[number % 2], "other": number},
    }
    for number in range(200)
]
TRUTH = {
    "dialect": {"en-GB": 100, "en-IN": 100},
    "label": {"": 66, "farewell": 67, "greeting": 67},
}


def as_parquet(rows: list[dict[str, Any]], schema: Any = None, **options: Any) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), out, **options)
    return out.getvalue()


def as_arrow(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import ipc

    table, out = pyarrow.Table.from_pylist(rows), io.BytesIO()
    with ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=17)
    return out.getvalue()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = ["text,origin,label,meta.dialect"]
    lines += [",".join([row["text"], row["origin"], row["label"] or "", row["meta"]["dialect"]]) for row in rows]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
@pytest.mark.parametrize(
    ("path", "write"),
    [
        pytest.param("a.csv", as_csv, id="csv"),
        pytest.param("a.parquet", as_parquet, id="parquet"),
        pytest.param("a.parquet", lambda rows: as_parquet(rows, row_group_size=11), id="parquet in groups"),
        pytest.param("a.arrow", as_arrow, id="arrow"),
    ],
)
def test_every_format_counts_the_same(
    reader: Any, jsonl: Callable[..., bytes], path: str, write: Callable[[list[dict[str, Any]]], bytes], text: bool
) -> None:
    plain = reader.read(jsonl(*ROWS), settings=DECLARED, text=text)
    assert plain.composition.slices == TRUTH
    assert reader.read(write(ROWS), path, settings=DECLARED, text=text) == plain


@pytest.mark.parametrize("name", ["jsonl", "parquet"])
def test_declaring_slices_changes_nothing_else(reader: Any, jsonl: Callable[..., bytes], name: str) -> None:
    """Also where a slice reads what is read for something else, or lies above or below it."""
    rows = [{**row, "annotator": "x", "license": "MIT", "review": {"status": "ok"}, "url": "u" * 20} for row in ROWS]
    data, path = (jsonl(*rows), "a.jsonl") if name == "jsonl" else (as_parquet(rows), "a.parquet")
    names = ("annotator", "license", "review", "review.status", "text", "url", "meta", "origin")
    own = DatasetSettings(slices={name: name for name in names})
    for text in (False, True):
        found = reader.read(data, path, settings=own, text=text).composition
        assert found._replace(slices={}) == reader.read(data, path, text=text).composition
        assert found.slices["annotator"] == {"x": 200}
        assert found.slices["review"] == {"(object)": 200}
        assert found.slices["review.status"] == {"ok": 200}
        assert len(found.slices["text"]) == 200


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        pytest.param("a", {"a": 1}, id="a text"),
        pytest.param("", {"": 1}, id="an empty text"),
        pytest.param(None, {"": 1}, id="null"),
        pytest.param(True, {"true": 1}, id="a yes"),
        pytest.param(1, {"1": 1}, id="a number"),
        pytest.param(1.0, {"1": 1}, id="the same number with a point"),
        pytest.param(0.25, {"0.25": 1}, id="a fraction"),
        pytest.param(["a", "b", "a"], {"a": 1, "b": 1}, id="each member once"),
        pytest.param([], {"": 1}, id="an empty list"),
        pytest.param({"x": 1}, {"(object)": 1}, id="an object"),
        pytest.param("x" * 300, {"x" * 200: 1}, id="a long text"),
        pytest.param(OTHER, {OTHER: 1}, id="the word for the rest"),
    ],
)
def test_how_a_value_is_written(
    reader: Any, jsonl: Callable[..., bytes], value: object, counts: dict[str, int]
) -> None:
    own = DatasetSettings(slices={"label": "label"})
    assert reader.read(jsonl({"label": value}), settings=own).composition.slices == {"label": counts}
    if value is not None and value != []:
        assert reader.read(as_parquet([{"label": value}]), "a.parquet", settings=own).composition.slices == {
            "label": counts
        }


def test_true_and_one_are_told_apart(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows = jsonl(*({"label": value} for value in (True, 1, 1.0, "1", False, 0)))
    for lines in (rows, b"".join(reversed(rows.splitlines(keepends=True)))):
        found = reader.read(lines, settings=DatasetSettings(slices={"label": "label"}))
        assert found.composition.slices == {"label": {"0": 1, "1": 3, "false": 1, "true": 1}}


def test_only_readable_records_count(reader: Any) -> None:
    data = b'{"label": "a"}\noops\n{"label": "\xff"}\n\n3\n{"label": 1e999, "x": 1}\n{"other": "b"}\n'
    found = reader.read(data, settings=DatasetSettings(slices={"kind of": "kind of", "y": "x"}))
    assert (found.records, found.composition.bad_rows) == (2, 4)
    assert found.composition.slices == {"kind of": {"": 2}, "y": {"": 2}}


def test_a_number_that_no_float_holds_says_nothing(reader: Any) -> None:
    found = reader.read(b'{"score": 1e999, "b": "x"}\n', settings=DatasetSettings(slices={"s": "score", "b": "b"}))
    assert (found.records, found.composition.slices) == (1, {"b": {"x": 1}, "s": {"": 1}})


def test_bad_rows_of_a_table_do_not_count(reader: Any) -> None:
    import pyarrow

    schema = pyarrow.schema([("origin", pyarrow.binary()), ("intent", pyarrow.binary())])
    rows = [
        {"origin": b"human", "intent": b"a"},
        {"origin": b"\xff", "intent": b"b"},
        {"origin": b"x", "intent": b"\xff"},
    ]
    found = reader.read(as_parquet(rows, schema), "a.parquet", settings=DatasetSettings(slices={"intent": "intent"}))
    assert (found.records, found.composition.slices) == (2, {"intent": {"a": 1, "\ufffd": 1}})


@pytest.mark.parametrize("key", ['quote"d', "back\\slash", "", "\u2028", "ünïcode"])
def test_any_key_may_be_a_slice(reader: Any, jsonl: Callable[..., bytes], key: str) -> None:
    own = DatasetSettings(slices={"odd": key, "label": "label"})
    found = reader.read(jsonl({key: "a", "label": "b"}, {"x": 1}), settings=own)
    assert found.composition.slices == {"label": {"": 1, "b": 1}, "odd": {"": 1, "a": 1}}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.txt", b"one text", id="text"),
        pytest.param("a.csv", b"text\nx\n", id="csv"),
        pytest.param("a.parquet", as_parquet([{"x": 1}]), id="parquet"),
        pytest.param("a.arrow", as_arrow([{"x": 1}]), id="arrow"),
        pytest.param("a.jsonl", b"{}\n", id="jsonl"),
    ],
)
def test_a_record_without_the_column_states_nothing(reader: Any, path: str, data: bytes) -> None:
    assert reader.read(data, path, settings=DECLARED).composition.slices == {"dialect": {"": 1}, "label": {"": 1}}


@pytest.mark.parametrize("path", ["a.jsonl", "a.csv", "a.parquet", "a.txt"])
def test_an_empty_shard_has_empty_slices(reader: Any, path: str) -> None:
    assert reader.read(b"", path, settings=DECLARED).composition.slices == {"dialect": {}, "label": {}}


def counted(values: list[str | None]) -> dict[str, int]:
    slices = Slices({"s": "s"})
    for value in values:
        slices.count("s", [value])
    return slices.counts()["s"]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        pytest.param(MOST_VALUES, MOST_VALUES, id="exactly at the bound"),
        pytest.param(MOST_VALUES + 1, MOST_VALUES + 1, id="one over"),
        pytest.param(5 * MOST_VALUES, MOST_VALUES + 1, id="far over"),
    ],
)
def test_values_beyond_the_bound_are_counted_together_in_any_order(values: int, kept: int) -> None:
    rnd = random.Random(3)
    drawn: list[str | None] = [f"value {number % values}" for number in range(2 * values)] + [None] * 7
    whole = counted(drawn)
    assert (len(whole) - 1, whole[""], sum(whole.values())) == (kept, 7, len(drawn))
    assert (OTHER in whole) is (values > MOST_VALUES)
    assert all(records == 2 for value, records in whole.items() if value not in ("", OTHER))
    rnd.shuffle(drawn)
    assert counted(drawn) == whole
    edges = [0, *sorted(rnd.sample(range(len(drawn)), 3)), len(drawn)]
    parts = [Composition(slices={"s": counted(drawn[start:end])}) for start, end in pairwise(edges)]
    assert merge(parts).slices == {"s": whole}
    assert merge([merge(parts[2:]), merge(parts[:2])]).slices == {"s": whole}


def test_memory_is_bounded_while_counting() -> None:
    slices = Slices({"s": "s"})
    for start in range(0, 100_000, 1000):
        slices.count("s", [f"value {number}" for number in range(start, start + 1000)])
    found = slices.counts()["s"]
    assert (len(found), found[OTHER]) == (MOST_VALUES + 1, 100_000 - MOST_VALUES)


def test_slices_are_written_and_read_and_old_digests_stay() -> None:
    plain = Composition(bad_rows=3)
    sliced = plain._replace(slices={"label": {"": 2, "ü": 1}})
    assert decode(json.loads(canonical(encode(sliced)))) == sliced
    assert "slices" not in encode(plain)
    assert digest_of(sliced) != digest_of(plain)
    with pytest.raises(ValueError, match="expected"):
        decode({**encode(plain), "slices": {"label": {"a": -1}}})


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["a", "b", "", "ü"]), st.lists(st.sampled_from("ab"))
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "label": VALUES,
        "meta": st.none() | st.fixed_dictionaries({}, optional={"dialect": VALUES}),
        "k": VALUES,
    },
)


def written(value: object) -> list[str]:
    """An oracle: the JSON text of a value, of a list that of each member."""
    members = dict.fromkeys(value) if isinstance(value, list) else [value]
    return ["" if one is None else one if isinstance(one, str) else json.dumps(one) for one in members] or [""]


def read_slices(records: list[Any]) -> dict[str, dict[str, int]]:
    slices, data = Slices(SLICES), b"".join(json.dumps(record).encode() + b"\n" for record in records)
    for _batch in open_records("a.jsonl", io.BytesIO(data), DECLARED, BadRows(), slices=slices):
        pass
    return slices.counts()


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS | st.just("no record"), max_size=30), st.integers(0, 30))
def test_any_records(records: list[Any], cut: int) -> None:
    good = [record for record in records if isinstance(record, dict)]
    whole = read_slices(records)
    assert whole["label"] == Counter(text for record in good for text in written(record.get("label")))
    assert whole["dialect"] == Counter(
        text for record in good for text in written((record.get("meta") or {}).get("dialect"))
    )
    parts = [Composition(slices=read_slices(part)) for part in (records[:cut], records[cut:])]
    assert merge(parts).slices == whole
    assert all(bounded(counts) == counts for counts in whole.values())
