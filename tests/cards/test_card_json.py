"""JSON with places: equal to the standard library where both read, stricter where it is lenient."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.errors import CardError
from checker.model.location import Location
from checker.read.cards import _json
from checker.read.cards._json import load_json


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        pytest.param((), 1, 1, id="the whole"),
        pytest.param(("a",), 2, 8, id="a scalar"),
        pytest.param(("b",), 3, 8, id="a list"),
        pytest.param(("b", 1, "c"), 5, 12, id="in an object in a list"),
        pytest.param(("b", 7), 3, 8, id="absent, so the nearest ancestor"),
        pytest.param(("b", "x"), 3, 8, id="a name in a list, so the list"),
    ],
)
def test_the_place_of_a_value(keys: tuple[str | int, ...], line: int, column: int) -> None:
    document = load_json(b'{\n  "a": 1,\r\n  "b": [\n    "\xc3\xa9\xc3\xa9",\n    { "c": true }\n  ]\n}', "c.json")
    assert document.where(*keys) == Location("c.json", line, column)


def test_the_place_of_a_key() -> None:
    assert load_json(b'{\n  "a": {"b" : 1}}', "c.json").where_key("a", "b") == Location("c.json", 2, 9)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        pytest.param("", "ends too early", 1, id="empty"),
        pytest.param(" \n", "ends too early", 2, id="only space"),
        pytest.param("{", "text in quotes", 1, id="an open object"),
        pytest.param('{"a"', "a colon", 1, id="a key without a value"),
        pytest.param('{"a":1', "a comma or }", 1, id="no end"),
        pytest.param('{"a":1,}', "a comma stands before }", 1, id="a comma before the brace"),
        pytest.param("[1,\n]", "a comma stands before ]", 2, id="a comma before the bracket"),
        pytest.param("{'a':1}", "text in quotes", 1, id="single quotes"),
        pytest.param("[1 2]", "a comma or ]", 1, id="no comma"),
        pytest.param("[1]\nx", "after the end", 2, id="text after the end"),
        pytest.param("NaN", "NaN is not JSON", 1, id="NaN"),
        pytest.param("[-Infinity]", "-Infinity is not JSON", 1, id="minus infinity"),
        pytest.param("1e999", "larger than any number", 1, id="a float that overflows"),
        pytest.param("9" * 401, "401 digits", 1, id="a number of 401 digits"),
        pytest.param("01", "a value is expected", 1, id="a leading zero"),
        pytest.param("+1", "a value is expected", 1, id="a plus sign"),
        pytest.param("// x", "a value is expected", 1, id="a comment"),
        pytest.param('"a', "not closed", 1, id="text without an end"),
        pytest.param('"\\x"', "bad escape", 1, id="an unknown escape"),
        pytest.param('"\t"', "not closed, or", 1, id="a raw tab in text"),
        pytest.param('"\\ud800"', "surrogate", 1, id="half a surrogate pair"),
        pytest.param("[" * 66 + "]" * 66, "deeper than 64", 1, id="nested 66 deep"),
    ],
)
def test_what_is_not_json_is_refused_with_its_line(text: str, message: str, line: int) -> None:
    with pytest.raises(CardError, match="not valid JSON") as caught:
        load_json(text.encode(), "c.json")
    assert message in caught.value.message
    assert caught.value.location is not None
    assert caught.value.location.line == line


def test_the_deepest_that_is_read() -> None:
    assert load_json(b"[" * 65 + b"]" * 65, "c.json").problems == ()


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(CardError, match="0xff is not UTF-8") as caught:
        load_json(b'{"a":\n"\xff"}', "c.json")
    assert caught.value.location == Location("c.json", 2)


def test_a_card_over_the_size_is_refused() -> None:
    with pytest.raises(CardError, match="at most"):
        load_json(b" " * (_json.MAX_BYTES + 1), "c.json")


def test_too_many_values_are_refused() -> None:
    with pytest.raises(CardError, match="more than 250000 values"):
        load_json(b"[" + b"0," * 250_000 + b"0]", "c.json")


def test_a_duplicate_key_is_a_problem_and_the_last_one_holds() -> None:
    document = load_json(b'{"a": 1,\n "b": 0,\n "a": 2}', "c.json")
    assert document.data == {"a": 2, "b": 0}
    assert [(problem.location.line, problem.message) for problem in document.problems] == [
        (3, "the key 'a' stands twice, first in line 1; readers keep the last, keep one")
    ]


def test_a_byte_order_mark_is_a_problem() -> None:
    document = load_json(b"\xef\xbb\xbf[1]", "c.json")
    assert document.data == [1]
    assert "byte-order mark" in document.problems[0].message


_TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(tree=_TREES, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_it_reads_what_the_standard_library_writes(tree: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    assert load_json(text.encode(), "c.json").data == tree


@given(text=st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\u \n', max_size=30))
def test_it_accepts_nothing_that_the_standard_library_refuses(text: str) -> None:
    try:
        mine = load_json(text.encode(), "c.json").data
    except CardError:
        return
    assert mine == json.loads(text)
