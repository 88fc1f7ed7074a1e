"""Statistics of parts as statistics of the whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from checker.kernels.sums import no_sums
from checker.kernels.vocabulary import Fragments, Vocabulary
from checker.model.text import TextStats

_ADDED = (
    *("records", "empty", "bytes", "tokens", "utf8_errors", "mattr_sum", "mattr_positions", "shingles"),
    *("repeated_shingles", "byte_counts", "word_buckets"),
)
_GREATEST = ("word_registers", "shingle_registers")


def merge_stats(parts: Iterable[TextStats]) -> TextStats:
    """Equal, bit for bit, to one pass over all the documents; the order does not matter."""
    whole, words, fragments = no_stats(), Vocabulary(), Fragments()
    for part in parts:
        added = {name: getattr(whole, name) + getattr(part, name) for name in _ADDED}
        greatest = {name: np.maximum(getattr(whole, name), getattr(part, name)) for name in _GREATEST}
        whole = whole._replace(**added, **greatest)
        words.merge(part.vocabulary_level, part.vocabulary_hashes, part.vocabulary_counts)
        fragments.add(part.fragments)
    return whole._replace(
        vocabulary_level=words.level,
        vocabulary_hashes=words.hashes,
        vocabulary_counts=words.counts,
        fragments=fragments.settled(),
    )


def no_stats() -> TextStats:
    """The statistics of no document."""
    sums, words = no_sums(), Vocabulary()
    return TextStats(
        *(0,) * 9,
        byte_counts=sums.byte_counts.astype(np.uint64),
        word_buckets=sums.word_buckets.astype(np.uint64),
        word_registers=sums.word_registers,
        shingle_registers=sums.shingle_registers,
        vocabulary_level=words.level,
        vocabulary_hashes=words.hashes,
        vocabulary_counts=words.counts,
        fragments=Fragments().settled(),
    )
