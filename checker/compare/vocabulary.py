"""What the statistics of all text of a shard or dataset say of its vocabulary, in single numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from checker.compare.signals import entropy
from checker.kernels import distinct
from checker.kernels.repetition import WINDOW
from checker.model.text import TextStats

# With fewer words the share of those seen once would be told five points wrong.
_LEAST_CHOSEN = 100


def figures(stats: TextStats) -> Mapping[str, float]:
    """Each figure by its id; not there where there is nothing to divide by. Only for texts of like size to be compared.

    `distinct_words`, `distinct_5grams`: HyperLogLog, standard error 0.8 %. `hapax_share`: of distinct words, those seen
    once; `unseen_mass`: the share of tokens that a next text would have in new words (Good 1953), both over the words
    that a hash chose, and not told of fewer than 100. `byte_entropy`, `word_entropy`: bits, the latter over 16,384
    buckets of words. `mattr`: moving average type-token ratio (Covington and McFall 2010), window 50.
    `repeated_5grams`: share that stood earlier in the same document.
    """
    found = {
        "records": float(stats.records),
        "tokens": float(stats.tokens),
        "distinct_words": distinct(stats.word_registers),
        "distinct_5grams": distinct(stats.shingle_registers),
    }
    once, chosen = int(np.count_nonzero(stats.vocabulary_counts == 1)), len(stats.vocabulary_counts)
    if chosen >= _LEAST_CHOSEN:
        found["hapax_share"] = once / chosen
        found["unseen_mass"] = min(1.0, once * float(2**stats.vocabulary_level) / stats.tokens)
    if stats.tokens:
        found["word_entropy"] = _entropy_of(stats.word_buckets)
    if stats.bytes:
        found["byte_entropy"] = _entropy_of(stats.byte_counts)
    if stats.mattr_positions:
        found["mattr"] = stats.mattr_sum / (stats.mattr_positions * WINDOW)
    if stats.shingles:
        found["repeated_5grams"] = stats.repeated_shingles / stats.shingles
    return found


def _entropy_of(counts: NDArray[np.uint64]) -> float:
    return entropy(counts[counts > 0].astype(np.int64))
