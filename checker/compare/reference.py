"""A reference, built once, against which samples are compared block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare import scores
from checker.compare.against import Gold, Text, describe, gold_of, own_rows, with_models
from checker.compare.blocks import (
    block_starts,
    halves,
    hash_ordered,
    owners_of,
    source_ordered,
    stream_of,
    within_budget,
)
from checker.kernels import merge_samples
from checker.model.signals import Comparison, Signal, TailTypes
from checker.model.text import BLOCK_TOKENS, Sample

# A reference must give this many blocks that share nothing; it is cut anew until there are so many in all.
LEAST_BLOCKS = 5
_NULL_BLOCKS = 50
# With so many of its own a reference need not be cut anew.
_ENOUGH_BLOCKS = 30
LEAST_SOURCES = 5
_SHIFT_Z = -1.0
_SHIFT_OOV = 1.3
# Text of n-gram models of the first and fourth generation, at T = 0.8 and T = 1, moved the collapse score of a block of
# 20,000 tokens by 3 to 30 with all of its words, the median of three corpora by 10 (docs/collapse-benchmark.md).
_TYPICAL_DISTANCE, _TYPICAL_TOKENS = 10.0, 20_000
_POWER_Z = 0.8416


class Reference(NamedTuple):
    """Documents known to be good, cut in blocks, with what each block shows when held against the others.

    Made by `make_reference`; `compare` may be called for any number of samples.
    """

    name: str
    by_source: bool
    gold: Gold
    null: scores.Null
    tail_types: float

    def compare(self, sample: Sample, *, block_tokens: int | None = None) -> Comparison:
        """The sample against this reference.

        Raises ValueError when the sample is to be cut in blocks of another size than the reference was.
        """
        gold = self.gold
        if block_tokens not in (None, gold.block_tokens):
            raise ValueError(
                f"blocks of {block_tokens:,} tokens cannot be compared with a reference in blocks of"
                f" {gold.block_tokens:,}: the figures depend on the number of tokens; use one size for both"
            )
        stream = stream_of([sample])
        starts = block_starts(len(stream.tokens), gold.block_tokens)
        found = Comparison(self.name, gold.block_tokens, len(starts), len(gold.cuts), self.by_source)
        found = found._replace(insufficient=self._lacking(len(stream.tokens)))
        if not starts or not gold.cuts:
            return found
        rows = describe(gold, Text(stream, starts, gold.model.lookup(stream)))
        ids = tuple(name for name in self.null.ids if all(name in row for row in rows))
        return self._judged(found, self.null.only(ids), np.array([[row[name] for name in ids] for row in rows]))

    def _judged(self, found: Comparison, null: scores.Null, values: NDArray[np.float64]) -> Comparison:
        means = values.mean(axis=0)
        found = found._replace(tail=self._tail(null, means))
        if found.insufficient:
            return found._replace(signals=_signals(null, means, None))
        z = null.z(scores.evened(null.ids, values).mean(axis=0), found.blocks)
        collapse, drift = scores.limits(null, found.blocks)
        signals = _signals(null, means, z)
        return found._replace(
            signals=signals,
            collapse=scores.score("collapse", null, z, collapse.threshold),
            drift=scores.score("drift", null, z, drift.threshold),
            shifted=_shifted(signals),
            detectable_share=_detectable_share(null, found.blocks, found.budget_tokens, collapse),
        )

    def _lacking(self, tokens: int) -> str:
        """Why no score can be given, and how much more is needed; empty when one can."""
        size, blocks = self.gold.block_tokens, len(self.gold.cuts)
        if tokens < size:
            return f"the sample has {tokens:,} tokens, and one block takes {size:,}: {size - tokens:,} more are needed"
        if blocks < LEAST_BLOCKS:
            missing = max(1, LEAST_BLOCKS * size - blocks * size)
            return (
                f"the reference {self.name} has {blocks:,} blocks of {size:,} tokens, and a limit from it takes"
                f" {LEAST_BLOCKS}: about {missing:,} tokens more are needed"
            )
        sources = len({cut.source for cut in self.gold.cuts})
        if self.by_source and sources < LEAST_SOURCES:
            return (
                f"the reference {self.name} has {sources:,} sources of at least {size:,} tokens, and how much sources"
                f" differ takes {LEAST_SOURCES} to tell: {LEAST_SOURCES - sources} more are needed"
            )
        return ""

    def _tail(self, null: scores.Null, means: NDArray[np.float64]) -> TailTypes | None:
        if "tail_coverage" not in null.ids:
            return None
        column = null.ids.index("tail_coverage")
        types = round(self.tail_types)
        return TailTypes(types, float(means[column]) * types, float(null.means[column]) * types)


def make_reference(
    samples: Sequence[Sample],
    *,
    name: str,
    by_source: bool = False,
    apart: bool = False,
    block_tokens: int = BLOCK_TOKENS,
) -> Reference:
    """The reference from the samples of its shards.

    With `by_source` each sample is a source and blocks stay within it, as when single shards are to be compared; else
    all are merged first, as when a sample over a whole dataset is. `apart` says that what is compared comes from
    sources that the reference lacks, and that each sample of the reference is a source: words and phrases are then
    held against half of the sources, as blocks of the other half are. It needs five sources, else it changes nothing.
    """
    if by_source:
        chosen = within_budget(samples, block_tokens)
        sizes = [len(sample.keys) for sample in chosen]
        stream, units = stream_of(chosen), len(chosen)
        lay = partial(source_ordered, stream, sizes, block_tokens)
    else:
        stream = stream_of([samples[0] if len(samples) == 1 else merge_samples(samples)])
        units = len(stream.keys)
        lay = partial(hash_ordered, stream, block_tokens)
    against = lay
    if apart and not by_source and sum(len(sample.keys) > 0 for sample in samples) >= LEAST_SOURCES:
        against = partial(halves, stream, owners_of(stream, samples), block_tokens)
    first = against(0)
    gold = gold_of(stream, first, block_tokens)
    rows = [
        scores.Row(redraw, cut.source, row)
        for redraw in range(_redraws(len(first.cuts)))
        for layout in [lay(redraw)]
        for cut, row in zip(layout.cuts, own_rows(gold, layout, against(redraw)), strict=False)
    ]
    if against is not lay:
        gold = with_models(gold)
    null = scores.null_of(rows, block_tokens, units, by_source=by_source)
    tails = [row.values["tail_types"] for row in rows if "tail_types" in row.values]
    return Reference(name, by_source, gold, null, sum(tails) / len(tails) if tails else 0.0)


def _redraws(blocks: int) -> int:
    """In how many orders a reference is cut; one that cannot carry a limit is not cut again."""
    return -(-_NULL_BLOCKS // blocks) if LEAST_BLOCKS <= blocks < _ENOUGH_BLOCKS else 1


def compare(
    sample: Sample,
    reference: Sequence[Sample],
    *,
    name: str,
    by_source: bool = False,
    block_tokens: int = BLOCK_TOKENS,
) -> Comparison:
    """One sample against a reference; make the `Reference` once where several are compared."""
    return make_reference(reference, name=name, by_source=by_source, block_tokens=block_tokens).compare(sample)


def _signals(null: scores.Null, means: NDArray[np.float64], z: NDArray[np.float64] | None) -> Mapping[str, Signal]:
    found = {}
    for column, name in enumerate(null.ids):
        value, reference = float(means[column]), float(null.means[column])
        found[name] = Signal(
            value,
            reference,
            value / reference - 1 if reference else None,
            None if z is None else float(z[column]),
            scores.DIRECTIONS[name],
        )
    return found


def _shifted(signals: Mapping[str, Signal]) -> bool:
    """Whether the text moved as a change of domain moves it: less likely under the reference, and with new words.

    Collapse makes text more likely and words fewer. New words count by the size of the effect: as a test, a large
    sample of collapsed text at full temperature would pass for a change of domain.
    """
    likely, new = signals.get("gold_lp"), signals.get("oov")
    if likely is None or new is None or likely.z is None:
        return False
    return likely.z < _SHIFT_Z and new.value > _SHIFT_OOV * new.reference


def _detectable_share(null: scores.Null, blocks: int, block_tokens: int, limit: scores.Limit) -> float:
    """The share of machine text that crosses the limit of the collapse score with 80 % power, in a typical case.

    It takes the score to grow with the share, and with the square root of the tokens, as fast as for the median kind of
    recursive n-gram text: half of the kinds need more (up to three times), half less. Text of large models needs more.
    """
    alike = float(null.alike.mean())
    spread = sqrt(alike + (1 - alike) / blocks + 1 / float(null.independent.mean()))
    distance = _TYPICAL_DISTANCE * sqrt(block_tokens / _TYPICAL_TOKENS) / spread
    return min(1.0, (limit.threshold + _POWER_Z * limit.spread - limit.mean) / distance)
