"""The frozen character ranges as look-up tables."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from checker.kernels.characters import FOLD, MARK, SINGLE, WORD

SEPARATOR, RUN, LONE, JOINED = 0, 1, 2, 3
ASCII_WORD = bytes(int(bytes([byte]).isalnum() or byte == ord("_")) if byte < 0x80 else 0 for byte in range(256))
ASCII_FOLD = bytes(range(256)).lower()


@cache
def kinds() -> NDArray[np.uint8]:
    """For every code point: SEPARATOR, RUN (word), LONE (a token of its own) or JOINED (mark)."""
    table = np.zeros(0x110000, np.uint8)
    for ranges, kind in ((WORD, RUN), (SINGLE, LONE), (MARK, JOINED)):
        for first, last in zip(ranges[::2], ranges[1::2], strict=True):
            table[first : last + 1] = kind
    return table


@cache
def folds() -> NDArray[np.uint16]:
    """For every code point below 2**16 its lower case, or itself."""
    table = np.arange(0x10000, dtype=np.int64)
    for first, last, step, distance in zip(FOLD[::4], FOLD[1::4], FOLD[2::4], FOLD[3::4], strict=True):
        table[first : last + 1 : step] += distance
    return table.astype(np.uint16)
