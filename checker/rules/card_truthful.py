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

from checker.model.card import Card
from checker.model.evidence import Evidence, Need
from checker.model.location import Location
from checker.model.outcome import Judgement, Verdict
from checker.rules import (
    _claim_language,
    _claim_license,
    _claim_origin,
    _claim_size,
    _claim_sources,
    _claim_version,
    _digests,
    _params,
)
from checker.rules._base import Check, Missing, Parameters, Stricter, param
from checker.rules._parts import survey
from checker.rules._rulings import bad_rows, open_ends

# The keys of the card behind each claim; the first three lines need no shard to be measured.
CLAIMS = {
    "bytes": ("size_bytes",),
    "sources": _claim_sources.KEYS,
    "version": _claim_version.KEYS,
    "synthetic": _claim_origin.KEYS,
    "size": _claim_size.KEYS,
    "languages": _claim_language.KEYS,
    "license": _claim_license.KEYS,
}
MEASURED = ("synthetic", "size", "languages", "license")


class Params(Parameters):
    """Parameters of `card-truthful`."""

    claims: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(CLAIMS)}, "minItems": 1, "uniqueItems": True},
        "The claims that are held against the evidence.",
        stricter=Stricter.MORE,
        default=tuple(CLAIMS),
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
    if set(MEASURED) & set(params.claims):
        wanted |= {Need.SHARDS, Need.COMPOSITION}
    if "sources" in params.claims:
        wanted |= {Need.LINEAGE}
    if "version" in params.claims:
        wanted |= {Need.BASE, Need.SHARDS}
    return frozenset(wanted)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Hold each claim that the card makes and the policy names against its evidence."""
    card = evidence.card
    if card is None:
        reason = evidence.card_problem or "none was found beside it"
        raise Missing(f"{evidence.dataset.name} has no card to compare: {reason}", "write a card, see card-required")
    made = [claim for claim in CLAIMS if claim in params.claims and any(card.filled(key) for key in CLAIMS[claim])]
    if not made:
        yield _silent(card, params)
        return
    judged = [*_recorded(card, evidence, params, made)]
    yield from judged
    if set(made) & set(MEASURED):
        yield from _measured(card, evidence, params, made)
    elif not judged:
        yield _uncontested(card, made)


def _silent(card: Card, params: Params) -> Judgement:
    return Judgement(
        Verdict.HOLDS,
        f"{card.path} claims nothing on {', '.join(params.claims)}, so nothing is wrong",
        Location(card.path, 1),
        measured=0,
        unit="claims",
        evidence=_digests.of_card(card),
    )


def _uncontested(card: Card, made: list[str]) -> Judgement:
    """A version without a version before it, sources without an import: nothing is recorded to compare with."""
    return Judgement(
        Verdict.HOLDS,
        f"{card.path} claims its {' and '.join(made)}; nothing that git and DVC record contradicts it",
        Location(card.path, 1),
        measured=0,
        unit="contradictions",
        evidence=_digests.of_card(card),
    )


def _recorded(card: Card, evidence: Evidence, params: Params, made: list[str]) -> Iterator[Judgement]:
    """Claims that git and DVC's metadata can answer."""
    if "bytes" in made:
        yield from _claim_size.size_bytes(card, evidence.dataset.version, params.size_tolerance)
    if "version" in made:
        yield from _claim_version.judge(card, evidence)
    if "sources" in made and evidence.lineage is not None:
        yield from _claim_sources.judge(card, evidence.lineage)
    elif "sources" in made:
        yield _no_lineage(card, evidence)


def _measured(card: Card, evidence: Evidence, params: Params, made: list[str]) -> Iterator[Judgement]:
    """Claims that the records answer. A card speaks of the whole dataset, whatever part a rule selects."""
    known = survey(evidence._replace(where={}))
    yield from bad_rows(known, params.max_bad_rows)
    if "synthetic" in made:
        yield from _claim_origin.judge(card, known, params.tolerance)
    if "size" in made:
        yield from _claim_size.records(card, known, params.size_tolerance)
    if "languages" in made:
        yield from _claim_language.judge(card, known, params.min_language_share)
    if "license" in made:
        yield from _claim_license.judge(card, known)
    yield from open_ends(known)


def _no_lineage(card: Card, evidence: Evidence) -> Judgement:
    return Judgement(
        Verdict.UNKNOWN,
        f"{card.path} names sources, and the lineage of {evidence.dataset.name} was not read",
        card.filled("sources")[0].location,
        scope=(("claim", "sources"),),
        fix="run the check inside the data repository",
        evidence=_digests.of_card(card),
    )


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_records import of_claims, of_measured

    yield from of_claims(evidence.card, CLAIMS, params.claims)
    if evidence.card is not None and evidence.measurements:
        yield from of_measured(survey(evidence._replace(where={})), evidence.dataset.version.size_bytes)
    elif evidence.dataset.version.size_bytes is not None:
        yield f"by DVC it has {evidence.dataset.version.size_bytes:,} bytes"


CHECK = Check(id="card-truthful", group="documents", params=Params, needs=needs, judge=judge, workings=workings)
