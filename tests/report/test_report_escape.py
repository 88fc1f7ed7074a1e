"""Each sink's own way to make a string harmless."""

from __future__ import annotations

import unicodedata

import pytest
from report.evil import EVIL

from checker.report import _escape as escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("data/train.dvc", "data/train.dvc", id="plain path stays"),
        pytest.param("Köln 漢字", "Köln 漢字", id="letters of any script stay"),
        pytest.param("a\x1b[31m", "a\\x1b[31m", id="escape character"),
        pytest.param("a\x9b", "a\\x9b", id="C1"),
        pytest.param("a\r\nb\t", "a\\x0d\\x0ab\\x09", id="line breaks and tab"),
        pytest.param("\u202eabc", "\\u202eabc", id="bidi override"),
        pytest.param("\u2028", "\\u2028", id="line separator"),
        pytest.param("\u00a0", "\\xa0", id="a space that is none"),
        pytest.param("\udcff", "\\xff", id="byte of a path that is not UTF-8"),
        pytest.param("\ud800", "\\ud800", id="lone surrogate"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag character"),
        pytest.param("\ufffe", "\\ufffe", id="non-character"),
    ],
)
def test_legible(text: str, shown: str) -> None:
    assert escape.legible(text) == shown


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_nothing_invisible_is_left(text: str) -> None:
    assert all(unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029" for char in escape.legible(text))


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        pytest.param("abcdef", 6, "abcdef", id="exactly the limit"),
        pytest.param("abcdefg", 6, "ab…efg", id="one over loses its middle"),
        pytest.param("abc", 1, "…", id="limit of one"),
    ],
)
def test_clip(text: str, limit: int, shown: str) -> None:
    assert escape.clip(text, limit) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a" + " " * 200 + "b", "a b", id="spaces cannot push text to the next row"),
        pytest.param("##[error]x", "\\x23#[error]x", id="old command of a runner"),
        pytest.param("a ##VSO[task]x", "a \\x23#VSO[task]x", id="Azure command in any case"),
        pytest.param("## Sources", "## Sources", id="a heading is no command"),
        pytest.param("###[x", "#\\x23#[x", id="the last two of three"),
    ],
)
def test_terminal(text: str, shown: str) -> None:
    assert escape.terminal(text) == shown


@pytest.mark.parametrize(
    ("text", "data", "property_"),
    [
        pytest.param("a:b,c", "a:b,c", "a%3Ab%2Cc", id="colon and comma only in properties"),
        pytest.param("100%0A", "100%250A", "100%250A", id="percent first"),
        pytest.param("a\r\nb", "a\\x0d\\x0ab", "a\\x0d\\x0ab", id="line breaks"),
        pytest.param("##[error]x", "\\x23#[error]x", "\\x23#[error]x", id="old command of a runner"),
    ],
)
def test_workflow_command(text: str, data: str, property_: str) -> None:
    assert (escape.command_data(text), escape.command_property(text)) == (data, property_)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param("data/a b.dvc", "data/a%20b.dvc", id="space"),
        pytest.param("c:/x?y#z", "c%3A/x%3Fy%23z", id="scheme, query, fragment"),
        pytest.param("data/ü", "data/%C3%BC", id="UTF-8"),
        pytest.param("data/\udcff", "data/%FF", id="a byte that is not UTF-8 keeps its value"),
        pytest.param("a\ud800", "a%5Cud800", id="lone surrogate"),
    ],
)
def test_uri(path: str, uri: str) -> None:
    assert escape.uri(path) == uri
