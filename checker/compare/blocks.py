"""Cuts samples into blocks of one number of tokens, and says what a block must not be held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.ngrams import mixed
from checker.model.text import Sample

REFERENCE_TOKENS = 1_000_000


class Stream(NamedTuple):
    """Documents one after the other. `documents`: of each token, the number of its document; `keys`: of documents."""

    tokens: NDArray[np.uint32]
    documents: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]


class Cut(NamedTuple):
    """A block: it begins at token `start` and is from `documents` of the reference, or from the source they are."""

    start: int
    documents: NDArray[np.int64]
    source: int


class Layout(NamedTuple):
    """The documents of a reference in some order, cut in blocks. `positions`: where each token stands in it."""

    stream: Stream
    positions: NDArray[np.int64]
    cuts: tuple[Cut, ...]


def stream_of(samples: Sequence[Sample]) -> Stream:
    """The documents of all samples, in the order given; within a sample in the order of keys."""
    lengths = np.concatenate([np.zeros(0, np.int64), *(sample.lengths.astype(np.int64) for sample in samples)])
    return Stream(
        np.concatenate([np.zeros(0, np.uint32), *(sample.tokens for sample in samples)]),
        np.repeat(np.arange(len(lengths)), lengths),
        np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))),
        np.concatenate([np.zeros(0, np.uint64), *(sample.keys for sample in samples)]),
    )


def block_starts(tokens: int, block_tokens: int) -> range:
    """Where each whole block begins; what is left over at the end is no block."""
    return range(0, tokens - block_tokens + 1, block_tokens)


def hash_ordered(reference: Stream, block_tokens: int, redraw: int) -> Layout:
    """Blocks of all documents mixed, each a source of its own: the null of a sample over a whole dataset."""
    order = _redrawn(reference.keys, np.arange(len(reference.keys)), redraw)
    stream, positions = _reordered(reference, order)
    cuts = []
    for number, start in enumerate(block_starts(len(positions), block_tokens)):
        first, last = stream.documents[start], stream.documents[start + block_tokens - 1]
        cuts.append(Cut(start, order[first : last + 1], number))
    return Layout(stream, positions, tuple(cuts))


def source_ordered(reference: Stream, sources: Sequence[int], block_tokens: int, redraw: int) -> Layout:
    """Blocks that stay within one source; sources smaller than a block are put together whole until they fill one.

    `sources`: how many documents each source has, in the order of the reference.
    """
    members = [part for part in np.split(np.arange(len(reference.keys)), np.cumsum(sources)) if len(part)]
    sizes = [int(reference.starts[part[-1] + 1] - reference.starts[part[0]]) for part in members]
    large = [part for part, size in zip(members, sizes, strict=True) if size >= block_tokens]
    small = [part for part, size in zip(members, sizes, strict=True) if size < block_tokens]
    leaders = np.array([part[0] for part in small], np.int64)
    by_leader = {int(part[0]): part for part in small}
    shuffled = [by_leader[int(first)] for first in _redrawn(reference.keys, leaders, redraw)]
    groups = [*([part] for part in large), *_filled(shuffled, reference, block_tokens)]
    arranged = [np.concatenate([_redrawn(reference.keys, part, redraw) for part in group]) for group in groups]
    return _cut_within(reference, arranged, block_tokens)


def halves(reference: Stream, owners: NDArray[np.int64], block_tokens: int, redraw: int) -> Layout:
    """Blocks of documents mixed within either half of the sources: the null of text from sources of its own.

    `owners`: (d,) the source of each document. What is mixed from all sources is not unlike the rest of them, and text
    of the same domain from other sources is.
    """
    leaders = np.unique(owners, return_index=True)[1]
    order = owners[_redrawn(reference.keys, np.sort(leaders), redraw)]
    lengths = np.diff(reference.starts)
    before = np.cumsum(np.bincount(owners, weights=lengths)[order])
    place = np.empty(len(order), np.int64)
    place[order] = (before > before[-1] / 2).astype(np.int64)
    arranged = [_redrawn(reference.keys, np.flatnonzero(place[owners] == half), redraw) for half in (0, 1)]
    return _cut_within(reference, arranged, block_tokens)


def _filled(
    parts: Sequence[NDArray[np.int64]], reference: Stream, block_tokens: int
) -> Iterator[list[NDArray[np.int64]]]:
    """Runs of small sources that together fill a block; the last few that do not are left out."""
    group: list[NDArray[np.int64]] = []
    size = 0
    for part in parts:
        group.append(part)
        size += int(reference.starts[part[-1] + 1] - reference.starts[part[0]])
        if size >= block_tokens:
            yield group
            group, size = [], 0


def _cut_within(reference: Stream, arranged: Sequence[NDArray[np.int64]], block_tokens: int) -> Layout:
    stream, positions = _reordered(reference, np.concatenate([np.zeros(0, np.int64), *arranged]))
    cuts: list[Cut] = []
    start = 0
    for source, documents in enumerate(arranged):
        size = int((reference.starts[documents + 1] - reference.starts[documents]).sum())
        cuts += (Cut(start + at, documents, source) for at in block_starts(size, block_tokens))
        start += size
    return Layout(stream, positions, tuple(cuts))


def _redrawn(keys: NDArray[np.uint64], documents: NDArray[np.int64], redraw: int) -> NDArray[np.int64]:
    """The documents in an order that only their keys and the number of the redraw decide; 0 is the order given."""
    if not redraw:
        return documents
    return documents[np.argsort(mixed(keys[documents] + np.uint64(redraw)), kind="stable")]


def _reordered(reference: Stream, order: NDArray[np.int64]) -> tuple[Stream, NDArray[np.int64]]:
    lengths = reference.starts[order + 1] - reference.starts[order]
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    positions = tokens_of(reference, order)
    documents = np.repeat(np.arange(len(order)), lengths)
    return Stream(reference.tokens[positions], documents, starts, reference.keys[order]), positions


def tokens_of(stream: Stream, documents: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions of the tokens of these documents, one document after the other."""
    lengths = stream.starts[documents + 1] - stream.starts[documents]
    ends = np.cumsum(lengths)
    shift = stream.starts[documents] - ends + lengths
    positions: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(shift, lengths)
    return positions


