"""Loops over the bytes of one document, for numba: folding, words, the document's hash, counts of bytes.

A document lies in scratch space of its own, so that nothing is read beyond it. Each byte has a mark: INSIDE a word,
BEGIN of a word right behind another one, or OUTSIDE, as are at least 72 marks behind the last byte.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from checker.kernels import hashing
from checker.kernels._machine import bits, load, ones, trailing_zeros
from checker.kernels.tables import JOINED, LONE, RUN, SEPARATOR

INSIDE, BEGIN, OUTSIDE = np.uint8(0), np.uint8(1), np.uint8(0x80)
TAIL = 72
U64 = np.uint64
ONE, EIGHT, LAST, BYTE, ONE_COUNT = U64(1), U64(8), U64(63), U64(255), np.int64(1)
HIGH_BITS = U64(0x8080808080808080)
SHIFT_29, SHIFT_32, SHIFT_33 = U64(29), U64(32), U64(33)
WORD_SEED, WORD_MIX, WORD_LAST = U64(hashing.WORD_SEED), U64(hashing.WORD_MIX), U64(hashing.WORD_LAST)
MIX_ONE, MIX_TWO = U64(hashing.MIX_ONE), U64(hashing.MIX_TWO)
PLACE, LANE = U64(hashing.PLACE), U64(hashing.LANE)
KEEP = hashing.KEEP


def _mixed(value: Any) -> Any:
    value ^= value >> SHIFT_33
    value *= MIX_ONE
    value ^= value >> SHIFT_33
    value *= MIX_TWO
    value ^= value >> SHIFT_33
    return value


def _fold(block: Any, start: int, size: int, folded: Any, marks: Any) -> Any:
    """ASCII in lower case, and its marks; all other bytes are outside. True when there are others."""
    text = block[start : start + size]  # so that no index can be negative, and the loop becomes vectors
    high = np.uint8(0)
    for place in range(size):
        byte = text[place]
        upper = np.uint8(byte - np.uint8(65)) < np.uint8(26)
        low = np.uint8(byte | np.uint8(32)) if upper else byte
        letter = np.uint8(low - np.uint8(97)) < np.uint8(26)
        digit = np.uint8(byte - np.uint8(48)) < np.uint8(10)
        folded[place] = low
        marks[place] = INSIDE if letter | digit | (byte == np.uint8(95)) else OUTSIDE
        high = np.uint8(high | byte)
    marks[size : size + TAIL] = OUTSIDE
    return high >= np.uint8(0x80)


def _widen(block: Any, start: int, size: int, folded: Any, marks: Any, kinds: Any, folds: Any) -> int:
    """Put the characters beyond ASCII into `folded` and `marks`; returns how many bytes are no UTF-8."""
    errors, place, behind_lone = 0, 0, -1
    while place < size:
        if block[start + place] < 0x80:
            if place == behind_lone and marks[place] == INSIDE:
                marks[place] = BEGIN
            place += 1
            while place + 8 <= size and load(block, start + place) & HIGH_BITS == 0:
                place += 8
            continue
        code, length = _character(block, start + place, start + size)
        if length == 0:
            errors += 1
            place += 1
            continue
        kind = kinds[code]
        if kind == JOINED:
            kind = SEPARATOR if place == 0 or marks[place - 1] == OUTSIDE else JOINED
        if kind != SEPARATOR:
            for step in range(length):
                marks[place + step] = INSIDE
            if kind == LONE or (kind == RUN and place == behind_lone):
                marks[place] = BEGIN
            if kind == LONE or (kind == JOINED and place == behind_lone):
                behind_lone = place + length
            if code < 0x10000:
                _write(folded, place, length, int(folds[code]))
        place += length
    return errors


def _character(block: Any, place: int, end: int) -> Any:
    """The code point at a byte beyond ASCII and its length; length 0 when the byte begins no well-formed sequence."""
    lead = int(block[place])
    if lead < 0xC2 or lead > 0xF4:
        return 0, 0
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if place + length > end:
        return 0, 0
    second = int(block[place + 1])
    least = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    most = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    if second < least or second > most:
        return 0, 0
    code = (lead & (0x7F >> length)) << 6 | (second & 0x3F)
    for step in range(2, length):
        byte = int(block[place + step])
        if byte & 0xC0 != 0x80:
            return 0, 0
        code = code << 6 | (byte & 0x3F)
    return code, length


def _write(folded: Any, place: int, length: int, code: int) -> None:
    """A code point in as many bytes as it had."""
    for step in range(length - 1, 0, -1):
        folded[place + step] = np.uint8(0x80 | (code & 0x3F))
        code >>= 6
    folded[place] = np.uint8((0xC0 if length == 2 else 0xE0) | code)


def _edges(marks: Any, size: int, edges: Any) -> int:
    """Where each word starts and ends (exclusive), in turn, of a document without BEGIN; returns how many words.

    64 marks at a time, and eight edges at a time, as simdjson does (Langdale & Lemire 2019); `edges` has room for more.
    """
    known, inside_before = 0, U64(0)
    for base in range(0, size + 1, 64):
        inside = ~bits(marks, base, OUTSIDE)
        changes = inside ^ (inside << ONE | inside_before)
        inside_before = inside >> LAST
        after = known + np.int64(ones(changes))
        while known < after:
            for step in range(8):
                edges[known + step] = base + np.int64(trailing_zeros(changes))
                changes &= changes - ONE
            known += 8
        known = after
    return known // 2


def _touching_edges(marks: Any, size: int, edges: Any) -> int:
    """The same of a document in which words may touch."""
    begun, ended, inside_before = 0, 0, U64(0)
    for base in range(0, size + 1, 64):
        inside, begin = ~bits(marks, base, OUTSIDE), bits(marks, base, BEGIN)
        before = inside << ONE | inside_before
        inside_before = inside >> LAST
        first, last = inside & (~before | begin), before & (~inside | begin)
        while first != 0:
            edges[2 * begun] = base + np.int64(trailing_zeros(first))
            first &= first - ONE
            begun += 1
        while last != 0:
            edges[2 * ended + 1] = base + np.int64(trailing_zeros(last))
            last &= last - ONE
            ended += 1
    return begun


def _hash_words(folded: Any, edges: Any, count: int, words: Any, at: int) -> None:
    """As `hashing.word_hashes`, into words[at:]."""
    for index in range(count):
        start = np.int64(edges[2 * index])
        length = np.int64(edges[2 * index + 1]) - start
        value = U64(length) * WORD_SEED
        value = _absorbed(value, load(folded, start) & KEEP[min(length, 8)])
        value = _absorbed(value, load(folded, start + 8) & KEEP[min(max(length - 8, 0), 8)])
        offset = 16
        while offset < length:
            value = _absorbed(value, load(folded, start + offset) & KEEP[min(length - offset, 8)])
            offset += 8
        value *= WORD_LAST
        words[at + index] = value ^ (value >> SHIFT_32)


def _absorbed(value: Any, window: Any) -> Any:
    value ^= window
    value = (value ^ (value >> SHIFT_29)) * WORD_MIX
    return value ^ (value >> SHIFT_32)


def _hash_document(block: Any, start: int, size: int, hashes: Any, document: int) -> None:
    """As `hashing.document_hashes`. The block has eight bytes and more behind its last document."""
    first, second = U64(0), U64(0)
    whole = size // 8
    for place in range(whole):
        one, two = _lanes(load(block, start + 8 * place), U64(place + 1))
        first += one
        second += two
    if size > 8 * whole:
        one, two = _lanes(load(block, start + 8 * whole) & KEEP[size - 8 * whole], U64(whole + 1))
        first += one
        second += two
    salt = U64(size) * WORD_SEED
    hashes[document, 0] = mixed(first ^ salt)
    hashes[document, 1] = mixed(second + salt)


def _lanes(window: Any, place: Any) -> Any:
    one = mixed(window ^ place * PLACE)
    two = one * LANE
    return one, two ^ (two >> SHIFT_32)


def _count_bytes(block: Any, start: int, size: int, counts: Any) -> None:
    """Add to eight tables in turn (8, 256): equal bytes in a row would wait for each other."""
    for place in range(0, size - 7, 8):
        eight = load(block, start + place)
        for step in range(8):
            counts[step, eight & BYTE] += ONE_COUNT
            eight >>= EIGHT
    for place in range(size - size % 8, size):
        counts[0, block[start + place]] += ONE_COUNT


_compiled = njit(nogil=True)
mixed = _compiled(_mixed)
_character = _compiled(_character)
_write = _compiled(_write)
_absorbed = _compiled(_absorbed)
_lanes = _compiled(_lanes)
fold = _compiled(_fold)
widen = _compiled(_widen)
edges = _compiled(_edges)
touching_edges = _compiled(_touching_edges)
hash_words = _compiled(_hash_words)
hash_document = _compiled(_hash_document)
count_bytes = _compiled(_count_bytes)
