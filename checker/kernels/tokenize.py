"""Tokenizer `words-2` over UTF-8 bytes, in numpy (docs/records.md, Tokens)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.kernels.hashing import word_hashes
from checker.kernels.tables import ASCII_FOLD, ASCII_WORD, JOINED, LONE, SEPARATOR, folds, kinds

# Least and greatest second byte after each lead byte (the Unicode standard, table 3-7).
_LENGTH = np.zeros(256, np.uint8)
_LENGTH[0xC2:0xE0], _LENGTH[0xE0:0xF0], _LENGTH[0xF0:0xF5] = 2, 3, 4
_LEAST, _MOST = np.full(256, 0x80, np.uint8), np.full(256, 0xBF, np.uint8)
_LEAST[0xE0], _MOST[0xED], _LEAST[0xF0], _MOST[0xF4] = 0xA0, 0x9F, 0x90, 0x8F


class Words(NamedTuple):
    """`hashes` of all words in reading order, `counts` of each document, and how many bytes are no UTF-8."""

    hashes: NDArray[np.uint64]
    counts: NDArray[np.int64]
    utf8_errors: int


class _Wide(NamedTuple):
    """Valid characters beyond ASCII: where they start, their bytes, code points and kinds."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    codes: NDArray[np.int64]
    kinds: NDArray[np.uint8]


def tokenize(block: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Words:
    """The words of documents in a padded block; `offsets` (n + 1) begin at 0."""
    size = int(offsets[-1])
    raw = block[:size].tobytes()
    folded = np.frombuffer(bytearray(raw.translate(ASCII_FOLD)) + bytes(len(block) - size), np.uint8)
    inside = np.frombuffer(bytearray(raw.translate(ASCII_WORD)), np.uint8)
    begins = np.empty(0, np.int64)
    errors = 0
    high = np.flatnonzero(block[:size] >= 0x80)
    if len(high):
        wide = _decode(block, high, offsets)
        errors = len(high) - int(wide.lengths.sum())
        begins = _place(wide, folded, inside, offsets)
    starts, ends = _edges(inside, begins, offsets)
    counts = np.diff(np.searchsorted(starts, offsets))
    return Words(word_hashes(folded, starts, ends - starts), counts, errors)


def _decode(block: NDArray[np.uint8], high: NDArray[np.int64], offsets: NDArray[np.int64]) -> _Wide:
    """Every well-formed sequence of two to four bytes that ends within its document."""
    starts = high[_LENGTH[block[high]] > 0]
    lead, second, third, fourth = (block[starts + step].astype(np.int64) for step in range(4))
    lengths = _LENGTH[lead].astype(np.int64)
    ends = offsets[np.searchsorted(offsets, starts, "right")]
    good = (starts + lengths <= ends) & (second >= _LEAST[lead]) & (second <= _MOST[lead])
    good &= (lengths < 3) | (third & 0xC0 == 0x80)
    good &= (lengths < 4) | (fourth & 0xC0 == 0x80)
    codes = np.where(lengths == 2, (lead & 0x1F) << 6 | second & 0x3F, 0)
    codes = np.where(lengths == 3, (lead & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F, codes)
    four = (lead & 0x07) << 18 | (second & 0x3F) << 12 | (third & 0x3F) << 6 | fourth & 0x3F
    codes = np.where(lengths == 4, four, codes)[good]
    return _Wide(starts[good], lengths[good], codes, kinds()[codes])


def _place(
    wide: _Wide,
    folded: NDArray[np.uint8],
    inside: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Write what is beyond ASCII into the folded bytes and the bytes inside words; returns where words may touch."""
    _fold(wide, folded)
    word = (wide.kinds != SEPARATOR) & (wide.kinds != JOINED)
    for step in range(4):
        inside[wide.starts[word & (wide.lengths > step)] + step] = 1
    joined = np.flatnonzero(wide.kinds == JOINED)
    if len(joined):
        _join(wide, joined, inside, offsets)
    return np.concatenate([wide.starts[wide.kinds == LONE], _behind_lone(wide)])


def _fold(wide: _Wide, folded: NDArray[np.uint8]) -> None:
    small = np.flatnonzero(wide.codes < 0x10000)
    lower = folds()[wide.codes[small]].astype(np.int64)
    changed = lower != wide.codes[small]
    lower, starts, lengths = lower[changed], wide.starts[small][changed], wide.lengths[small][changed]
    for length, lead in ((2, 0xC0), (3, 0xE0)):
        here, code = starts[lengths == length], lower[lengths == length]
        folded[here] = lead | code >> 6 * (length - 1)
        for step in range(1, length):
            folded[here + step] = 0x80 | code >> 6 * (length - 1 - step) & 0x3F


def _join(wide: _Wide, joined: NDArray[np.int64], inside: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
    """A mark is inside a word when the character before it is; marks in a row go by the first of them."""
    starts = wide.starts[joined]
    follows = np.zeros(len(joined), np.bool_)
    follows[1:] = starts[1:] == starts[:-1] + wide.lengths[joined][:-1]
    at_document = np.isin(starts, offsets)
    heads = ~follows | at_document
    before = (starts > 0) & ~at_document & (inside[np.maximum(starts, 1) - 1] == 1)
    kept = before[np.maximum.accumulate(np.where(heads, np.arange(len(joined)), 0))]
    for step in range(4):
        inside[starts[kept & (wide.lengths[joined] > step)] + step] = 1


def _behind_lone(wide: _Wide) -> NDArray[np.int64]:
    """Where a character that is a token of its own ends, with the marks behind it."""
    ends = wide.starts + wide.lengths
    joined = wide.kinds == JOINED
    follows = np.zeros(len(ends), np.bool_)
    follows[1:] = joined[1:] & (wide.starts[1:] == ends[:-1])
    last = np.ones(len(ends), np.bool_)
    last[:-1] = ~follows[1:]
    head = np.maximum.accumulate(np.where(follows, 0, np.arange(len(ends))))
    behind: NDArray[np.int64] = ends[last & (wide.kinds[head] == LONE)]
    return behind


def _edges(
    inside: NDArray[np.uint8], begins: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where words start and where they end (exclusive). They may touch at `begins` and between documents."""
    word = np.zeros(len(inside) + 2, np.bool_)
    word[1:-1] = inside
    edges = np.flatnonzero(word[1:] != word[:-1])
    touching = np.union1d(begins, offsets[1:-1])
    touching = touching[word[touching] & word[touching + 1]]
    edges = np.insert(edges, np.repeat(np.searchsorted(edges, touching), 2), np.repeat(touching, 2))
    return edges[::2], edges[1::2]
