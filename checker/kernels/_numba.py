"""The quick back-end: one compiled sweep over each document while it is in the cache; the same bits as `_numpy`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from checker.kernels import _byte_loops as text
from checker.kernels import _number_loops as numbers
from checker.kernels import minhash, tables
from checker.kernels.repetition import WINDOW
from checker.kernels.shingles import SHINGLE
from checker.kernels.sums import MATTR_POSITIONS, MATTR_SUM, REPEATED, SHINGLES, UTF8_ERRORS, Sums, Swept, no_sums

BLOCK_BYTES = 1 << 21


def _sweep(
    block: Any, offsets: Any, kinds: Any, folds: Any, factors: Any, everything: bool,
    hashes: Any, signatures: Any, counts: Any, words: Any, marked: Any, fragments: Any,
    totals: Any, byte_counts: Any, buckets: Any, word_registers: Any, shingle_registers: Any,
) -> Any:  # fmt: skip
    """Fill what follows `everything`; returns how many words, marked words and fragments there are."""
    longest = 0
    for document in range(len(counts)):
        longest = max(longest, offsets[document + 1] - offsets[document])
    folded = np.empty(longest + text.TAIL, np.uint8)
    marks = np.empty(longest + text.TAIL, np.uint8)
    most = longest // 2 + 2  # words
    edges = np.empty(2 * most + 8, np.int32)
    fours, grams = np.empty(most, np.uint64), np.empty(most, np.uint64)
    small = np.empty(most + numbers.AT_ONCE, np.uint32)
    table = np.empty(6 * most + 16 if everything else 1, np.int32)
    minima = np.empty(128, np.uint32)
    bytes_ = np.zeros((8, 256), np.int64)
    known, known_marked, known_fragments = 0, 0, 0
    for document in range(len(counts)):
        start = offsets[document]
        size = offsets[document + 1] - start
        text.hash_document(block, start, size, hashes, document)
        if text.fold(block, start, size, folded, marks):
            totals[UTF8_ERRORS] += text.widen(block, start, size, folded, marks, kinds, folds)
            count = text.touching_edges(marks, size, edges)
        else:
            count = text.edges(marks, size, edges)
        counts[document] = count
        text.hash_words(folded, edges, count, words, known)
        number = numbers.shingles(words, known, count, fours, grams, small)
        numbers.sign(small, number, factors, minima, signatures[document])
        if everything:
            text.count_bytes(block, start, size, bytes_)
            known_marked = numbers.bucket(words, known, count, buckets, marked, known_marked)
            numbers.observe(words, known, count, word_registers)
            if count >= WINDOW:
                totals[MATTR_SUM] += numbers.mattr(words, known, count, table)
                totals[MATTR_POSITIONS] += count - WINDOW + 1
            if count >= SHINGLE:
                totals[SHINGLES] += number
                totals[REPEATED] += numbers.repeated(grams, number, table)
                numbers.observe(grams, 0, number, shingle_registers)
            known_fragments = numbers.fragments(words, known, count, fours, grams, fragments, known_fragments)
        known += count
    byte_counts += bytes_.sum(axis=0)
    return known, known_marked, known_fragments


class Sweeper:
    """Nothing is compiled before the first sweep. Compiled code is kept in `folder`; with None it is not kept."""

    def __init__(self, folder: Path | None) -> None:
        self._compiled = _dispatcher(folder)

    def sweep(self, block: NDArray[np.uint8], offsets: NDArray[np.int64], sums: Sums) -> Swept:
        """Everything of the documents of a padded block; `sums` grow."""
        return self._swept(block, offsets, sums, everything=True)

    def sign(
        self, block: NDArray[np.uint8], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.int64]]:
        """Only hashes, signatures and numbers of tokens of the documents of a padded block."""
        found = self._swept(block, offsets, no_sums(), everything=False)
        return found.hashes, found.signatures, found.counts

    def _swept(self, block: NDArray[np.uint8], offsets: NDArray[np.int64], sums: Sums, *, everything: bool) -> Swept:
        documents = len(offsets) - 1
        most = int(offsets[-1]) // 2 + documents + 1
        hashes, signatures = np.empty((documents, 2), np.uint64), np.empty((documents, 128), np.uint8)
        counts, words = np.empty(documents, np.int64), np.empty(most, np.uint64)
        marked, fragments = np.empty(most, np.uint64), np.empty(most, np.uint64)
        known, known_marked, known_fragments = self._compiled(
            *(block, offsets, tables.kinds(), tables.folds(), minhash.factors(), everything),
            *(hashes, signatures, counts, words, marked, fragments, *sums),
        )
        return Swept(
            hashes, signatures, counts, words[:known], marked[:known_marked].copy(), fragments[:known_fragments].copy()
        )


def _dispatcher(folder: Path | None) -> Any:
    """numba reads its setting at the moment when caching is asked for, so it is set for that moment."""
    if folder is None:
        return numba.njit(_sweep, nogil=True)
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder)
    try:
        return numba.njit(_sweep, nogil=True, cache=True)
    finally:
        numba.config.CACHE_DIR = before
