"""The tokenizer: words, and each character of scripts without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.measure.tokens import _token, count_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param(" \n\t", 0, id="space"),
        pytest.param("one", 1, id="a word"),
        pytest.param(" one  two\n", 2, id="two words"),
        pytest.param("it's 3.14", 4, id="marks divide"),
        pytest.param("snake_case 42", 2, id="underscores and digits do not"),
        pytest.param("naïve Größe", 2, id="letters beyond ASCII"),
        pytest.param("你好世界", 4, id="Han, each character"),
        pytest.param("カタカナ and English", 6, id="kana among words"),
        pytest.param("한국어 단어", 2, id="Korean has spaces"),
        pytest.param("— … “”", 0, id="only marks"),
        pytest.param("a\0b", 2, id="a zero byte"),
    ],
)
def test_tokens(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


@given(st.text(st.characters(max_codepoint=127)))
def test_the_quick_way_for_ascii_counts_the_same(text: str) -> None:
    assert count_tokens(text) == len(_token().findall(text))


@given(st.text(), st.text())
def test_texts_with_space_between_add_up(first: str, second: str) -> None:
    assert count_tokens(f"{first} {second}") == count_tokens(first) + count_tokens(second)
