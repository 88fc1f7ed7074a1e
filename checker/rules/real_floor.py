"""The count of real records never falls.

What it checks
--------------
The number of records (or tokens) of human origin against the base version, for the dataset and where asked for each
domain, language and source; and that at least `min_new_real` came on top. Mixed and unknown records are not real. A
dataset without a base is new: it holds, and says so.

Why it matters
--------------
Training that accumulates real data keeps its error bounded; training that replaces it does not (Gerstgrasser et al.
2024; Alemohammad et al. 2023: fresh real data in every generation). A share can be kept while real data is thrown
away; a count cannot.

How to fix
----------
Restore the real records that were removed, or bring as many new ones as the message says.
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
    """Parameters of `real-floor`."""

    unit: str = param(
        {"enum": ["records", "tokens"]},
        "What is counted: records, or tokens of their text.",
        stricter=Stricter.FIXED,
        default="records",
    )
    min_new_real: int = param(
        {"type": "integer", "minimum": 0},
        "How many real records (or tokens) must come on top of those of the base.",
        stricter=Stricter.HIGHER,
        default=0,
        unit="records",
    )
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "domain", "language", "source"))
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The composition of this version and of the base; tokens only where asked."""
    text = {Need.TEXT} if params.unit == "tokens" else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.BASE} | text)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="real-floor", group="composition", params=Params, needs=needs, judge=judge)
