"""The hashes: 64 bits of a word and of a run of words, 128 bits of a document. All arithmetic is modulo 2**64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Odd constants of splitmix64, murmur3 and xxHash. Whoever changes one must raise KERNEL_VERSION.
WORD_SEED = 0x9E3779B97F4A7C15
WORD_MIX = 0xBF58476D1CE4E5B9
WORD_LAST = 0x94D049BB133111EB
RUN_BASE = 0xD6E8FEB86659FD93
MIX_ONE = 0xFF51AFD7ED558CCD
MIX_TWO = 0xC4CEB9FE1A85EC53
PLACE = 0x9FB21C651E98DF25
LANE = 0x165667B19E3779F9
SAMPLE_SEED = 0x27D4EB2F165667C5
PAD = 32  # bytes behind a block, so that a window of eight never ends outside
WINDOW = 8

# KEEP[n] keeps the first n bytes of a little-endian window.
KEEP: NDArray[np.uint64] = np.array([(1 << (8 * n)) - 1 for n in range(WINDOW + 1)], np.uint64)
# The same for the first and second window of a word of that many bytes; the last entry stands for all longer ones.
KEEP_FIRST = np.concatenate([KEEP, np.full(WINDOW, KEEP[-1])])
KEEP_SECOND = np.concatenate([np.zeros(WINDOW, np.uint64), KEEP])
AT_ONCE = 16_384  # words: what is computed of them stays in the second cache
FEW = 16  # words for which arrays take longer than plain numbers
_MASK = (1 << 64) - 1


def padded(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy with `PAD` zero bytes behind: Arrow buffers may end at their last byte."""
    block = np.zeros(len(data) + PAD, np.uint8)
    block[: len(data)] = data
    return block


def windows(block: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Eight bytes from each position of a padded block, without a copy: index it, never compute with the whole."""
    view: NDArray[np.uint64] = np.ndarray((len(block) - WINDOW + 1,), np.dtype("<u8"), block.data, 0, (1,))
    return view


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit depends on every bit: the finaliser of MurmurHash3 (Appleby)."""
    done: NDArray[np.uint64] = values ^ (values >> np.uint64(33))
    done *= np.uint64(MIX_ONE)
    done ^= done >> np.uint64(33)
    done *= np.uint64(MIX_TWO)
    done ^= done >> np.uint64(33)
    return done


def word_hashes(block: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Of each word of a folded, padded block. A word is read as two windows of eight bytes, and more as needed."""
    view = windows(block)
    hashes: NDArray[np.uint64] = lengths.astype(np.uint64)
    for first in range(0, len(starts), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        _hash_short(view, starts[part], lengths[part], hashes[part])
    long, offset = np.flatnonzero(lengths > 2 * WINDOW), 2 * WINDOW
    while len(long) > FEW:
        more = hashes[long]
        _absorb(more, view[starts[long] + offset] & KEEP[np.minimum(lengths[long] - offset, WINDOW)])
        hashes[long] = more
        offset += WINDOW
        long = long[lengths[long] > offset]
    for word in long:
        end = starts[word] + lengths[word]
        hashes[word] = _hash_rest(block[starts[word] + offset : end], int(hashes[word]))
    hashes *= np.uint64(WORD_LAST)
    hashes ^= hashes >> np.uint64(32)
    return hashes


def _hash_short(
    view: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64], hashes: NDArray[np.uint64]
) -> None:
    """Turn the lengths that `hashes` hold into hashes of the first 16 bytes."""
    hashes *= np.uint64(WORD_SEED)
    window = view[starts]
    window &= KEEP_FIRST.take(lengths, mode="clip")
    _absorb(hashes, window)
    window = view[starts + WINDOW]
    window &= KEEP_SECOND.take(lengths, mode="clip")
    _absorb(hashes, window)


def _hash_rest(octets: NDArray[np.uint8], value: int) -> int:
    """Absorb the rest of one word, window by window: a word of megabytes has nothing to compute side by side."""
    for first in range(0, len(octets), WINDOW * AT_ONCE):
        piece = octets[first : first + WINDOW * AT_ONCE].tobytes()
        whole = piece.ljust(-(-len(piece) // WINDOW) * WINDOW, b"\0")
        for window in np.frombuffer(whole, "<u8").tolist():
            value ^= window
            value = (value ^ value >> 29) * WORD_MIX & _MASK
            value ^= value >> 32
    return value


def _absorb(hashes: NDArray[np.uint64], window: NDArray[np.uint64]) -> None:
    hashes ^= window
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(WORD_MIX)
    hashes ^= hashes >> np.uint64(32)


def runs(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Of every `length` words in a row: sum of word i * RUN_BASE ** (length - 1 - i), by doubling; not yet mixed."""
    if len(words) < length:
        return np.empty(0, np.uint64)
    done, found = 0, np.zeros(len(words) + 1, np.uint64)
    for bit in f"{length:b}":
        if done:
            found = found[:-done] * np.uint64(_power(done)) + found[done:]
            done *= 2
        if bit == "1":
            found = found[: len(words) - done] * np.uint64(RUN_BASE) + words[done:]
            done += 1
    return found


def _power(exponent: int) -> int:
    return pow(RUN_BASE, exponent, 1 << 64)


def document_hashes(block: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(n, 2): 128 bits over the raw bytes of each document of a padded block, two sums over mixed windows.

    The windows of a document start at its first byte; each is bound to its place, so order counts. It is no
    cryptographic hash: who tries can make two texts with one hash.
    """
    lengths = np.diff(offsets)
    counts = (lengths + WINDOW - 1) // WINDOW
    firsts = np.cumsum(counts) - counts
    filled = counts > 0
    place = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(firsts, counts)
    one = windows(block)[np.repeat(offsets[:-1], counts) + place * WINDOW]
    one[(firsts + counts - 1)[filled]] &= KEEP[(lengths - (counts - 1) * WINDOW)[filled]]
    place += 1
    one ^= place.view(np.uint64) * np.uint64(PLACE)
    one = mixed(one)
    two = one * np.uint64(LANE)
    two ^= two >> np.uint64(32)
    sums = np.zeros((len(lengths), 2), np.uint64)
    if filled.any():
        sums[filled, 0] = np.add.reduceat(one, firsts[filled])
        sums[filled, 1] = np.add.reduceat(two, firsts[filled])
    salt = lengths.astype(np.uint64) * np.uint64(WORD_SEED)
    return np.stack([mixed(sums[:, 0] ^ salt), mixed(sums[:, 1] + salt)], axis=1)


def sample_keys(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The seeded mix of (n, 2) document hashes by which documents are drawn."""
    return mixed(hashes[:, 0] ^ (hashes[:, 1] * np.uint64(LANE)) ^ np.uint64(SAMPLE_SEED))
