"""`python -m benchmarks.run --only evidence_size`: bytes of text evidence a document, and what writing it costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.row import Row
from checker.kernels import text_pass
from checker.measure import EvidenceCache
from checker.model.text import ShardText

# The bytes of some documents, and where each begins.
Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]
# Words are as frequent as in the text that they were fitted to, 3.6 million words of exercises, encyclopedia, role
# play, code and its documents from ten public sets: 500,000 of them have 22,800 distinct ones (here 25,100) and 1.31
# bytes of entropy a word (1.33), and the 10, 100, 1,000, 10,000 most frequent are 19, 45, 73, 96 % (19, 44, 72, 96 %).
# 1 / (rank + SHIFT), beyond KNEE the square of it: two regimes, as in Gerlach & Altmann 2013 (doi
# 10.1103/PhysRevX.3.021006). Unlike in real text, no phrase recurs, so that it packs worse.
WORDS, SHIFT, KNEE = 100_000, 2, 4_000
WORD_LETTERS = 8
KEY = "0" * 64


class Shape(NamedTuple):
    """A shard: how many documents of how many words."""

    documents: int
    words: int


SMALL, LARGE, LONG = Shape(5_000, 100), Shape(200_000, 100), Shape(50_000, 400)
TIMED = Shape(50_000, 100)


def rows(small: Shape = SMALL, large: Shape = LARGE, long: Shape = LONG, timed: Shape = TIMED) -> list[Row]:
    """What the issue promises of the size of evidence, and what it costs to keep it."""
    with tempfile.TemporaryDirectory() as name:
        cache = EvidenceCache(Path(name))
        sizes = {shape: size_of(cache, measured(list(batches(shape)))) for shape in (small, large, long)}
        writing, reading = shares_of_the_pass(cache, timed)
        whole = dict(zip(("writing", "reading"), shares_of_the_pass(cache, small), strict=True))
    per_document = {shape: size / shape.documents for shape, size in sizes.items()}
    details = {f"{shape.documents} x {shape.words} words": round(each, 1) for shape, each in per_document.items()}
    basis = f"{large.documents:,} documents of {large.words} words in one shard"
    against = f"CPU of the numpy pass over the text of {timed.documents:,} documents"
    all_sampled = f"{small.documents} x {small.words} words, all in the sample"
    return [
        Row("evidence on disk, bytes a document", per_document[large], 300, True, basis, details),
        Row("writing evidence", writing, 0.1, True, against, {all_sampled: round(whole["writing"], 3)}),
        Row("reading and checking evidence", reading, 0.1, True, against, {all_sampled: round(whole["reading"], 3)}),
    ]


def shares_of_the_pass(cache: EvidenceCache, shape: Shape) -> tuple[float, float]:
    """CPU seconds for writing and for reading an entry, as shares of those for making it."""
    documents = list(batches(shape))
    text = measured(documents)
    making = best_of_three(lambda: measured(documents))
    writing = best_of_three(lambda: cache.keep_text(KEY, text))
    return writing / making, best_of_three(cache.keep_text(KEY, text).load) / making


def size_of(cache: EvidenceCache, text: ShardText) -> int:
    """Bytes of the entry on disk."""
    cache.keep_text(KEY, text)
    assert cache.path is not None
    return (cache.path / KEY[:2] / f"{KEY}.text").stat().st_size


def measured(documents: Iterable[Batch]) -> ShardText:
    """One pass over the documents of a shard."""
    found = text_pass("numpy")
    first = 1
    for data, offsets in documents:
        count = len(offsets) - 1
        found.add(data, offsets, np.arange(first, first + count, dtype="u4"))
        first += count
    return found.finish()


def batches(shape: Shape, size: int = 10_000) -> Iterator[Batch]:
    """The documents' bytes and where each begins. A word is eight letters that spell its rank."""
    random = np.random.default_rng(1)
    heights = np.cumsum(shares())
    places = np.arange(WORD_LETTERS, dtype="u4")
    for start in range(0, shape.documents, size):
        count = min(size, shape.documents - start)
        words = np.searchsorted(heights, random.random(count * shape.words)).clip(max=WORDS - 1)
        letters = (words[:, None] >> (places * 2)) % 26 + ord("a")
        data = np.full((len(words), WORD_LETTERS + 1), ord(" "), "u1")
        data[:, :-1] = letters
        yield data.reshape(-1), np.arange(count + 1, dtype="i8") * shape.words * (WORD_LETTERS + 1)


def shares() -> NDArray[np.float64]:
    """How frequent the words are, the most frequent first; together 1."""
    places = np.arange(1, WORDS + 1) + float(SHIFT)
    weights = np.where(places <= KNEE + SHIFT, 1 / places, (KNEE + SHIFT) / places**2)
    found: NDArray[np.float64] = weights / weights.sum()
    return found


def best_of_three(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of three runs."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)
