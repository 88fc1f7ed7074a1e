"""Counts tokens as `checker.kernels` does over bytes: runs of word characters, and letters of unspaced scripts."""

from __future__ import annotations

import re
from functools import cache

# Raise it whenever a text may get another count: old evidence is then measured again.
TOKENIZER_VERSION = "words-2"

_ASCII_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_WORD_OR_SPACE = bytes(ord("a") if byte in _ASCII_WORD else ord(" ") for byte in range(256))
# `re` looks up the first 65,536 code points in a bitmap and walks all ranges for others: these are replaced first.
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LONE, _RUN, _MARK = "\u3042", "a", "\u0301"


def count_tokens(text: str) -> int:
    """The number of tokens of a text."""
    if text.isascii():
        words = text.encode("ascii").translate(_WORD_OR_SPACE)
        return words.count(b" a") + words.startswith(b"a")
    return len(_token().findall(_ASTRAL.sub(_alike, text)))


@cache
def _token() -> re.Pattern[str]:
    from checker.kernels.characters import MARK, SINGLE, WORD

    lone, run, mark = _class(SINGLE), _class(WORD), _class(MARK)
    return re.compile(f"[{lone}][{mark}]*|[{run}][{run}{mark}]*")


def _class(ranges: tuple[int, ...]) -> str:
    pairs = zip(ranges[::2], ranges[1::2], strict=True)
    return "".join(f"\\u{first:04x}-\\u{min(last, 0xFFFF):04x}" for first, last in pairs if first <= 0xFFFF)


def _alike(match: re.Match[str]) -> str:
    """A character of the same kind among the first 65,536."""
    return _kind(ord(match[0]))


@cache
def _kind(code: int) -> str:
    from checker.kernels.characters import MARK, SINGLE, WORD

    for ranges, alike in ((SINGLE, _LONE), (WORD, _RUN), (MARK, _MARK)):
        if any(first <= code <= last for first, last in zip(ranges[::2], ranges[1::2], strict=True)):
            return alike
    return " "
