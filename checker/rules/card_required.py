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
Write the named fields into the card; `headwater init` writes a card to start from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.card import CardFormat
from checker.model.card_packs import CARD_KEYS, CARD_PACKS
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules._base import Check, Missing, Stricter, param

FORMATS = tuple(entry.value for entry in CardFormat)


@dataclass(frozen=True, slots=True)
class Params:
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
    raise Missing("not built")


CHECK = Check(id="card-required", group="documents", params=Params, needs=needs, judge=judge)