def owners_of(merged: Stream, samples: Sequence[Sample]) -> NDArray[np.int64]:
    """(d,) of each document the first of the samples that has it, numbered from 0 by those that have any."""
    keys = np.concatenate([sample.keys for sample in samples])
    numbers = np.repeat(np.arange(len(samples)), [len(sample.keys) for sample in samples])
    known, first = np.unique(keys, return_index=True)
    found: NDArray[np.int64] = np.unique(numbers[first[np.searchsorted(known, merged.keys)]], return_inverse=True)[1]
    return found


def within_budget(samples: Sequence[Sample], block_tokens: int) -> list[Sample]:
    """As many sources as the budget holds, none cut below two blocks, in an order that depends on their content."""
    sources = sorted((sample for sample in samples if len(sample.keys)), key=_place)
    large = [sample for sample in sources if len(sample.tokens) >= block_tokens]
    small = [sample for sample in sources if len(sample.tokens) < block_tokens]
    most = max(2 * block_tokens, REFERENCE_TOKENS // max(1, len(large)))
    chosen: list[Sample] = []
    total = 0
    for sample in (*large, *small):
        if total >= REFERENCE_TOKENS:
            break
        chosen.append(_first_tokens(sample, most))
        total += len(chosen[-1].tokens)
    return chosen


def _place(sample: Sample) -> tuple[int, int]:
    return int(sample.keys[0]), len(sample.tokens)


def _first_tokens(sample: Sample, most: int) -> Sample:
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
    if np.isin(own, cut.documents).all():
        return HeldOut(tokens_of(reference, cut.documents), is_the_cut=True)
    shared = tokens_of(reference, own)
    others = tokens_of(reference, np.setdiff1d(cut.documents, own))
    size = int((reference.starts[cut.documents + 1] - reference.starts[cut.documents]).sum())
    return HeldOut(np.concatenate((shared, others[: max(0, size - len(shared))])), is_the_cut=False)
