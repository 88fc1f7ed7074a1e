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


def plain_text() -> ShardText:
    """Three documents whose every number can be worked out by hand; no release of numpy changes them."""
    ramp = np.arange(3, dtype="u8")
    return ShardText(
        stats=TextStats(
            records=3,
            empty=1,
            bytes=60,
            tokens=12,
            utf8_errors=0,
            mattr_sum=2**65,
            mattr_positions=1,
            shingles=4,
            repeated_shingles=1,
            byte_counts=np.arange(256, dtype="u8"),
            word_buckets=np.arange(16384, dtype="u8") % 7,
            word_registers=(np.arange(16384) % 5).astype("u1"),
            shingle_registers=(np.arange(16384) % 3).astype("u1"),
            vocabulary_level=2,
            vocabulary_hashes=ramp * 4 + 2**63,
            vocabulary_counts=ramp + 1,
            fragments=ramp * 64,
        ),
        documents=Documents(
            hashes=np.arange(6, dtype="u8").reshape(3, 2) + 2**60,
            signatures=np.arange(384, dtype="u8").reshape(3, 128).astype("u1"),
            tokens=np.array([7, 5, 0], "u4"),
            rows=np.array([1, 3, 4], "u4"),
        ),
        sample=Sample(
            keys=np.array([5, 2**64 - 1], "u8"),
            lengths=np.array([7, 5], "u4"),
            tokens=np.arange(12, dtype="u4") * 1_000_003,
            complete=True,
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
