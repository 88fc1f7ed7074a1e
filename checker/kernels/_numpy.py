"""The back-end that is always there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.kernels import minhash, registers, repetition
from checker.kernels.hashing import document_hashes
from checker.kernels.shingles import FRAGMENT, SHINGLE, shingles, within
from checker.kernels.sums import MATTR_POSITIONS, MATTR_SUM, REGISTERS, REPEATED, SHINGLES, UTF8_ERRORS, Sums, Swept
from checker.kernels.tokenize import tokenize
from checker.kernels.vocabulary import FRAGMENT_BITS, LEVEL, ending_in_zeros

BLOCK_BYTES = 1 << 20


def sign(
    block: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.int64]]:
    """Only hashes, signatures and numbers of tokens of the documents of a padded block."""
    words = tokenize(block, offsets)
    return document_hashes(block, offsets), minhash.signatures(*shingles(words.hashes, words.counts)), words.counts


def sweep(block: NDArray[np.uint8], offsets: NDArray[np.int64], sums: Sums) -> Swept:
    """Everything of the documents of a padded block; `sums` grow."""
    words = tokenize(block, offsets)
    grams, numbers = shingles(words.hashes, words.counts)
    true = within(words.hashes, words.counts, SHINGLE)
    lengths = np.maximum(words.counts - SHINGLE + 1, 0)
    sums.totals[UTF8_ERRORS] += words.utf8_errors
    sums.totals[[MATTR_SUM, MATTR_POSITIONS]] += repetition.mattr(words.hashes, words.counts)
    sums.totals[SHINGLES] += len(true)
    sums.totals[REPEATED] += repetition.repeated(true, lengths)
    sums.byte_counts[:] += _byte_counts(block, int(offsets[-1]))
    buckets = (words.hashes >> np.uint64(registers.TAKEN)).astype(np.int64)
    sums.word_buckets[:] += np.bincount(buckets, minlength=REGISTERS)
    registers.observe(sums.word_registers, words.hashes)
    registers.observe(sums.shingle_registers, true)
    return Swept(
        document_hashes(block, offsets),
        minhash.signatures(grams, numbers),
        words.counts,
        words.hashes,
        ending_in_zeros(words.hashes, LEVEL),
        ending_in_zeros(within(words.hashes, words.counts, FRAGMENT), FRAGMENT_BITS),
    )


def _byte_counts(block: NDArray[np.uint8], size: int) -> NDArray[np.int64]:
    """Two bytes at a time, which is quicker; the zeros of an odd last pair are taken off."""
    pairs = np.bincount(block[: size + size % 2].view(np.uint16), minlength=1 << 16).reshape(256, 256)
    counts: NDArray[np.int64] = pairs.sum(axis=0) + pairs.sum(axis=1)
    counts[0] -= size % 2
    return counts
