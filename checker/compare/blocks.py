"""Cuts samples into blocks of one number of tokens, and says what a block must not be held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.model.text import Sample

REFERENCE_TOKENS = 1_000_000


class Stream(NamedTuple):
    """Documents one after the other. `documents`: of each token, the number of its document; `keys`: of documents."""

    tokens: NDArray[np.uint32]
    documents: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]


class Cut(NamedTuple):
    """A block: it begins at token `start`; `low` to `high` are the whole documents (or the whole source) it is from."""

    start: int
    low: int
    high: int
    source: int


def stream_of(samples: Sequence[Sample]) -> Stream:
    """The documents of all samples, in the order given; within a sample in the order of keys."""
    lengths = np.concatenate([np.zeros(0, np.int64), *(sample.lengths.astype(np.int64) for sample in samples)])
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    return Stream(
        np.concatenate([np.zeros(0, np.uint32), *(sample.tokens for sample in samples)]),
        np.repeat(np.arange(len(lengths)), lengths),
        starts,
        np.concatenate([np.zeros(0, np.uint64), *(sample.keys for sample in samples)]),
    )


def block_starts(tokens: int, block_tokens: int) -> range:
    """Where each whole block begins; what is left over at the end is no block."""
    return range(0, tokens - block_tokens + 1, block_tokens)


def hash_ordered(sample: Sample, block_tokens: int) -> tuple[Stream, tuple[Cut, ...]]:
    """Blocks of one sample, each a source of its own: the null of a sample over a whole dataset."""
    stream = stream_of([sample])
    cuts = []
    for number, start in enumerate(block_starts(len(stream.tokens), block_tokens)):
        first, last = stream.documents[start], stream.documents[start + block_tokens - 1]
        cuts.append(Cut(start, int(stream.starts[first]), int(stream.starts[last + 1]), number))
    return stream, tuple(cuts)


def source_blocks(samples: Sequence[Sample], block_tokens: int) -> tuple[Stream, tuple[Cut, ...]]:
    """Blocks that stay within one source; sources smaller than a block are put together whole until they fill one."""
    ordered = sorted((sample for sample in samples if len(sample.keys)), key=_place)
    large = [sample for sample in ordered if len(sample.tokens) >= block_tokens]
    small = [sample for sample in ordered if len(sample.tokens) < block_tokens]
    chosen = _within_budget(large, small, block_tokens)
    cuts: list[Cut] = []
    position = low = source = 0
    for sample in chosen:
        position += len(sample.tokens)
        if position - low < block_tokens:
            continue
        cuts += (Cut(low + at, low, position, source) for at in block_starts(position - low, block_tokens))
        low, source = position, source + 1
    return stream_of(chosen), tuple(cuts)


def _place(sample: Sample) -> tuple[int, int]:
    """An order of sources that depends on nothing but their content."""
    return int(sample.keys[0]), len(sample.tokens)


def _within_budget(large: Sequence[Sample], small: Sequence[Sample], block_tokens: int) -> list[Sample]:
    """As many sources as the budget holds, none cut below two blocks."""
    most = max(2 * block_tokens, REFERENCE_TOKENS // max(1, len(large)))
    chosen: list[Sample] = []
    total = 0
    for sample in (*large, *small):
        if total >= REFERENCE_TOKENS:
            break
        chosen.append(first_tokens(sample, most))
        total += len(chosen[-1].tokens)
    return chosen


def first_tokens(sample: Sample, most: int) -> Sample:
    """The first documents of a sample that make up at least `most` tokens, or all."""
    ends = np.cumsum(sample.lengths, dtype=np.int64)
    kept = int(np.searchsorted(ends, most)) + 1
    if kept >= len(ends):
        return sample
    return Sample(sample.keys[:kept], sample.lengths[:kept], sample.tokens[: int(ends[kept - 1])], complete=False)


class HeldOut(NamedTuple):
    """Positions of tokens in the reference; `is_the_cut` says that they are just those of the cut."""

    positions: NDArray[np.int64]
    is_the_cut: bool


def held_out(reference: Stream, cut: Cut, keys: NDArray[np.uint64]) -> HeldOut:
    """The tokens of the reference that a block with documents `keys` is not held against.

    These are its own documents wherever they stand in the reference, filled up from the documents of `cut`: blocks of
    the reference and blocks measured are so held against references of one size, without what both share.
    """
    own = np.flatnonzero(np.isin(reference.keys, keys))
    lows, highs = reference.starts[own], reference.starts[own + 1]
    if bool(((lows >= cut.low) & (highs <= cut.high)).all()):
        return HeldOut(np.arange(cut.low, cut.high), is_the_cut=True)
    shared = np.concatenate([np.arange(low, high) for low, high in zip(lows, highs, strict=True)])
    filler = np.setdiff1d(np.arange(cut.low, cut.high), shared, assume_unique=True)
    return HeldOut(np.concatenate((shared, filler[: max(0, cut.high - cut.low - len(shared))])), is_the_cut=False)
