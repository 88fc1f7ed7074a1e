"""Statistics of text at a fixed budget of tokens, against a reference drawn in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.model.nothing import NOTHING

# Each signal as people are told of it.
NAMES: Mapping[str, str] = {
    "selfrep3": "3-grams repeated across documents",
    "selfrep4": "4-grams repeated across documents",
    "selfrep4_documents": "documents that repeat 4-grams of others",
    "distinct1": "share of distinct words",
    "distinct2": "distinct 2-grams",
    "distinct3": "distinct 3-grams",
    "cond_entropy": "conditional entropy",
    "vendi": "Vendi diversity",
    "mean_cosine": "likeness of passages",
    "dup13": "repeated 13-grams",
    "tail_coverage": "rare words",
    "zlib": "compression ratio",
    "entropy": "entropy of words",
    "js": "distance of word frequencies",
    "style_shift": "shift of style",
    "style_dispersion": "spread of style",
    "gold_lp": "likelihood under the reference",
    "oov": "words unknown to the reference",
}


class Signal(NamedTuple):
    """One statistic over blocks of a fixed number of tokens.

    `value` and `reference` are means over blocks; `relative` is value / reference - 1 (None when reference is 0).
    `z` = (value - reference mean) / standard deviation of the reference's blocks; None when the reference is too
    small. `direction`: +1 when collapse raises it, -1 when collapse lowers it, 0 when it may do either.
    """

    value: float
    reference: float
    relative: float | None
    z: float | None
    direction: int


class Score(NamedTuple):
    """A combined score: the mean of the three largest (signed) z, the limit from the reference, and what led to it."""

    value: float
    threshold: float
    signals: tuple[str, ...]


class TailTypes(NamedTuple):
    """Rare word types of the reference (lowest 20 % of its mass, seen at least twice) at the same budget.

    `present` of `types` are found; `reference_present` is how many a part of the reference itself finds at that
    budget (the null).
    """

    types: int
    present: float
    reference_present: float


class Comparison(NamedTuple):
    """A dataset (or shard) against a reference, both by the same sampler at the same budget.

    `budget_tokens` a block; `blocks`, `reference_blocks` how many; `by_source` says that the null was drawn shard by
    shard. `signals` keyed by the ids of `NAMES`.
    `collapse` is signed, `drift` two-sided; both None when `insufficient` says why the reference cannot carry them.
    `shifted`: the text moved away from the reference as a change of domain does (the veto), so collapse only warns.
    `detectable_share`: the smallest share of contamination that a sample of this size could see; None when unknown.
    `evidence`: digests of the reference.
    """

    reference: str
    budget_tokens: int
    blocks: int
    reference_blocks: int
    by_source: bool
    signals: Mapping[str, Signal] = NOTHING
    collapse: Score | None = None
    drift: Score | None = None
    shifted: bool = False
    detectable_share: float | None = None
    tail: TailTypes | None = None
    insufficient: str = ""
    evidence: tuple[str, ...] = ()
