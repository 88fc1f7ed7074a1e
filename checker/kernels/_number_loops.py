"""Loops over the hashes of one document's words, for numba: runs of words, minima, repetition, registers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from checker.kernels import hashing, registers
from checker.kernels._byte_loops import LAST, ONE, SHIFT_32, U64, mixed
from checker.kernels._machine import item
from checker.kernels.repetition import WINDOW
from checker.kernels.shingles import FRAGMENT, SHINGLE
from checker.kernels.vocabulary import FRAGMENT_BITS, LEVEL

U32 = np.uint32
WHOLE = U64(64)
BASES = np.array([pow(hashing.RUN_BASE, power, 1 << 64) for power in range(FRAGMENT + 1)], np.uint64)
BASE, BASE_2, BASE_3, BASE_5, BASE_9 = (U64(BASES[power]) for power in (1, 2, 3, 5, 9))
TAKEN, BITS, GUARD = U64(registers.TAKEN), U64(registers.BITS), U64(1 << (registers.BITS - 1))
LEVEL_MASK, FRAGMENT_MASK = U64((1 << LEVEL) - 1), U64((1 << FRAGMENT_BITS) - 1)
FMIX_ONE, FMIX_TWO = U32(0x85EBCA6B), U32(0xC2B2AE35)
AT_ONCE = 8  # shingles to a pass over the 128 minima, which then stay in registers


def _shingles(words: Any, at: int, count: int, fours: Any, grams: Any, small: Any) -> int:
    """The mixed hashes of all 5-grams, or of all words when they are fewer, and their upper halves.

    `fours` gets the runs of four words of which the longer ones are made.
    """
    if count < SHINGLE:
        if count == 0:
            return 0
        run = U64(0)
        for place in range(at, at + count):
            run = run * BASE + words[place]
        grams[0] = mixed(run)
        small[0] = U32(grams[0] >> SHIFT_32)
        return 1
    for index in range(count - 3):
        here = at + index
        run = item(words, here) * BASE_3 + item(words, here + 1) * BASE_2
        fours[index] = run + item(words, here + 2) * BASE + item(words, here + 3)
    number = count - SHINGLE + 1
    for index in range(number):
        gram = mixed(fours[index] * BASE + item(words, at + index + 4))
        grams[index] = gram
        small[index] = U32(gram >> SHIFT_32)
    return number


def _sign(small: Any, number: int, factors: Any, minima: Any, signature: Any) -> None:
    """As `minhash.signatures` of one document that has `number` shingles; `small` has room for `AT_ONCE` more."""
    if number == 0:
        signature[:] = np.uint8(0)
        return
    for index in range(number, number + AT_ONCE):
        small[index] = small[number - 1]
    minima[:] = U32(0xFFFFFFFF)
    for first in range(0, number, AT_ONCE):
        _lower(small, first, factors, minima)
    for index in range(len(minima)):
        value = minima[index]
        value ^= value >> U32(16)
        value = U32(value * FMIX_ONE)
        value ^= value >> U32(13)
        value = U32(value * FMIX_TWO)
        value ^= value >> U32(16)
        signature[index] = np.uint8(value >> U32(24))


def _lower(small: Any, first: int, factors: Any, minima: Any) -> None:
    x0, x1, x2, x3 = small[first], small[first + 1], small[first + 2], small[first + 3]
    x4, x5, x6, x7 = small[first + 4], small[first + 5], small[first + 6], small[first + 7]
    for index in range(128):
        factor = factors[index]
        one = min(U32(x0 * factor), U32(x1 * factor))
        two = min(U32(x2 * factor), U32(x3 * factor))
        three = min(U32(x4 * factor), U32(x5 * factor))
        four = min(U32(x6 * factor), U32(x7 * factor))
        minima[index] = min(minima[index], one, two, three, four)


def _fragments(words: Any, at: int, count: int, fours: Any, grams: Any, found: Any, known: int) -> int:
    """Write the 13-gram hashes that end in zeros to found[known:]; returns how many there are now."""
    number = count - FRAGMENT + 1
    for index in range(number):
        run = fours[index] * BASE_9 + item(fours, index + 4) * BASE_5
        grams[index] = mixed(run + item(fours, index + 8) * BASE + item(words, at + index + 12))
    for index in range(number):
        found[known] = grams[index]
        known += grams[index] & FRAGMENT_MASK == 0
    return known


def _mattr(words: Any, at: int, count: int, table: Any) -> int:
    """As `repetition.mattr` of one document of at least 50 words.

    `table` keeps the last place of a word and one more, 0 where it is free; a power of two of it is used.
    """
    mask, total, last_window = _clear(table, count) - 1, 0, count - WINDOW
    for place in range(count):
        word = item(words, at + place)
        slot, before = _found(words, at, word, table, mask)
        table[slot] = place + 1
        earliest = max(before, place - WINDOW + 1)
        total += max(min(place, last_window) - earliest + 1, 0)
    return total


def _repeated(grams: Any, number: int, table: Any) -> int:
    """How many of the hashes came before."""
    mask, again = _clear(table, number) - 1, 0
    for index in range(number):
        slot, before = _found(grams, 0, item(grams, index), table, mask)
        table[slot] = index + 1
        again += before != 0
    return again


def _found(hashes: Any, at: int, value: Any, table: Any, mask: int) -> Any:
    """Where the table keeps a hash, and what it keeps there. Whether that is 0 nobody can guess: no branch asks."""
    slot = np.int64(value >> SHIFT_32) & mask
    before = np.int64(item(table, slot))
    while (before != 0) & (item(hashes, at + max(before - 1, 0)) != value):
        slot = (slot + 1) & mask
        before = np.int64(item(table, slot))
    return slot, before


def _clear(table: Any, entries: int) -> int:
    """Free three rows and more for each entry: then most find theirs at once."""
    rows = 16
    while rows < 3 * entries:
        rows *= 2
    table[:rows] = 0
    return rows


def _observe(hashes: Any, at: int, count: int, seen: Any) -> None:
    """As `registers.observe`."""
    for place in range(at, at + count):
        value = hashes[place]
        register = value >> TAKEN
        rest = value << BITS | GUARD
        rank = U64(seen[register])
        if rank == 0 or rest >> (WHOLE - rank) == 0:
            rank = ONE
            while rest >> LAST == 0:
                rest <<= ONE
                rank += ONE
            seen[register] = np.uint8(rank)


def _bucket(words: Any, at: int, count: int, buckets: Any, marked: Any, known: int) -> int:
    """Count the words by their top bits, and write those that end in zeros to marked[known:]."""
    for place in range(at, at + count):
        word = words[place]
        buckets[word >> TAKEN] += 1
        marked[known] = word
        known += word & LEVEL_MASK == 0
    return known


_compiled = njit(nogil=True)
_lower = _compiled(_lower)
_clear = _compiled(_clear)
_found = _compiled(_found)
shingles = _compiled(_shingles)
sign = _compiled(_sign)
fragments = _compiled(_fragments)
mattr = _compiled(_mattr)
repeated = _compiled(_repeated)
observe = _compiled(_observe)
bucket = _compiled(_bucket)
