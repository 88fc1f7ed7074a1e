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
from fractions import Fraction
from functools import partial
from math import ceil, floor

from checker.model.composition import Origin, Tally
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._numbers import are, count, exact, percent
from checker.rules._parts import Part, Survey, survey
from checker.rules._ranking import Fact, Ranking, ranking
from checker.rules._rulings import Found, Line, Ruling, Words, bad_rows, found_on, judge_parts


class Params(Parameters):
    """Parameters of `unknown-provenance`."""

    max: float = _params.share(
        "The largest allowed share of records of unknown origin.", stricter=Stricter.LOWER, default=0.0
    )
    domains: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        'Domains whose records are judged; "*" is every record, also one that states no domain.',
        # A share of more records is another share, and may well be lower.
        stricter=Stricter.FIXED,
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
    """Weigh every part; then say what nobody can tell, because it states neither origin nor domain."""
    known = survey(evidence)
    yield from bad_rows(known, params.max_bad_rows)
    most = exact(params.max, "max")
    yield from judge_parts(
        known, params.per, partial(_rule, params=params, most=most), partial(_find, known, params, most)
    )
    yield from _no_record(known, params)
    yield from _neither(known, params)


def _rule(part: Part, params: Params, most: Fraction) -> Iterator[Ruling]:
    fact = _fact(part, _named(params), params.reviewed_as)
    if fact is not None:
        yield _ruling(part, fact, params, most)


def _find(known: Survey, params: Params, most: Fraction, dimension: str) -> Found:
    named = _named(params)
    key = ("unknown-provenance", named, params.reviewed_as)
    found = ranking(known, dimension, key, lambda part: _fact(part, named, params.reviewed_as), high=True)
    rule = partial(_ruled, found, params, most)
    return found_on([Line(found.parts, found.failing(most), rule)], len(found.parts))


def _ruled(found: Ranking, params: Params, most: Fraction, at: int) -> Ruling:
    return _ruling(found.parts[at], found.fact(at), params, most)


def _ruling(part: Part, fact: Fact, params: Params, most: Fraction) -> Ruling:
    unknown, total = fact
    room = most - Fraction(unknown, total)
    return Ruling(
        Verdict.HOLDS if room >= 0 else Verdict.BROKEN,
        room,
        part,
        partial(_words, part, unknown, total, params, most),
        settled=room < 0 and most == 0,
    )


def _named(params: Params) -> frozenset[str] | None:
    """The domains in small letters; None is every domain."""
    return None if "*" in params.domains else frozenset(domain.casefold() for domain in params.domains)


def _fact(part: Part, named: frozenset[str] | None, reviewed_as: str) -> Fact | None:
    """How many records of these domains are of unknown origin, of how many; None when there are none."""
    unknown = total = 0
    for cell, tally in part.tallies:
        if named is None or cell.domain.casefold() in named:
            total += tally.records
            if cell.origin is Origin.UNKNOWN:
                unknown += _open(tally, reviewed_as)
    return (unknown, total) if total else None


def _open(tally: Tally, reviewed_as: str) -> int:
    return tally.records - (tally.reviewed if reviewed_as == "accepted" else 0)


def _words(part: Part, unknown: int, total: int, params: Params, most: Fraction) -> Words:
    where = "" if "*" in params.domains or part.dimension == "domain" else f" in {', '.join(params.domains)}"
    review = " and without a review" if params.reviewed_as == "accepted" else ""
    share = Fraction(unknown, total)
    state = unknown - floor(most * total)
    steps = [f"state the origin of {count(state, 'records')}"]
    if params.reviewed_as == "accepted":
        steps.append("have them reviewed")
    if most < 1:
        move = ceil((unknown - most * total) / (1 - most))
        steps.append(f"move {count(move, 'records')} of unknown origin out of {part.label}")
    return Words(
        f"{part.label}: {unknown:,} of {count(total, 'records')}{where} ({percent(share, most)})"
        f" {are(unknown)} of unknown origin{review}; allowed is {percent(most, share)}",
        float(share),
        params.max,
        "share of records",
        ", or ".join(steps),
        Figure(share, "of unknown origin", total),
    )


def _no_record(known: Survey, params: Params) -> Iterator[Judgement]:
    """Says so when a fully measured dataset has no record of the domains, instead of nothing at all."""
    named = _named(params)
    if not known.complete or not known.records:
        return
    if named is None or any(cell.domain.casefold() in named for cell, _ in known.whole):
        return
    total = known.records
    yield Judgement(
        Verdict.HOLDS,
        f"{known.dataset.name}: none of {count(total, 'records')} is in {', '.join(params.domains)}",
        known.location,
        measured=0,
        limit=params.max,
        unit="share of records",
        evidence=known.digests(),
        figure=Figure(0, "of unknown origin"),
    )


def _neither(known: Survey, params: Params) -> Iterator[Judgement]:
    """Records that state neither origin nor domain may be the very ones that are banned."""
    if "*" in params.domains:
        return
    lost = sum(
        _open(tally, params.reviewed_as)
        for cell, tally in known.whole
        if cell.origin is Origin.UNKNOWN and not cell.domain
    )
    if lost:
        yield Judgement(
            Verdict.UNKNOWN,
            f"{known.dataset.name}: neither origin nor domain of {count(lost, 'records')} is stated,"
            f" so any may be in {', '.join(params.domains)}",
            known.location,
            measured=lost,
            limit=0,
            unit="records",
            fix="state the domain of the records, or of the dataset in headwater.yaml",
            evidence=known.digests(),
        )


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings import worst_parts
    from checker.rules._workings_origin import of_unknown

    named, most = _named(params), exact(params.max, "max")

    def share(part: Part) -> Fraction:
        fact = _fact(part, named, params.reviewed_as)
        return Fraction(*fact) if fact else Fraction(-1)

    for part in worst_parts(survey(evidence), params.per, share):
        fact = _fact(part, named, params.reviewed_as)
        if fact is not None:
            yield from of_unknown(part.label, fact[0], fact[1], most, params.reviewed_as)


CHECK = Check(
    id="unknown-provenance",
    group="composition",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    worse="higher",
)
