"""Records say where they come from, when and how they were taken, and under which license.

What it checks
--------------
The share of records that fill each required provenance field, in the dataset and in each shard: by default a URL or
source system, the collection date, the license and the capture method (crawl, partner feed, user submission, sensor).
Values such as "N/A", "unknown" and empty strings do not fill a field.

Why it matters
--------------
Provenance is a first-class feature of training data: with it a contaminated source can be found and removed; without
it the whole set is suspect. (NIST AI 600-1 MP-4.1-006; Data Provenance Standards v1.0.0.)

How to fix
----------
Fill the fields in the records, or map the names that the data uses to the canonical ones under `fields` in
`headwater.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules import _params
from checker.rules._base import Check, Missing, Stricter, param
from checker.rules._provenance import FIELDS, SOURCE_OR_URL


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of `source-metadata`."""

    fields: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(FIELDS)}, "minItems": 1, "uniqueItems": True},
        "The provenance fields that records must fill (`docs/records.md`).",
        stricter=Stricter.MORE,
        default=(SOURCE_OR_URL, "collected_at", "license", "capture_method"),
    )
    min: float = _params.share(
        "The least share of records that must fill each field.", stricter=Stricter.HIGHER, default=1.0
    )
    per: tuple[str, ...] = _params.per("dataset", "shard")
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The composition of every shard."""
    return frozenset({Need.SHARDS, Need.COMPOSITION})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="source-metadata", group="provenance", params=Params, needs=needs, judge=judge)
