"""Tokenizer words-2 over bytes, the same count over strings, and its frozen table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import oracle
from kernels.passing import arrays, documents, telling_text

from checker.kernels.characters import FOLD, MARK, SINGLE, UNICODE_VERSION, WORD
from checker.kernels.hashing import padded
from checker.kernels.tokenize import tokenize
from checker.measure.tokens import count_tokens


@pytest.mark.parametrize(
    ("data", "expected", "errors"),
    [
        pytest.param(b"", [], 0, id="nothing"),
        pytest.param(b"It's 3.14", ["it", "s", "3", "14"], 0, id="apostrophe and point divide"),
        pytest.param(b"snake_case", ["snake_case"], 0, id="the underscore does not"),
        pytest.param("ÉCOLE ΣΟΦΙΑ МИР ỆN".encode(), ["école", "σοφια", "мир", "ện"], 0, id="upper case beyond ASCII"),
        pytest.param("İ ẞ \u212a".encode(), ["İ", "ẞ", "\u212a"], 0, id="lower case of another length is not taken"),
        pytest.param("e\u0301t e\u0301".encode(), ["e\u0301t", "e\u0301"], 0, id="a mark stays with its letter"),
        pytest.param("\u0301a".encode(), ["a"], 0, id="a mark with nothing before it is none"),
        pytest.param("❤\ufe0f 1\ufe0f\u20e3".encode(), ["1\ufe0f\u20e3"], 0, id="an emoji is no word, a keycap is one"),
        pytest.param("你好a世".encode(), ["你", "好", "a", "世"], 0, id="Han by character, Latin between"),
        pytest.param("か\u3099ab".encode(), ["か\u3099", "ab"], 0, id="a word begins behind a marked kana"),
        pytest.param("กินข้าว".encode(), ["กิ", "น", "ข้", "า", "ว"], 0, id="Thai by letter with its marks"),
        pytest.param("한국어 단어".encode(), ["한국어", "단어"], 0, id="Korean has spaces"),
        pytest.param("می\u200cخواهم".encode(), ["می\u200cخواهم"], 0, id="the joiner is inside the word"),
        pytest.param(b"a\xffb\xc3", ["a", "b"], 2, id="bytes that are no UTF-8 divide"),
        pytest.param(b"\xed\xa0\x80", [], 3, id="a surrogate is three errors"),
        pytest.param(b"\xc0\xaf\xf4\x90\x80\x80", [], 6, id="overlong and beyond the last character"),
        pytest.param(b"a\0b", ["a", "b"], 0, id="a zero byte"),
    ],
)
def test_tokens(data: bytes, expected: Sequence[str], errors: int) -> None:
    found = tokenize(padded(np.frombuffer(data, np.uint8)), np.array([0, len(data)]))
    assert (found.hashes.tolist(), found.utf8_errors) == ([oracle.word_hash(word) for word in expected], errors)
    assert oracle.tokens(data) == (expected, errors)


@given(documents)
def test_words_and_errors_are_those_of_plain_python(given_documents: list[bytes]) -> None:
    data, offsets = arrays(given_documents)
    found = tokenize(padded(data), offsets)
    expected = [oracle.tokens(document) for document in given_documents]
    assert found.counts.tolist() == [len(words) for words, _ in expected]
    assert found.hashes.tolist() == [oracle.word_hash(word) for words, _ in expected for word in words]
    assert found.utf8_errors == sum(errors for _, errors in expected)


@given(st.one_of(telling_text, st.text(st.characters(max_codepoint=127))))
def test_a_string_has_as_many_tokens_as_its_bytes(text: str) -> None:
    assert count_tokens(text) == len(oracle.tokens(text.encode("utf-8", "surrogatepass"))[0])


def test_the_table_is_sorted_and_its_kinds_exclude_each_other() -> None:
    for ranges in (WORD, SINGLE, MARK):
        assert all(one <= other for one, other in pairwise(ranges))
    every = sorted(
        (first, last) for ranges in (WORD, SINGLE, MARK) for first, last in zip(ranges[::2], ranges[1::2], strict=True)
    )
    assert all(one[1] < other[0] for one, other in pairwise(every))


def test_the_table_agrees_with_this_python_on_what_both_know() -> None:
    assert unicodedata.unidata_version <= UNICODE_VERSION, "the table is older than this Python: raise the tokenizer"
    known = [code for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cn", "Cs"}]
    wrong = [code for code in known if _kind(code) != _expected(code)]
    assert len(wrong) < 20, [f"{code:04X}" for code in wrong]  # categories are corrected now and then


def _kind(code: int) -> str:
    return next(
        (name for name, ranges in (("mark", MARK), ("word", WORD), ("word", SINGLE)) if oracle.among(ranges, code)), ""
    )


def _expected(code: int) -> str:
    category = unicodedata.category(chr(code))
    if category.startswith("M") or code in {0xAD, 0x200C, 0x200D, 0xFF9E, 0xFF9F}:
        return "mark"
    return "word" if category[0] in "LN" or category == "Pc" else ""


def test_folding_keeps_the_length_in_bytes_and_is_what_python_does() -> None:
    for first, last, step, distance in zip(FOLD[::4], FOLD[1::4], FOLD[2::4], FOLD[3::4], strict=True):
        for code in range(first, last + 1, step):
            assert chr(code).lower() == chr(code + distance) or unicodedata.category(chr(code)) == "Cn"
            assert len(chr(code).encode()) == len(chr(code + distance).encode())
