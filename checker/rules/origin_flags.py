"""Records say who made them, and how sure that is.

What it checks
--------------
The share of records whose origin (human, machine, mixed) is stated, in the dataset and in each shard. With
`require_scores` a bare flag does not count: the record must carry a confidence score too. The mean of the scores must
reach `min_confidence`.

Why it matters
--------------
Caps and bans are only as good as the labels beneath them. A yes/no flag hides how often it is wrong; a score lets the
cap be held with a stated confidence.

How to fix
----------
Add `origin` and `origin_confidence` to the records, or state both for whole paths under `origins` in `headwater.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules import _params
from checker.rules._base import Check, Missing, Stricter, param


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of `origin-flags`."""

    min_coverage: float = _params.share(
        "The least share of records with a stated origin.", stricter=Stricter.HIGHER, default=1.0
    )
    require_scores: bool = param(
        {"type": "boolean"},
        "Whether an origin counts only with a confidence score; bare yes/no flags do not.",
        stricter=Stricter.TRUE,
        default=True,
    )
    min_confidence: float = _params.share(
        "The least mean confidence of the records that carry a score.", stricter=Stricter.HIGHER, default=0.0
    )
    per: tuple[str, ...] = _params.per("dataset", "shard")
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The composition of every shard."""
    return frozenset({Need.SHARDS, Need.COMPOSITION})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="origin-flags", group="provenance", params=Params, needs=needs, judge=judge)
