"""Machine-made records stay under a cap, in every part that the policy names.

What it checks
--------------
The share of machine-made records, tokens or sample weight in the dataset, in each shard, and where asked in each
domain, language and source. `kinds` narrows the cap to kinds of machine text (`generative`, `paraphrased`, ...); a
machine record that does not state its kind counts under every cap. Unknown origin counts as machine unless the policy
gives it a prior. Where labels carry a confidence, the number of machine records is a Poisson-binomial sum, and the cap
must hold with the demanded confidence: mean over the cap breaks the rule; mean under it but quantile over it is
doubtful (a warning). Independence and calibration of the labels are assumed, therefore the worst case (every unknown
is machine) is told as well.

Why it matters
--------------
A model that trains on its own kind's output loses the tails of the distribution first and then its variety
(Shumailov et al. 2024; Alemohammad et al. 2023). Keeping real data and limiting the machine share bounds the error
(Gerstgrasser et al. 2024). No universally safe share exists: choose the cap by an ablation and write it into the
rule's `rationale`.

How to fix
----------
Move machine-made records out of the named part, or add as many real records as the message says. If the records are
not machine-made, state their origin (field `origin`, or an `origins` rule in `headwater.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, everything, param
from checker.rules._cap import Cap
from checker.rules._machine import Reading
from checker.rules._numbers import exact
from checker.rules._parts import Survey, dimensions, survey, too_small
from checker.rules._rulings import bad_rows, judge_parts


class Params(Parameters):
    """Parameters of `synthetic-cap`."""

    max: float = _params.share("The largest allowed share of machine-made data.", stricter=Stricter.LOWER)
    per: tuple[str, ...] = _params.per("dataset", "shard")
    unit: str = param(
        {"enum": ["records", "tokens", "weight"]},
        "What is counted: records, tokens of their text, or their sample weight.",
        stricter=Stricter.FIXED,
        default="records",
    )
    kinds: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        'Kinds of machine text that count (`generative`, `paraphrased`, ...); "*" is every kind.',
        stricter=Stricter.MORE,
        default=("*",),
        star=everything,
    )
    unknown_as: str = param(
        {"enum": ["prior", "machine"]},
        "How records of unknown origin count: as machine-made, or each with the probability `unknown_prior`.",
        stricter=Stricter.ORDERED,
        order=("prior", "machine"),
        default="machine",
    )
    unknown_prior: float = param(
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "Probability that a record of unknown origin is machine-made, where `unknown_as` is `prior`.",
        stricter=Stricter.HIGHER,
        default=0.5,
        unit="probability",
    )
    mixed_as: str = param(
        {"enum": ["parts", "machine"]},
        "How mixed records (a chat with machine turns) count: whole, or by the share of their machine-made tokens.",
        stricter=Stricter.ORDERED,
        order=("parts", "machine"),
        default="machine",
    )
    confidence: float = param(
        {"type": "number", "minimum": 0.5, "exclusiveMaximum": 1},
        "How sure the cap must be where labels carry confidence scores.",
        stricter=Stricter.HIGHER,
        default=0.95,
        unit="probability",
    )
    default_confidence: float = param(
        {"type": "number", "minimum": 0.5, "maximum": 1},
        "Confidence of records that state an origin without a score; 1 takes them at their word.",
        stricter=Stricter.FIXED,
        default=1.0,
        unit="probability",
    )
    min_records: int = param(
        {"type": "integer", "minimum": 0},
        "Parts with fewer records are not judged alone but within the whole dataset, and the message says so.",
        stricter=Stricter.LOWER,
        default=0,
        unit="records",
    )
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """Tokens are counted only where they are asked for."""
    text = {Need.TEXT} if params.unit == "tokens" or params.mixed_as == "parts" else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION} | text)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Weigh every part; parts under `min_records` within the whole."""
    known = survey(evidence)
    exact(params.confidence, "confidence")
    yield from bad_rows(known, params.max_bad_rows)
    small = _small_parts(known, params)
    per = ("dataset", *params.per) if small and "dataset" not in params.per else params.per
    cap = Cap(exact(params.max, "max"), params.max, params.confidence, _reading(params), params.min_records, small)
    yield from judge_parts(known, per, cap.rule, partial(cap.find, known))


def _reading(params: Params) -> Reading:
    return Reading(
        unit=params.unit,
        kinds=frozenset(params.kinds),
        unknown_prior=exact(params.unknown_prior, "unknown_prior") if params.unknown_as == "prior" else Fraction(1),
        by_parts=params.mixed_as == "parts",
        default_confidence=exact(params.default_confidence, "default_confidence"),
    )


def _small_parts(known: Survey, params: Params) -> int:
    """How many parts are too small to be judged alone."""
    if not params.min_records:
        return 0
    judged = [dimension for dimension in dimensions(known, params.per) if dimension != "dataset"]
    return sum(too_small(known, dimension, params.min_records) for dimension in judged)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_origin import of_cap

    return of_cap(
        survey(evidence), params.per, exact(params.max, "max"), params.confidence, _reading(params), params.min_records
    )


CHECK = Check(
    id="synthetic-cap", group="composition", params=Params, needs=needs, judge=judge, workings=workings, worse="higher"
)
