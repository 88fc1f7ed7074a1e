"""What the kernels should find, in plain Python: one document after another, one byte after another."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from checker.kernels import hashing
from checker.kernels.characters import FOLD, MARK, SINGLE, WORD
from checker.kernels.minhash import factors

MASK = (1 << 64) - 1
Gram = tuple[str, ...]


def among(ranges: Sequence[int], code: int) -> bool:
    """Whether a code point lies in one of the ranges (first and last in turn)."""
    index = bisect_right(ranges, code)
    return index % 2 == 1 or (index > 0 and ranges[index - 1] == code)


def folded(character: str) -> str:
    """ASCII by Python, all else by the frozen table."""
    code = ord(character)
    if code < 0x80:
        return character.lower()
    for first, last, step, distance in zip(FOLD[::4], FOLD[1::4], FOLD[2::4], FOLD[3::4], strict=True):
        if first <= code <= last and (code - first) % step == 0:
            return chr(code + distance)
    return character


def characters(data: bytes) -> list[str | None]:
    """Well-formed characters; None for each byte that belongs to none."""
    found: list[str | None] = []
    place = 0
    while place < len(data):
        for size in (1, 2, 3, 4):
            try:
                found.append(data[place : place + size].decode())
            except UnicodeDecodeError:
                continue
            place += size
            break
        else:
            found.append(None)
            place += 1
    return found


def tokens(data: bytes) -> tuple[list[str], int]:
    """The folded words and the number of bytes that are no UTF-8."""
    words: list[str] = []
    open_word = ""  # "run", "single" or nothing
    for character in characters(data):
        code = -1 if character is None else ord(character)
        if character is not None and among(MARK, code):
            if open_word:
                words[-1] += folded(character)
        elif character is not None and among(SINGLE, code):
            words.append(folded(character))
            open_word = "single"
        elif character is not None and among(WORD, code):
            if open_word == "run":
                words[-1] += folded(character)
            else:
                words.append(folded(character))
            open_word = "run"
        else:
            open_word = ""
    return words, characters(data).count(None)


def grams(words: Sequence[str], length: int) -> list[Gram]:
    """All runs of so many words."""
    return [tuple(words[place : place + length]) for place in range(len(words) - length + 1)]


def shingles(words: Sequence[str]) -> list[Gram]:
    """The 5-grams, or all words when there are fewer."""
    return grams(words, 5) or ([tuple(words)] if words else [])


def jaccard(one: bytes, other: bytes) -> Fraction:
    """Of the sets of shingles."""
    first, second = set(shingles(tokens(one)[0])), set(shingles(tokens(other)[0]))
    return Fraction(len(first & second), len(first | second)) if first | second else Fraction(0)


def mixed(value: int) -> int:
    """MurmurHash3's finaliser."""
    for factor in (hashing.MIX_ONE, hashing.MIX_TWO):
        value = (value ^ value >> 33) * factor & MASK
    return value ^ value >> 33


def windows(data: bytes) -> list[int]:
    """Eight bytes each, little-endian, the last filled with zeros."""
    return [int.from_bytes(data[place : place + 8], "little") for place in range(0, len(data), 8)]


def word_hash(word: str) -> int:
    """64 bits of a folded word."""
    data = word.encode()
    value = len(data) * hashing.WORD_SEED & MASK
    for window in [*windows(data), 0][: max(2, len(windows(data)))]:
        value ^= window
        value = (value ^ value >> 29) * hashing.WORD_MIX & MASK
        value ^= value >> 32
    value = value * hashing.WORD_LAST & MASK
    return value ^ value >> 32


def gram_hash(gram: Gram) -> int:
    """64 bits of words in a row."""
    value = 0
    for word in gram:
        value = (value * hashing.RUN_BASE + word_hash(word)) & MASK
    return mixed(value)


def document_hash(data: bytes) -> tuple[int, int]:
    """128 bits of the raw bytes."""
    first = second = 0
    for place, window in enumerate(windows(data), 1):
        one = mixed(window ^ place * hashing.PLACE & MASK)
        two = one * hashing.LANE & MASK
        first, second = first + one & MASK, second + (two ^ two >> 32) & MASK
    salt = len(data) * hashing.WORD_SEED & MASK
    return mixed(first ^ salt), mixed(second + salt & MASK)


def signature(words: Sequence[str]) -> list[int]:
    """The mixed top bytes of 128 minima."""
    values = {gram_hash(gram) >> 32 for gram in shingles(words)}
    if not values:
        return [0] * 128
    found = []
    for factor in factors().tolist():
        least = min(factor * value & 0xFFFFFFFF for value in values)
        least = (least ^ least >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        least = (least ^ least >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        found.append((least ^ least >> 16) >> 24)
    return found


def mattr(words: Sequence[str]) -> tuple[int, int]:
    """Distinct words of every window of 50, summed, and how many windows."""
    every = [len(set(window)) for window in grams(words, 50)]
    return sum(every), len(every)


def repeated(words: Sequence[str]) -> int:
    """5-grams that stood earlier in the document."""
    return len(grams(words, 5)) - len(set(grams(words, 5)))


def registers(hashes: Sequence[int]) -> list[int]:
    """HyperLogLog, p = 14."""
    found = [0] * (1 << 14)
    for value in hashes:
        rest = value << 14 & MASK | 1 << 13
        found[value >> 50] = max(found[value >> 50], 65 - rest.bit_length())
    return found


def vocabulary(counts: Counter[int], most: int) -> tuple[int, dict[int, int]]:
    """The level and the counts of the words whose hash ends in so many zeros."""
    level = 4
    while sum(value % (1 << level) == 0 for value in counts) > most:
        level += 1
    return level, {value: count for value, count in sorted(counts.items()) if value % (1 << level) == 0}


def ascending(values: Sequence[int]) -> bool:
    """Strictly."""
    return all(one < other for one, other in pairwise(values))
