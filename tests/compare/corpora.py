"""Corpora for tests of likeness: texts, their evidence by a plain MinHash, and exact similarity."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from checker.model.text import Documents, Sample, ShardText, TextEntry, TextSource, TextStats

_PRIME = (1 << 61) - 1
_RANDOM = random.Random(7)
_FACTORS = np.array([_RANDOM.randrange(1, 1 << 31) for _ in range(128)], dtype=np.uint64)
_OFFSETS = np.array([_RANDOM.randrange(1 << 31) for _ in range(128)], dtype=np.uint64)


def tokens_of(text: str) -> list[str]:
    """Words in lower case."""
    return re.findall(r"\w+", text.lower())


@lru_cache(maxsize=1 << 16)
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Word 5-grams; a shorter text is one shingle."""
    words = tokens_of(text)
    return frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))) if words else frozenset()


def exact_jaccard(one: str, other: str) -> float:
    """The oracle."""
    ours, theirs = shingles(one), shingles(other)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(33))
    return mixed


@lru_cache(maxsize=1 << 16)
def _number(gram: tuple[str, ...]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(gram).encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=1 << 14)
def signature(text: str) -> NDArray[np.uint8]:
    """The mixed top byte of each of 128 minima."""
    grams = shingles(text)
    if not grams:
        return np.zeros(128, np.uint8)
    numbers = np.array([_number(gram) for gram in grams], dtype=np.uint64)
    minima = _mixed(numbers[:, None] * _FACTORS[None, :] + _OFFSETS[None, :]).min(axis=0)
    top: NDArray[np.uint8] = (_mixed(minima) >> np.uint64(56)).astype(np.uint8)
    return top


def share_a_band(equal: NDArray[np.bool_]) -> bool:
    """Of two signatures that agree in these values: eight in a row, or one of four times every sixteenth."""
    rows, columns = np.all(equal.reshape(16, 8), axis=1), np.asarray(np.all(equal.reshape(8, 16), axis=0))
    return bool(rows.any() or columns[:4].any())


def documents(texts: Sequence[str]) -> Documents:
    """Evidence of texts in reading order."""
    digests = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    return Documents(
        hashes=np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2),
        signatures=np.array([signature(text) for text in texts], dtype=np.uint8).reshape(-1, 128),
        tokens=np.array([len(tokens_of(text)) for text in texts], dtype=np.uint32),
        rows=np.arange(1, len(texts) + 1, dtype=np.uint32),
    )


def fragments(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Every distinct 13-gram whose hash ends in six zero bits."""
    found = set()
    for text in texts:
        words = tokens_of(text)
        found |= {_number(tuple(words[at : at + 13])) for at in range(len(words) - 12)}
    return np.array(sorted(number for number in found if number % 64 == 0), dtype=np.uint64)


def stats(texts: Sequence[str]) -> TextStats:
    """Only what likeness looks at is filled."""
    nothing = np.empty(0, np.uint64)
    return TextStats(
        records=len(texts),
        empty=sum(not tokens_of(text) for text in texts),
        bytes=sum(len(text.encode("utf-8", "surrogatepass")) for text in texts),
        tokens=sum(len(tokens_of(text)) for text in texts),
        utf8_errors=0,
        mattr_sum=0,
        mattr_positions=0,
        shingles=0,
        repeated_shingles=0,
        byte_counts=np.zeros(256, np.uint64),
        word_buckets=np.zeros(16384, np.uint64),
        word_registers=np.zeros(16384, np.uint8),
        shingle_registers=np.zeros(16384, np.uint8),
        vocabulary_level=0,
        vocabulary_hashes=nothing,
        vocabulary_counts=nothing,
        fragments=fragments(texts),
    )


def shard_text(texts: Sequence[str]) -> ShardText:
    """The evidence of a shard."""
    sample = Sample(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.uint32), complete=True)
    return ShardText(stats(texts), documents(texts), sample)


def source(texts: Sequence[str], shard: str = "a.jsonl", dataset: str = "data") -> TextSource:
    """A shard whose evidence is held in memory."""
    return held(shard_text(texts), shard, dataset)


def held(text: ShardText, shard: str = "a.jsonl", dataset: str = "data") -> TextSource:
    """A shard of ready evidence, addressed by its content."""
    digest = hashlib.sha256()
    for column in (*text.documents, text.stats.fragments):
        digest.update(np.ascontiguousarray(column).tobytes())
    name = digest.hexdigest()
    return TextSource(dataset, shard, name[:32], TextEntry(name, name, len(text.documents.rows), lambda: text))


def written(words: int, seed: int, vocabulary: int = 5000) -> str:
    """A text of random words."""
    chance = random.Random(seed)
    return " ".join(f"w{chance.randrange(vocabulary)}" for _ in range(words))


def edited(text: str, edits: int, seed: int) -> str:
    """The text with some of its words replaced."""
    chance = random.Random(seed)
    words = text.split(" ")
    for place in chance.sample(range(len(words)), edits):
        words[place] = f"x{chance.randrange(1 << 30)}"
    return " ".join(words)
