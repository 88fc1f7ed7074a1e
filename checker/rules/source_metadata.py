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
from fractions import Fraction
from functools import partial
from math import ceil

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Part, Survey, parts, survey
from checker.rules._provenance import FIELDS, SOURCE_OR_URL, Filled, filled, in_settings
from checker.rules._ranking import Fact, ranking
from checker.rules._rulings import Found, Line, Ruling, Words, bad_rows, found_on, judge_parts


class Params(Parameters):
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
    """Weigh every field of every part."""
    known = survey(evidence)
    yield from bad_rows(known, params.max_bad_rows)
    least = exact(params.min, "min")
    rule = partial(_rule, known=known, params=params, least=least)
    yield from judge_parts(known, params.per, rule, partial(_find, known, params, least))


def _rule(part: Part, known: Survey, params: Params, least: Fraction) -> Iterator[Ruling]:
    for field in params.fields:
        yield _ruling(part, _fact(field, part), field, known, params, least)


def _find(known: Survey, params: Params, least: Fraction, dimension: str) -> Found:
    lines = [_line(known, params, least, dimension, field) for field in params.fields]
    return found_on(lines, len(parts(known, dimension)))


def _line(known: Survey, params: Params, least: Fraction, dimension: str, field: str) -> Line:
    found = ranking(known, dimension, ("source-metadata", field), partial(_fact, field), high=False)
    failing = found.failing(least)
    vague = failing > 0 and found.columns[0][:failing] != found.columns[2][:failing]

    def rule(at: int) -> Ruling:
        return _ruling(found.parts[at], found.fact(at), field, known, params, least)

    return Line(found.parts, failing, rule, None if vague else Verdict.BROKEN)


def _fact(field: str, part: Part) -> Fact:
    """How many records fill the field at least, of how many, and at most."""
    found = filled(part.tallies, field)
    return found.least, part.records, found.most


def _ruling(part: Part, fact: Fact, field: str, known: Survey, params: Params, least: Fraction) -> Ruling:
    records, found = fact[1], Filled(fact[0], fact[2])
    return Ruling(
        _verdict(found, records, least),
        Fraction(found.least, records) - least,
        part,
        partial(_words, part, field, found, known, params),
        settled=found.most < records and least == 1,
        facet=(("field", field),),
    )


def _verdict(found: Filled, records: int, least: Fraction) -> Verdict:
    if found.least >= least * records:
        return Verdict.HOLDS
    return Verdict.BROKEN if found.most < least * records else Verdict.UNKNOWN


def _words(part: Part, field: str, found: Filled, known: Survey, params: Params) -> Words:
    records, least = part.records, exact(params.min, "min")
    share = Fraction(found.least, records)
    between = "" if found.least == found.most else f" to {found.most:,}"
    worst = ""
    if not part.shard and found.least != records:
        worst = known.once(("worst", field), lambda: _worst(field, known))
    lacking = ceil(least * records) - found.least
    return Words(
        f"{part.label}: {_named(field)} is filled in {found.least:,}{between} of {count(records, 'records')}"
        f" ({percent(share, least)}); the least share is {percent(least, share)}{worst}",
        float(share),
        params.min,
        f"share of records with {field}",
        f"fill {_named(field)} in {count(lacking, 'records')} of {part.label}, or"
        f" {in_settings(field, known.dataset.settings)}",
        Figure(share, f"with {_named(field)}", records),
    )


def _named(field: str) -> str:
    return "source or url" if field == SOURCE_OR_URL else field


def _worst(field: str, known: Survey) -> str:
    """The shard that lacks most."""
    shards = list(parts(known, "shard"))
    if len(shards) < 2:
        return ""
    lacking = {part.name: part.records - filled(part.tallies, field).least for part in shards}
    worst = max(sorted(lacking), key=lacking.__getitem__)
    return f"; {worst} lacks it in {count(lacking[worst], 'records')}"


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings import worst_parts
    from checker.rules._workings_records import of_fields

    known, least = survey(evidence), exact(params.min, "min")
    for field in params.fields:
        for part in worst_parts(known, params.per, partial(_share, field), "lower"):
            yield from of_fields(part.label, _named(field), filled(part.tallies, field), part.records, least)


def _share(field: str, part: Part) -> Fraction:
    return Fraction(filled(part.tallies, field).least, part.records)


CHECK = Check(
    id="source-metadata", group="provenance", params=Params, needs=needs, judge=judge, workings=workings, worse="lower"
)
