"""Records of unknown origin stay out of high-stakes domains.

What it checks
--------------
The share of records whose origin is unknown, among the records of the named domains (all domains by default). Only
an origin that somebody stated counts as known: by the record, a path rule, the card or a contract. With
`reviewed_as: accepted`, records that carry a passed review do not count.

Why it matters
--------------
Unknown never rounds to human. In health, legal and finance a wrong sentence does harm, and text whose maker nobody
can name is where machine-made text enters unseen. NIST AI 600-1 (MP-4.1, GV-6.1) asks for provenance of training data.

How to fix
----------
State the origin of the records (field `origin`, or an `origins` rule in `headwater.yaml`), have them reviewed, or move
them out of the dataset.
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
    """Parameters of `unknown-provenance`."""

    max: float = _params.share(
        "The largest allowed share of records of unknown origin.", stricter=Stricter.LOWER, default=0.0
    )
    domains: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        'Domains whose records are judged; "*" is every record, also one that states no domain.',
        stricter=Stricter.MORE,
        default=("*",),
    )
    per: tuple[str, ...] = _params.per("dataset", "shard")
    reviewed_as: str = param(
        {"enum": ["accepted", "unknown"]},
        "How reviewed records of unknown origin count: as accepted, or as unknown all the same.",
        stricter=Stricter.ORDERED,
        order=("accepted", "unknown"),
        default="unknown",
    )
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The composition of every shard."""
    return frozenset({Need.SHARDS, Need.COMPOSITION})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="unknown-provenance", group="composition", params=Params, needs=needs, judge=judge)
