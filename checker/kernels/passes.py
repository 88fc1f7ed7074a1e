"""One pass over the text of a shard: documents come in batches of any size, and everything about them comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from checker.kernels.hashing import padded, sample_keys
from checker.kernels.sampling import Sampler
from checker.kernels.sums import MATTR_POSITIONS, MATTR_SUM, REPEATED, SHINGLES, UTF8_ERRORS, Sums, Swept, no_sums
from checker.kernels.vocabulary import Fragments, Vocabulary
from checker.model.text import SIGNATURE_VALUES, Documents, ShardText, TextStats

Sweep = Callable[[NDArray[np.uint8], NDArray[np.int64], Sums], Swept]


class TextPass:
    """Memory is bounded beside 152 bytes a document: blocks of about `block_bytes`, or one document that is larger.

    `backend` is what does the work; `note` is one line when numba was wanted and cannot be used, else empty.
    """

    def __init__(self, sweep: Sweep, block_bytes: int, backend: str, note: str = "") -> None:
        self.backend = backend
        self.note = note
        self._sweep = sweep
        self._block_bytes = block_bytes
        self._sums = no_sums()
        self._vocabulary, self._fragments, self._sampler = Vocabulary(), Fragments(), Sampler()
        self._documents: list[Documents] = []

    def add(self, data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Tokens of each document `data[offsets[i]:offsets[i + 1]]`. Raises ValueError for offsets outside the data."""
        if len(offsets) != len(rows) + 1 or offsets[0] < 0 or offsets[-1] > len(data) or (np.diff(offsets) < 0).any():
            raise ValueError("offsets must ascend within the data, one more than rows")
        parts = [self._block(data, offsets[first : last + 1], rows[first:last]) for first, last in self._cuts(offsets)]
        return np.concatenate([np.empty(0, np.uint32), *parts])

    def _cuts(self, offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        first = 0
        while first < len(offsets) - 1:
            last = int(np.searchsorted(offsets, offsets[first] + self._block_bytes, "right")) - 1
            yield first, max(first + 1, last)
            first = max(first + 1, last)

    def _block(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.uint32]
    ) -> NDArray[np.uint32]:
        block = padded(data[offsets[0] : offsets[-1]])
        found = self._sweep(block, offsets - offsets[0], self._sums)
        self._vocabulary.add(found.marked)
        self._fragments.add(found.fragments)
        self._sampler.add(sample_keys(found.hashes), found.counts, found.words)
        tokens = found.counts.astype(np.uint32)
        self._documents.append(Documents(found.hashes, found.signatures, tokens, rows.astype(np.uint32)))
        return tokens

    def finish(self) -> ShardText:
        """All that was found; the same however the documents were handed over."""
        self._vocabulary.settle()
        documents = _together(self._documents)
        return ShardText(self._stats(documents), documents, self._sampler.settled())

    def _stats(self, documents: Documents) -> TextStats:
        totals, sums, words = self._sums.totals, self._sums, self._vocabulary
        return TextStats(
            records=len(documents.tokens),
            empty=int(np.count_nonzero(documents.tokens == 0)),
            bytes=int(sums.byte_counts.sum()),
            tokens=int(documents.tokens.sum(dtype=np.int64)),
            utf8_errors=int(totals[UTF8_ERRORS]),
            mattr_sum=int(totals[MATTR_SUM]),
            mattr_positions=int(totals[MATTR_POSITIONS]),
            shingles=int(totals[SHINGLES]),
            repeated_shingles=int(totals[REPEATED]),
            byte_counts=sums.byte_counts.astype(np.uint64),
            word_buckets=sums.word_buckets.astype(np.uint64),
            word_registers=sums.word_registers,
            shingle_registers=sums.shingle_registers,
            vocabulary_level=words.level,
            vocabulary_hashes=words.hashes,
            vocabulary_counts=words.counts,
            fragments=self._fragments.settled(),
        )


def _together(parts: list[Documents]) -> Documents:
    nothing = Documents(
        np.empty((0, 2), np.uint64),
        np.empty((0, SIGNATURE_VALUES), np.uint8),
        np.empty(0, np.uint32),
        np.empty(0, np.uint32),
    )
    return Documents(*(np.concatenate(columns) for columns in zip(nothing, *parts, strict=True)))
