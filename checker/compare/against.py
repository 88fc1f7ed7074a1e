"""The statistics of blocks that need a reference, each block held against the reference without itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.blocks import Cut, Layout, Stream, held_out, tokens_of
from checker.compare.ngram_model import Grams, Model, build
from checker.compare.ngrams import mixed
from checker.compare.signals import block_signals
from checker.compare.style import WATCHED_TYPES, Moments, added, frequent, moments, shift_and_dispersion
from checker.compare.tails import present, tail_types
from checker.model.nothing import NOTHING

_BUCKETS = 4096


class Text(NamedTuple):
    """Text with the places where its blocks begin, as the model of the reference knows it."""

    stream: Stream
    starts: Sequence[int]
    grams: Grams


class Gold(NamedTuple):
    """The reference: its text, the model of all of it, and its blocks in one order with the style of each.

    `frequent`: the word types whose use is counted.
    """

    stream: Stream
    model: Model
    frequent: NDArray[np.int64]
    block_tokens: int
    cuts: tuple[Cut, ...]
    style: tuple[Moments, ...]
    less: Mapping[int, Model] = NOTHING


def gold_of(stream: Stream, layout: Layout, block_tokens: int) -> Gold:
    """The reference from its documents and where its blocks are."""
    model = build(stream)
    gold = Gold(stream, model, frequent(model.orders[0].counts), block_tokens, (), ())
    return arranged(gold, layout)


def arranged(gold: Gold, layout: Layout) -> Gold:
    """The same reference with its blocks cut in another order."""
    ids = gold.model.orders[0].ids[layout.positions]
    style = tuple(moments(ids[cut.start : cut.start + gold.block_tokens], gold.frequent) for cut in layout.cuts)
    return gold._replace(cuts=layout.cuts, style=style, less=NOTHING)


def with_models(gold: Gold) -> Gold:
    """The same reference with the model without each of its sources made once, for all that it is compared with."""
    sources = {cut.source: cut.documents for cut in gold.cuts}
    less = {source: gold.model.without(tokens_of(gold.stream, sources[source])) for source in sources}
    return gold._replace(less=less)


def own_rows(gold: Gold, mixed_all: Layout, held_against: Layout) -> list[dict[str, float]]:
    """All statistics of each block of the reference itself: those that need no reference, and those that do.

    Blocks of two layouts are paired as they come; the two are one where what is compared shares its sources with
    the reference.
    """
    text = Text(held_against.stream, [cut.start for cut in held_against.cuts], gold.model.own(held_against))
    alone = alone_rows(mixed_all.stream, [cut.start for cut in mixed_all.cuts], gold.block_tokens)
    against = against_rows(arranged(gold, held_against), text)
    return [one | other for one, other in zip(alone, against, strict=False)]


def describe(gold: Gold, text: Text) -> list[dict[str, float]]:
    """All statistics of each block; `tail_types` besides is the number of types that `tail_coverage` is a share of."""
    alone = alone_rows(text.stream, text.starts, gold.block_tokens)
    return [one | other for one, other in zip(alone, against_rows(gold, text), strict=True)]


def alone_rows(stream: Stream, starts: Sequence[int], block_tokens: int) -> list[dict[str, float]]:
    """The statistics of each block that need no reference."""
    blocks = [slice(start, start + block_tokens) for start in starts]
    return [dict(block_signals(stream.tokens[block], stream.documents[block])) for block in blocks]


def against_rows(gold: Gold, text: Text) -> list[dict[str, float]]:
    """The others: block i is held against the reference without its block (or source) i, and without its documents."""
    rows: list[dict[str, float]] = []
    for start, less in zip(text.starts, _models(gold, text), strict=True):
        block = slice(start, start + gold.block_tokens)
        row = _by_model(less, text, block)
        row.update(_style(gold, less.orders[0].counts, text.grams.ends(1, block), len(rows)))
        rows.append(row)
    return rows


def _models(gold: Gold, text: Text) -> Iterator[Model]:
    """The model each block is held against; blocks of one source share theirs."""
    last = -1
    less = gold.model
    for number, start in enumerate(text.starts):
        cut = gold.cuts[number % len(gold.cuts)]
        first, final = text.stream.documents[[start, start + gold.block_tokens - 1]]
        left_out = held_out(gold.stream, cut, text.stream.keys[first : final + 1])
        if left_out.is_the_cut and cut.source in gold.less:
            less = gold.less[cut.source]
        elif not left_out.is_the_cut or cut.source != last:
            less = gold.model.without(left_out.positions)
        last = cut.source if left_out.is_the_cut else -1
        yield less


def _by_model(model: Model, text: Text, block: slice) -> dict[str, float]:
    types = model.orders[0]
    total = int(types.counts.sum())
    if not total:
        return {}
    ids = text.grams.ends(1, block)
    known = np.where(ids >= 0, types.counts[ids], 0) > 0
    found = {
        "oov": float(1 - known.mean()),
        "gold_lp": float(model.log_probabilities(text.grams, block).mean()),
        "js": _divergence(mixed(text.stream.tokens[block]), types.keys, types.counts),
    }
    tail = tail_types(types.counts)
    if tail.any():
        found["tail_coverage"] = present(tail, ids)
        found["tail_types"] = float(tail.sum())
    return found


def _divergence(words: NDArray[np.uint64], keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> float:
    """Jensen-Shannon divergence of words from the reference's, in bits, over 4,096 buckets of their hash."""
    one = np.bincount(_bucket(words), minlength=_BUCKETS) / len(words)
    other = np.bincount(_bucket(keys), weights=counts, minlength=_BUCKETS) / counts.sum()
    middle = (one + other) / 2
    found = _entropy(middle) - (_entropy(one) + _entropy(other)) / 2
    return max(0.0, found)


def _bucket(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.asarray(words % np.uint64(_BUCKETS), np.int64)


def _entropy(shares: NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    return -float((present * np.log2(present)).sum())


def _style(gold: Gold, counts: NDArray[np.int64], types: NDArray[np.int64], number: int) -> dict[str, float]:
    """Over the types that are most frequent without the block: those chosen with it would look too usual in it."""
    source = gold.cuts[number % len(gold.cuts)].source
    others = [part for part, cut in zip(gold.style, gold.cuts, strict=True) if cut.source != source]
    if not others:
        return {}
    watched = np.argsort(-counts[gold.frequent], kind="stable")[:WATCHED_TYPES]
    return shift_and_dispersion(moments(types, gold.frequent).only(watched), added(others).only(watched))
