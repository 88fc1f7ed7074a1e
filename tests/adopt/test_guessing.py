"""What paths and first records suggest to `init`."""

from __future__ import annotations

import gzip
import io
import json

import pyarrow
import pyarrow.parquet
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checker import safeyaml
from checker.adopt.guessing import domain_of, fields_of, foreign_origins, mixes_roles, role_of, values_of
from checker.adopt.policy_file import policy_id
from checker.adopt.yamltext import comment, mapping, scalar
from checker.model.dataset import Role
from checker.read.records.sample import MOST_ROWS, first_rows

LONG = "A sentence that is long enough to be taken for the text of a record."


@pytest.mark.parametrize(
    ("path", "role"),
    [
        pytest.param("data/train", Role.TRAIN, id="a folder"),
        pytest.param("corpus/TrainSet.jsonl", Role.TRAIN, id="camel case"),
        pytest.param("data/test_2024.csv", Role.EVAL, id="an underscore"),
        pytest.param("gold/v7", Role.GOLD, id="gold"),
        pytest.param("data/raw/train.csv", Role.RAW, id="raw, whatever it is for"),
        pytest.param("data/raw/eval", Role.EVAL, id="evaluation data is protected, however raw"),
        pytest.param("train/gold-answers", Role.GOLD, id="the most protected wins"),
        pytest.param("data/training-notes", Role.TRAIN, id="a form of the word"),
        pytest.param("data/contest", Role.OTHER, id="a word that only holds another"),
        pytest.param("data/strain.parquet", Role.OTHER, id="no train in it"),
        pytest.param("data/goldfish", Role.OTHER, id="no gold in it"),
        pytest.param("data/notes", Role.OTHER, id="nothing of the kind"),
    ],
)
def test_roles_by_whole_words(path: str, role: Role) -> None:
    assert role_of(path) is role


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        pytest.param("data/clinical-notes", "health", id="health"),
        pytest.param("data/courts/2020", "legal", id="law"),
        pytest.param("bank/churn.csv", "finance", id="finance"),
        pytest.param("data/lawn-care", None, id="a word that only holds another"),
    ],
)
def test_domains_by_whole_words(path: str, domain: str | None) -> None:
    assert domain_of(path) == domain


@pytest.mark.parametrize(
    ("paths", "answer"),
    [
        pytest.param(("train.csv", "test.csv"), True, id="both"),
        pytest.param(("train-1.csv", "train-2.csv"), False, id="one"),
        pytest.param(("a.csv", "raw.csv"), False, id="none that matter"),
    ],
)
def test_roles_mixed_in_one_dataset(paths: tuple[str, ...], answer: bool) -> None:
    assert mixes_roles(paths) is answer


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        pytest.param([], {}, id="no record"),
        pytest.param([{"text": "x", "other": LONG}], {}, id="what has its usual name needs nothing"),
        pytest.param([{"question": LONG, "id": 1}], {"text": "question"}, id="the longest text"),
        pytest.param([{"name": "short", "code": "x1"}], {}, id="no text at all"),
        pytest.param([{"a": LONG}, {}, {}, {}], {}, id="text in few records"),
        pytest.param([{"messages": [], "note": LONG}], {}, id="a conversation has its text in turns"),
        pytest.param([{"text": "x", "meta.Lang": "en"}], {"language": "meta.Lang"}, id="another spelling, deeper"),
        pytest.param([{"text": "x", "sourceUrl": "u"}], {"url": "sourceUrl"}, id="camel case"),
        pytest.param([{"text": "x", "a.URL_": 1, "b.Url_": 1}], {}, id="two that fit are no answer"),
        pytest.param([{"text": "x", "Label": "spam"}], {}, id="a label is no sign of an origin"),
        pytest.param([{"\ud800": LONG}], {}, id="a name that no file can hold"),
        pytest.param([{"a\nb": LONG}], {}, id="a name with a line end"),
    ],
)
def test_fields_that_no_alias_finds(rows: list[dict[str, object]], fields: dict[str, str]) -> None:
    assert fields_of(rows) == fields


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        pytest.param([{"origin": "H"}, {"origin": "M"}, {"origin": "H"}], ("H", "M"), id="few"),
        pytest.param([{"origin": str(number)} for number in range(9)], (), id="many"),
        pytest.param([{"origin": LONG}], (), id="text of a record is not shown"),
        pytest.param([{"origin": None}, {}], (), id="none"),
    ],
)
def test_values_that_people_have_to_translate(rows: list[dict[str, object]], values: tuple[str, ...]) -> None:
    assert values_of(rows, "origin", {}) == values


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        pytest.param([{"origin": "H"}, {"origin": "M"}], ("H", "M"), id="letters of one's own"),
        pytest.param([{"origin": "human"}, {"origin": "H"}], ("H",), id="a known word beside one"),
        pytest.param([{"origin": "Human"}, {"origin": "machine"}, {"origin": ""}, {}], (), id="known words and gaps"),
        pytest.param([{"origin": "n/a"}, {"origin": "unknown"}], (), id="words that say nothing"),
    ],
)
def test_only_words_that_mean_nothing_to_headwater_are_asked_about(
    rows: list[dict[str, object]], values: tuple[str, ...]
) -> None:
    assert foreign_origins(rows, {}) == values


