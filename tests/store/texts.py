"""Text evidence as a pass would find it, made from a seed."""

from __future__ import annotations

import numpy as np

from checker.model.text import Documents, Sample, ShardText, TextStats


def shard_text(documents: int, seed: int = 7) -> ShardText:
    """Documents of about a hundred words; the shard's sample holds the first twenty of them."""
    random = np.random.default_rng(seed)
    tokens = random.integers(20, 200, documents).astype("u4")
    shown = min(documents, 20)
    words = np.sort(random.integers(0, 2**64, 50 * shown, "u8"))
    return ShardText(
        stats=TextStats(
            records=documents,
            empty=0,
            bytes=int(tokens.sum()) * 6,
            tokens=int(tokens.sum()),
            utf8_errors=3,
            mattr_sum=2**70,
            mattr_positions=5,
            shingles=11,
            repeated_shingles=2,
            byte_counts=random.integers(0, 10**6, 256).astype("u8"),
            word_buckets=random.poisson(3, 16384).astype("u8"),
            word_registers=random.integers(0, 9, 16384).astype("u1"),
            shingle_registers=random.integers(0, 9, 16384).astype("u1"),
            vocabulary_level=4,
            vocabulary_hashes=np.unique(words),
            vocabulary_counts=random.zipf(1.5, len(np.unique(words))).astype("u8"),
            fragments=np.unique(random.integers(0, 2**64, documents, "u8")),
        ),
        documents=Documents(
            hashes=random.integers(0, 2**64, (documents, 2), "u8"),
            signatures=random.integers(0, 256, (documents, 128)).astype("u1"),
            tokens=tokens,
            rows=np.arange(1, documents + 1, dtype="u4"),
        ),
        sample=Sample(
            keys=np.sort(random.permutation(2**20)[:shown]).astype("u8"),
            lengths=tokens[:shown],
            tokens=random.zipf(1.3, int(tokens[:shown].sum())).astype("u4"),
            complete=documents <= 20,
        ),
    )


def equal(one: ShardText, other: ShardText) -> bool:
    """Bit for bit, kinds and shapes included."""
    return all(map(_same, _values(one), _values(other)))


def _values(text: ShardText) -> list[object]:
    return [*text.stats, *text.documents, *text.sample]


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return type(one) is type(other) and one == other
