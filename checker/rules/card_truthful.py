"""What the card claims agrees with what was measured.

What it checks
--------------
Each claim of the card that evidence can speak to: the synthetic flag (`synthetic`, tag `synthetic`,
`language_creators`) and the synthetic share against the measured origins; record counts and size classes against the
records; bytes against DVC's size; languages and licenses against those of the records; sources against the roots and
imports of the lineage; and the version's bump against what changed since the base (Croissant's rule: shards removed or
changed are a major bump, added ones a minor bump). A claim that cannot be compared is not evaluated. A card that
claims nothing does not lie; use `card-required` to demand claims.

Why it matters
--------------
A card is a claim, and downstream users believe it. A wrong "no synthetic data" is how machine text enters a corpus
with a clean label.

How to fix
----------
Correct the card at the named line, or the data if the card is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules import _params
from checker.rules._base import Check, Missing, Stricter, param

CLAIMS = ("synthetic", "size", "bytes", "languages", "license", "sources", "version")


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of `card-truthful`."""

    claims: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(CLAIMS)}, "minItems": 1, "uniqueItems": True},
        "The claims that are held against the evidence.",
        stricter=Stricter.MORE,
        default=CLAIMS,
    )
    tolerance: float = _params.share(
        "By how much the claimed synthetic share may differ from the measured one.",
        stricter=Stricter.LOWER,
        default=0.01,
    )
    size_tolerance: float = _params.share(
        "By which part a claimed count of records or bytes may differ from the measured one.",
        stricter=Stricter.LOWER,
        default=0.0,
    )
    min_language_share: float = _params.share(
        "Languages with a smaller share of the records need not be named by the card.",
        stricter=Stricter.LOWER,
        default=0.01,
    )
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """Only what the chosen claims are compared with."""
    wanted = {Need.CARD}
    if {"synthetic", "size", "languages", "license"} & set(params.claims):
        wanted |= {Need.SHARDS, Need.COMPOSITION}
    if "sources" in params.claims:
        wanted |= {Need.LINEAGE}
    if "version" in params.claims:
        wanted |= {Need.BASE, Need.SHARDS}
    return frozenset(wanted)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="card-truthful", group="documents", params=Params, needs=needs, judge=judge)
