"""Counts tokens: maximal runs of word characters, and each character of scripts that do not put spaces."""

from __future__ import annotations

import re
from functools import cache

# Raise it whenever a text may get another count: old evidence is then measured again.
TOKENIZER_VERSION = "words-1"

_ASCII_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_WORD_OR_SPACE = bytes(ord("a") if byte in _ASCII_WORD else ord(" ") for byte in range(256))
# Kana, Han and their extensions. Thai, Lao, Khmer and Burmese are left as runs.
_UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


@cache
def _token() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")


def count_tokens(text: str) -> int:
    """The number of tokens of a text."""
    if text.isascii():
        words = text.encode("ascii").translate(_WORD_OR_SPACE)
        return words.count(b" a") + words.startswith(b"a")
    return len(_token().findall(text))
