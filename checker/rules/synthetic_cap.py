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
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import sqrt

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement, Verdict
from checker.rules import _bounds, _params, _remedy
from checker.rules._base import Check, Stricter, param
from checker.rules._machine import PPM, Amount, Reading, amount
from checker.rules._numbers import are, count, exact, percent
from checker.rules._parts import Part, Survey, dimensions, parts, survey
from checker.rules._rulings import Ruling, Words, bad_rows, judge_parts


@dataclass(frozen=True, slots=True)
class Params:
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
    yield from bad_rows(known, params.max_bad_rows)
    small = _small_parts(known, params)
    per = ("dataset", *params.per) if small and "dataset" not in params.per else params.per
    cap = Cap(exact(params.max, "max"), params, _reading(params), small)
    yield from judge_parts(known, per, cap.rule)


@dataclass(frozen=True, slots=True)
class Cap:
    """The cap as exact number, with how origins are read and how many parts are too small to be judged alone."""

    share: Fraction
    params: Params
    reading: Reading
    small: int

    def rule(self, part: Part) -> Iterator[Ruling]:
        """The verdict levels of a cap under label uncertainty (mean, quantile, worst case)."""
        if part.name and part.records < self.params.min_records:
            return
        found = amount(part, self.reading)
        if not found.total:
            words = Words(f"{part.label} has records but no {self.params.unit}, so no share can be told")
            yield Ruling(Verdict.UNKNOWN, Fraction(0), part, lambda: words)
            return
        verdict = self._verdict(found)
        yield Ruling(
            verdict,
            self._room(found, verdict),
            part,
            partial(self._words, part, found, verdict),
            settled=verdict is Verdict.BROKEN and self.share == 0,
        )

    def _verdict(self, found: Amount) -> Verdict:
        if found.expected > self.share * found.total:
            return Verdict.BROKEN
        if _remedy.holds(found, self.share, self.params.confidence):
            return Verdict.HOLDS
        return Verdict.DOUBTFUL

    def _room(self, found: Amount, verdict: Verdict) -> Fraction | float:
        """What is left under the cap; by the normal curve where the exact quantile would be too dear for every part."""
        if found.certain or verdict is Verdict.BROKEN:
            return self.share - found.expected / found.total
        reach = _bounds.normal_quantile(self.params.confidence) * sqrt(found.spread)
        return float(self.share) - (float(found.expected) + reach) / found.total

    def _words(self, part: Part, found: Amount, verdict: Verdict) -> Words:
        top = found.highest(self.params.confidence)
        measured = (found.expected if verdict is Verdict.BROKEN else top) / found.total
        said = self._plainly(found) if found.certain else self._expected(found, top) + self._worst(part, found)
        small = ""
        if self.small and not part.name:
            small = f"; parts under {count(self.params.min_records, 'records')} ({self.small:,}) are judged within it"
        return Words(
            f"{part.label}: {said}; the cap is {percent(self.share, measured)}{small}",
            float(measured),
            self.params.max,
            f"share of {self.params.unit}",
            self._fix(part, found),
        )

    def _plainly(self, found: Amount) -> str:
        sorts: tuple[tuple[Fraction | int, str], ...] = (
            (found.machine - found.unknown, "machine"),
            (found.mixed + found.parts, "mixed"),
            (found.unknown, "of unknown origin"),
        )
        listed = ", ".join(f"{self._amount(number)} {sort}" for number, sort in sorts if number)
        plain = not found.unknown and not found.mixed and not found.parts
        kinds = "" if "*" in self.params.kinds else f" ({', '.join(self.params.kinds)})"
        share = percent(found.sure / found.total, self.share)
        verb = f"{are(found.sure)} " if plain else "counted as "
        detail = "" if plain else f" ({listed})"
        return f"{self._amount(found.sure)} of {self._whole(found)} ({share}) {verb}machine-made{kinds}{detail}"

    def _expected(self, found: Amount, top: Fraction) -> str:
        return (
            f"of {self._whole(found)} {self._amount(found.expected)}"
            f" ({percent(found.expected / found.total, self.share)}) are expected to be machine-made, and with"
            f" {percent(self.params.confidence)} confidence at most {self._amount(top)}"
            f" ({percent(top / found.total, self.share)}), if labels are calibrated and independent"
        )

    def _worst(self, part: Part, found: Amount) -> str:
        """What it comes to if every unknown is machine-made."""
        if not found.unknown or self.reading.unknown_prior == 1:
            return ""
        worst = amount(part, _reading(self.params, unknown_prior=Fraction(1))).highest(self.params.confidence)
        if worst <= self.share * found.total:
            return ""
        share = percent(worst / found.total, self.share)
        return f"; if all {self._amount(found.unknown)} of unknown origin are machine-made it is {share}"

    def _fix(self, part: Part, found: Amount) -> str:
        confidence = self.params.confidence
        move = _remedy.to_move(found, self.share, confidence)
        add = _remedy.to_add(found, self.share, confidence)
        steps = []
        if move is not None and move < found.total:
            steps.append(self._move(part, found, move))
        elif move is not None and part.shard is not None:
            steps.append(f"take {part.label} out of the dataset")
        if add is not None and add > 0:
            steps.append(f"add {self._units(add)} of real data" if self.params.unit != "records" else _add_records(add))
        if found.unknown and found.highest(confidence) - found.unknown <= self.share * found.total:
            steps.append(f"state the origin of the {self._units(found.unknown)} of unknown origin")
        return ", or ".join(steps)

    def _move(self, part: Part, found: Amount, move: int) -> str:
        unknown = found.unknown if self.reading.unknown_prior == 1 else 0
        sort = "machine-made" if move <= found.machine - unknown else "most likely machine-made"
        if self.params.unit == "records":
            return f"move {move:,} {sort} {'record' if move == 1 else 'records'} out of {part.label}"
        return f"move {sort} records with {self._units(move)} out of {part.label}"

    def _amount(self, number: Fraction | int) -> str:
        scale = PPM if self.params.unit == "weight" else 1
        value = Fraction(number) / scale
        return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.2f}"

    def _whole(self, found: Amount) -> str:
        if self.params.unit == "weight":
            return f"{self._amount(found.total)} in sample weight"
        return count(found.total, self.params.unit)

    def _units(self, number: int) -> str:
        if self.params.unit == "weight":
            return f"{self._amount(number)} of sample weight"
        return count(number, self.params.unit)


def _add_records(number: int) -> str:
    return f"add {number:,} real {'record' if number == 1 else 'records'}"


def _reading(params: Params, unknown_prior: Fraction | None = None) -> Reading:
    stated = exact(params.unknown_prior, "unknown_prior") if params.unknown_as == "prior" else Fraction(1)
    return Reading(
        unit=params.unit,
        kinds=frozenset(params.kinds),
        unknown_prior=stated if unknown_prior is None else unknown_prior,
        by_parts=params.mixed_as == "parts",
        default_confidence=exact(params.default_confidence, "default_confidence"),
    )


def _small_parts(known: Survey, params: Params) -> int:
    """How many parts are too small to be judged alone."""
    if not params.min_records:
        return 0
    return sum(
        1
        for dimension in dimensions(known, params.per)
        if dimension != "dataset"
        for part in parts(known, dimension)
        if part.records < params.min_records
    )


CHECK = Check(id="synthetic-cap", group="composition", params=Params, needs=needs, judge=judge)