ROW = {"a": 1, "b": {"c": "x"}}
FLAT = {"a": 1, "b": {"c": "x"}, "b.c": "x"}


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        pytest.param("a.jsonl", json.dumps(ROW).encode(), [FLAT], id="one line without its end"),
        pytest.param("a.jsonl", b'{"a": 1}\n{"a": 2', [{"a": 1}], id="the last line is cut off"),
        pytest.param("a.jsonl", b'no\n[1]\n{"a": 1}\n', [{"a": 1}], id="lines that are no records"),
        pytest.param("a.jsonl.gz", gzip.compress(b'{"a": 1}\n'), [{"a": 1}], id="compressed"),
        pytest.param("a.jsonl.gz", b'{"a": 1}\n', [{"a": 1}], id="not compressed, whatever its name says"),
        pytest.param("a.csv", b"a,b\n1,2\n", [{"a": "1", "b": "2"}], id="CSV"),
        pytest.param("a.tsv", b"\xef\xbb\xbfa\tb\n1\t2\n", [{"a": "1", "b": "2"}], id="TSV with a byte order mark"),
        pytest.param("a.bin", b'{"a": 1}\n', [{"a": 1}], id="by its first bytes"),
        pytest.param("a.txt", b"only text", [], id="text"),
        pytest.param("a.parquet", b"PAR1 and no more", [], id="a damaged table"),
        pytest.param("a.bin", b"\0\1\2", [], id="nobody knows"),
        pytest.param("a.jsonl.gz", b"\x1f\x8b\x08\x00cut", [], id="damaged compression"),
        pytest.param("a.jsonl", b"", [], id="nothing"),
        pytest.param("a.jsonl", b'{"a":' * 100_000, [], id="a deep nest"),
    ],
)
def test_the_first_records(name: str, data: bytes, rows: list[dict[str, object]]) -> None:
    assert list(first_rows(name, io.BytesIO(data), len(data))) == rows


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        pytest.param("a.csv", b"id,text\n1,short\n2," + b"x" * 200_000 + b"\n", 1, id="a field that Python refuses"),
        pytest.param("a.csv", b"id,text\r1,old\r2,mac\r", 2, id="carriage returns alone"),
        pytest.param("a.csv", b"\0\0\0", 0, id="no text"),
        pytest.param("a.jsonl", b"[" * 100_000, 0, id="nothing but brackets"),
        pytest.param("a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1", 0, id="a table of nothing"),
    ],
)
def test_a_look_ends_where_the_data_are_odd(name: str, data: bytes, rows: int) -> None:
    assert len(first_rows(name, io.BytesIO(data), len(data))) == rows


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(2**30, pyarrow.date32(), id="a date in the year two million"),
        pytest.param(2**60, pyarrow.timestamp("ms"), id="a moment that no calendar has"),
        pytest.param(1, pyarrow.timestamp("us", tz="No/Such"), id="a time zone that there is not"),
    ],
)
def test_a_column_that_python_cannot_tell_leaves_the_others(value: int, kind: pyarrow.DataType) -> None:
    written = io.BytesIO()
    table = pyarrow.table({"when": pyarrow.array([value], kind), "text": pyarrow.array([LONG])})
    pyarrow.parquet.write_table(table, written)
    assert list(first_rows("a.parquet", io.BytesIO(written.getvalue()), len(written.getvalue()))) == [{"text": LONG}]


def test_so_many_records_and_no_more() -> None:
    data = b'{"a": 1}\n' * 10_000
    assert len(first_rows("a.jsonl", io.BytesIO(data), len(data))) == MOST_ROWS


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_from_yaml(text: str) -> None:
    """By the loader of headwater and by that of pre-commit and editors; no path holds a NUL."""
    written = f"# {comment(text)}\nkey: {scalar(text)}\nmap: {mapping({text: text})}\n"
    assert yaml.safe_load(written) == {"key": text, "map": {text: text}}
    assert safeyaml.load(written.encode(), "headwater.yaml").data == {"key": text, "map": {text: text}}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        pytest.param("Team Corpus", "team-corpus", id="spaces and capitals"),
        pytest.param("2024_data", "data-2024-data", id="a number in front"),
        pytest.param("データ", "data", id="no letter of ASCII"),
        pytest.param("a" * 99, "a" * 40, id="endless"),
    ],
)
def test_the_id_of_a_policy(name: str, own: str) -> None:
    assert policy_id(name) == own
