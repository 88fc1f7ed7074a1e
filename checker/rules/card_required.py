"""The dataset has a card, and the card says what the policy wants to know.

What it checks
--------------
A card exists (Hugging Face `README.md`, Croissant, D&TA or YAML), is of an allowed format, has no fault that makes
readers misread it (duplicate keys, text before the front matter), and fills every required field. Fields are the
canonical keys of `docs/cards.md`; a pack is a named list of them. Placeholders ("[More Information Needed]"), empty
strings and empty lists count as empty.

Why it matters
--------------
A dataset card survives handoffs; memory does not. Collapse often appears when nobody can reconstruct what is inside
the training set. EU AI Act Art. 53(1)(d), California AB 2013 and NeurIPS 2026 ask for the same fields.

How to fix
----------
Write the named fields into the card; `docs/cards.md` has one to start from.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.card import Card, CardFormat
from checker.model.card_packs import CARD_KEYS, CARD_PACKS
from checker.model.evidence import Evidence, Need
from checker.model.location import Location
from checker.model.outcome import Judgement, Verdict
from checker.rules import _digests
from checker.rules._base import Check, Parameters, Stricter, param

FORMATS = tuple(entry.value for entry in CardFormat)


class Params(Parameters):
    """Parameters of `card-required`."""

    fields: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(CARD_KEYS)}, "uniqueItems": True},
        "Canonical keys (`docs/cards.md`) that the card must fill.",
        stricter=Stricter.MORE,
        default=(),
    )
    packs: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(CARD_PACKS)}, "uniqueItems": True},
        "Named lists of fields: `hf-basic`, `croissant-1.1`, `neurips-2026-minimal`, `dta-1.0.0`, ...",
        stricter=Stricter.MORE,
        default=(),
    )
    formats: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(FORMATS)}, "minItems": 1, "uniqueItems": True},
        "Card formats that are accepted.",
        stricter=Stricter.FEWER,
        default=FORMATS,
    )


def needs(params: Params) -> frozenset[Need]:
    """The card alone."""
    return frozenset({Need.CARD})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """No card; else its format, its faults and its empty fields, one judgement each."""
    card = evidence.card
    if card is None:
        yield _absent(evidence)
        return
    findings = [*_format(card, params), *_problems(card), *_fields(card, params)]
    yield from findings
    if not findings:
        wanted = _wanted(params)
        told = f"fills all {len(wanted)} required fields" if wanted else "is there, and no field is required"
        yield Judgement(
            Verdict.HOLDS,
            f"{card.path} {told}",
            Location(card.path, 1),
            measured=len(wanted),
            limit=len(wanted),
            unit="fields",
            evidence=_digests.of_card(card),
        )


def _absent(evidence: Evidence) -> Judgement:
    dataset = evidence.dataset
    path, named = dataset.version.path, dataset.settings.card
    step = f"write {path}.md or cards/{path.rpartition('/')[2]}.md, or name the card in headwater.yaml"
    if named:
        step = f"write {named} and `git add` it, or correct the card's name in headwater.yaml"
    return Judgement(
        Verdict.BROKEN,
        f"{dataset.name} has no card: {evidence.card_problem or 'none was found beside it'}",
        dataset.version.definition,
        measured="no card",
        limit="a card",
        fix=step,
        evidence=_digests.of_version(dataset.version),
    )


def _format(card: Card, params: Params) -> Iterator[Judgement]:
    if card.format.value in params.formats:
        return
    allowed = ", ".join(params.formats)
    yield Judgement(
        Verdict.BROKEN,
        f"{card.path} is a card of the format {card.format.value}; accepted are {allowed}",
        Location(card.path, 1),
        scope=(("card", "format"),),
        measured=card.format.value,
        limit=allowed,
        unit="format",
        fix=f"write the card as {' or '.join(params.formats)}",
        evidence=_digests.of_card(card),
    )


def _problems(card: Card) -> Iterator[Judgement]:
    for number, problem in enumerate(card.problems, 1):
        yield Judgement(
            Verdict.BROKEN,
            f"{card.path}: {problem.message}",
            problem.location,
            scope=(("card", f"problem {number}"),),
            measured=len(card.problems),
            limit=0,
            unit="problems of the card",
            fix="repair the card, so that every reader reads the same",
            evidence=_digests.of_card(card),
        )


def _fields(card: Card, params: Params) -> Iterator[Judgement]:
    wanted = _wanted(params)
    filled = sum(1 for key in wanted if card.filled(key))
    for key, demand in wanted.items():
        if card.filled(key):
            continue
        empty = card.fields.get(key, ())
        state = "is empty or a placeholder" if empty else "is absent"
        yield Judgement(
            Verdict.BROKEN,
            f"{card.path}: {key} ({CARD_KEYS.get(key, 'no canonical key')}) {state}; {demand} demands it",
            empty[0].location if empty else Location(card.path, 1),
            scope=(("field", key),),
            measured=filled,
            limit=len(wanted),
            unit="fields",
            fix=f"fill {key} in {card.path}",
            evidence=_digests.of_card(card),
        )


def _wanted(params: Params) -> dict[str, str]:
    """Each demanded key, with who demands it first."""
    wanted = dict.fromkeys(params.fields, "the policy")
    for pack in params.packs:
        for key in CARD_PACKS[pack]:
            wanted.setdefault(key, f"pack {pack}")
    return wanted


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_records import of_card

    return of_card(evidence.card, _wanted(params))


CHECK = Check(id="card-required", group="documents", params=Params, needs=needs, judge=judge, workings=workings)
