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

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from math import ceil
from typing import NamedTuple

from checker.model.composition import Origin
from checker.model.dataset import DatasetSettings
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Part, Survey, parts, survey
from checker.rules._provenance import in_settings
from checker.rules._ranking import Fact, ranking
from checker.rules._rulings import Found, Line, Ruling, Words, bad_rows, found_on, judge_parts

PPM = 1_000_000
MEAN = (("statistic", "mean confidence"),)


class Params(Parameters):
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
    """Weigh coverage and mean confidence of every part."""
    known = survey(evidence)
    yield from bad_rows(known, params.max_bad_rows)
    yield from judge_parts(
        known,
        params.per,
        partial(_rule, params=params, settings=known.dataset.settings),
        partial(_find, known, params),
    )


class Stated(NamedTuple):
    """Of a part: records with an origin, those with a score too, the sum of the scores in ppm, all records."""

    named: int
    scored: int
    ppm: int
    records: int


def _stated(part: Part) -> Stated:
    named = scored = ppm = records = 0
    for cell, tally in part.tallies:
        records += tally.records
        if cell.origin is not Origin.UNKNOWN:
            named += tally.records
            for number, total in tally.scores.values():
                scored, ppm = scored + number, ppm + total
    return Stated(named, scored, ppm, records)


def _rule(part: Part, params: Params, settings: DatasetSettings) -> Iterator[Ruling]:
    found = _stated(part)
    yield _coverage(part, found, params, settings)
    if exact(params.min_confidence, "min_confidence") and (found.scored or not _scores_demanded(params)):
        yield _confidence(part, found, params) if found.scored else _unscored(part, params)


def _scores_demanded(params: Params) -> bool:
    """Then a part without any score breaks the rule already, and that it has no mean is the same fact once more."""
    return params.require_scores and exact(params.min_coverage, "min_coverage") > 0


def _find(known: Survey, params: Params, dimension: str) -> Found:
    """Coverage, mean confidence where there are scores, and the parts that have none."""
    stated = known.once(("stated", dimension), lambda: {part.name: _stated(part) for part in parts(known, dimension)})
    key = ("origin-flags", params.require_scores)
    covered = ranking(known, dimension, key, partial(_covered, stated, params.require_scores), high=False)
    settings = known.dataset.settings

    def coverage(at: int) -> Ruling:
        return _coverage(covered.parts[at], Stated(*covered.fact(at)[2:]), params, settings)

    lines = [Line(covered.parts, covered.failing(exact(params.min_coverage, "min_coverage")), coverage)]
    least = exact(params.min_confidence, "min_confidence")
    if least:
        sure = ranking(known, dimension, "mean confidence", partial(_mean, stated), high=False)
        unscored = () if _scores_demanded(params) else parts(known, dimension)
        silent = [part for part in unscored if not stated[part.name].scored]
        lines += [
            Line(
                sure.parts,
                sure.failing(least),
                lambda at: _confidence(sure.parts[at], Stated(*sure.fact(at)[2:]), params),
            ),
            Line(silent, len(silent), lambda at: _unscored(silent[at], params), Verdict.UNKNOWN),
        ]
    return found_on(lines, len(parts(known, dimension)))


def _covered(stated: Mapping[str, Stated], scores: bool, part: Part) -> Fact:
    found = stated[part.name]
    return found.scored if scores else found.named, found.records, *found


def _mean(stated: Mapping[str, Stated], part: Part) -> Fact | None:
    found = stated[part.name]
    return (found.ppm, found.scored * PPM, *found) if found.scored else None


def _unscored(part: Part, params: Params) -> Ruling:
    words = Words(
        f"{part.label}: no record carries a confidence score, so their mean cannot be held against"
        f" {percent(params.min_confidence)}",
        limit=params.min_confidence,
        unit="mean confidence",
        fix=f"state origin_confidence in the records of {part.label}",
    )
    return Ruling(Verdict.UNKNOWN, Fraction(0), part, lambda: words, facet=MEAN)


def _coverage(part: Part, found: Stated, params: Params, settings: DatasetSettings) -> Ruling:
    least, records = exact(params.min_coverage, "min_coverage"), found.records
    counted = found.scored if params.require_scores else found.named
    share = Fraction(counted, records)
    return Ruling(
        Verdict.HOLDS if share >= least else Verdict.BROKEN,
        share - least,
        part,
        partial(_coverage_words, part, counted, found.named, params, settings),
        settled=counted < records and least == 1,
    )


def _coverage_words(part: Part, counted: int, named: int, params: Params, settings: DatasetSettings) -> Words:
    least, records = exact(params.min_coverage, "min_coverage"), part.records
    share = Fraction(counted, records)
    bare = f"; {named - counted:,} more have a bare flag, which does not count" if named > counted else ""
    what = "origin and origin_confidence" if params.require_scores else "origin"
    lacking = count(ceil(least * records) - counted, "records")
    return Words(
        f"{part.label}: an origin{' with a score' if params.require_scores else ''} is stated in {counted:,} of"
        f" {count(records, 'records')} ({percent(share, least)}); the least share is {percent(least, share)}{bare}",
        float(share),
        params.min_coverage,
        "share of records",
        f"state {what} in {lacking} of {part.label}, or {_in_settings(settings)}",
        Figure(share, "with a stated origin", records),
    )


def _in_settings(settings: DatasetSettings) -> str:
    if "origin" in settings.fields:
        return in_settings("origin", settings)
    return "state it for whole paths under origins in headwater.yaml"


def _confidence(part: Part, found: Stated, params: Params) -> Ruling:
    least, scored = exact(params.min_confidence, "min_confidence"), found.scored
    mean = Fraction(found.ppm, scored * PPM)
    words = Words(
        f"{part.label}: the mean confidence of {count(scored, 'records')} is {percent(mean, least)},"
        f" the least is {percent(least, mean)}",
        float(mean),
        params.min_confidence,
        "mean confidence",
        f"have the origins of {part.label} verified, or label them with a better method",
        Figure(mean, "as mean confidence"),
    )
    verdict = Verdict.HOLDS if mean >= least else Verdict.BROKEN
    return Ruling(verdict, mean - least, part, lambda: words, facet=MEAN)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings import worst_parts
    from checker.rules._workings_records import of_flags

    least, scores = exact(params.min_coverage, "min_coverage"), params.require_scores

    def share(part: Part) -> Fraction:
        found = _stated(part)
        return Fraction(found.scored if scores else found.named, found.records)

    for part in worst_parts(survey(evidence), params.per, share, "lower"):
        found = _stated(part)
        yield from of_flags(part.label, found.named, found.scored, found.records, found.ppm, least, scores)


CHECK = Check(
    id="origin-flags", group="provenance", params=Params, needs=needs, judge=judge, workings=workings, worse="lower"
)
