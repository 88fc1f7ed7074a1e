"""What adds up over all documents of a shard while it is read, in arrays that both back-ends write into."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

REGISTERS = 1 << 14  # of a HyperLogLog with p = 14; words are counted in as many buckets
# Places in `Sums.totals`.
UTF8_ERRORS, MATTR_SUM, MATTR_POSITIONS, SHINGLES, REPEATED = range(5)


class Sums(NamedTuple):
    """`totals` (5,) int64 by the names above; the rest as in `TextStats`."""

    totals: NDArray[np.int64]
    byte_counts: NDArray[np.int64]
    word_buckets: NDArray[np.int64]
    word_registers: NDArray[np.uint8]
    shingle_registers: NDArray[np.uint8]


def no_sums() -> Sums:
    """Nothing seen yet."""
    return Sums(
        np.zeros(5, np.int64),
        np.zeros(256, np.int64),
        np.zeros(REGISTERS, np.int64),
        np.zeros(REGISTERS, np.uint8),
        np.zeros(REGISTERS, np.uint8),
    )


class Swept(NamedTuple):
    """What a back-end found in one block.

    Per document `hashes` (n, 2), `signatures` (n, 128), `counts` (n,) of tokens; `words` the hashes of all tokens;
    `marked`: those that end in `LEVEL` zero bits; `fragments`: 13-gram hashes that end in `FRAGMENT_BITS` zero bits.
    """

    hashes: NDArray[np.uint64]
    signatures: NDArray[np.uint8]
    counts: NDArray[np.int64]
    words: NDArray[np.uint64]
    marked: NDArray[np.uint64]
    fragments: NDArray[np.uint64]
