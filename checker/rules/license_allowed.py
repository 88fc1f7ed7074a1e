"""Licenses of the card and of the records are within the allow list.

What it checks
--------------
Every license that the records and the card state, normalized to SPDX ids: Hugging Face ids, Creative Commons URLs and
the long names of the Common Pile are understood. A list of licenses means that all of them apply, so all must be
allowed; `A OR B` needs one. A license that is not stated, or not understood, counts as `unknown_as` says.

Why it matters
--------------
One record under a license that forbids the use taints the model that was trained on it, and cannot be taken out
afterwards. (EU AI Act Art. 53(1)(c); California AB 2013 (5), (6).)

How to fix
----------
Remove or replace the records, state their license, or add the license to the allow list of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules import _params
from checker.rules._base import Check, Missing, Stricter, param

PLACES = ("records", "card")


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of `license-allowed`."""

    allow: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        'Allowed licenses: SPDX ids, Hugging Face ids, or `CC-BY-*`; "*" is every license that is understood.',
        stricter=Stricter.FEWER,
    )
    deny: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        "Licenses that are refused although `allow` has them.",
        stricter=Stricter.MORE,
        default=(),
    )
    unknown_as: str = param(
        {"enum": ["allowed", "doubtful", "denied"]},
        "How a license that is not stated or not understood counts; `doubtful` warns.",
        stricter=Stricter.ORDERED,
        order=("allowed", "doubtful", "denied"),
        default="denied",
    )
    places: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(PLACES)}, "minItems": 1, "uniqueItems": True},
        "Whose licenses are judged: those of the records, that of the card.",
        stricter=Stricter.MORE,
        default=PLACES,
    )
    per: tuple[str, ...] = _params.per("dataset", "shard")
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The card, the composition of every shard, or both."""
    wanted = {"card": {Need.CARD}, "records": {Need.SHARDS, Need.COMPOSITION}}
    return frozenset(need for place in params.places for need in wanted[place])


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="license-allowed", group="provenance", params=Params, needs=needs, judge=judge)
