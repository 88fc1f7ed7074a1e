"""Numbers by which Spark deals rows out evenly: it hashes what it partitions by, and a few hashes never lie evenly."""

from __future__ import annotations

from itertools import count

_MASK = 0xFFFFFFFF
# Spark's, for hash partitioning.
_SEED = 42


def slots(partitions: int) -> tuple[int, ...]:
    """For each partition a number that Spark puts there. Elsewhere than on Spark they are as good as any others."""
    found: dict[int, int] = {}
    for number in count():
        if len(found) == partitions:
            break
        found.setdefault(hashed(number) % partitions, number)
    return tuple(found[place] for place in range(partitions))


def hashed(number: int) -> int:
    """What Spark's `hash` gives for an int of 32 bits: Murmur3 (x86, 32 bits), as a signed number."""
    mixed = (number * 0xCC9E2D51) & _MASK
    mixed = (_rotated(mixed, 15) * 0x1B873593) & _MASK
    state = (_rotated(_SEED ^ mixed, 13) * 5 + 0xE6546B64) & _MASK
    state ^= 4  # the length in bytes
    state = ((state ^ (state >> 16)) * 0x85EBCA6B) & _MASK
    state = ((state ^ (state >> 13)) * 0xC2B2AE35) & _MASK
    state ^= state >> 16
    return state - (1 << 32) if state >> 31 else state


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK
