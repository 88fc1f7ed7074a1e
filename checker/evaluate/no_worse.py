"""Holds each part of a dataset against the same part of a reference, by as much as a ratchet allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, partial
from math import isfinite
from typing import NamedTuple

from checker import rules
from checker.evaluate import ratchet_words
from checker.evaluate.counterparts import Key, Reference, Told, axis_of, facets_of, unit_of
from checker.evaluate.ratchet_words import Comparison
from checker.model.evidence import Evidence
from checker.model.likeness import Gap
from checker.model.outcome import RATCHET, Figure, Judgement, Scope, Verdict
from checker.model.policy import Ratchet, RuleUse
from checker.rules._base import MOST_SHOWN, THEN_AGAIN, Missing


class Sides(NamedTuple):
    """The judged dataset and the reference, and what the rule itself found broken."""

    rule: RuleUse
    ratchet: Ratchet
    here: Evidence
    there: Evidence
    before: Reference
    broken: Mapping[Key, Judgement]


class Held(NamedTuple):
    """A part held against the reference. `room` is what is left of the limit, negative beyond it.

    `say` makes the judgement, and is called for the parts that are shown.
    """

    verdict: Verdict
    room: Fraction
    scope: Scope
    say: Callable[[], Judgement]


def held(rule: RuleUse, ratchet: Ratchet, evidence: Evidence, judged: Iterable[Judgement]) -> Iterator[Judgement]:
    """The judgements of the rule itself, then those of its ratchet."""
    said = tuple(judged)
    yield from said
    there = evidence.earlier.get(ratchet.against) or Gap("no evidence of it was gathered", "run `headwater check`")
    if isinstance(there, Gap):
        yield _without(evidence, ratchet, there)
        return
    there = there._replace(label=there.label or ratchet.against)
    now, before = _told(rule, evidence), _told(rule, there)
    if now.open or not now.figures:
        nothing = Gap(f"{rule.check} found nothing in {evidence.dataset.name} that can be compared")
        yield _without(evidence, ratchet, now.open[0] if now.open else nothing, there.label)
    elif not before.figures:
        lacking = Gap(f"{rule.check} found nothing there that can be compared")
        yield _without(evidence, ratchet, before.open[0] if before.open else lacking, there.label)
        return
    broken = {(one.scope, one.unit): one for one in said if one.verdict is Verdict.BROKEN}
    reference = Reference(before, rules.by_id(rule.check).worse, there.label)
    sides = Sides(rule, ratchet, evidence, there, reference, broken)
    compared = [_compared(sides, judgement) for judgement in _parts_of(now, evidence)]
    if not now.open:
        compared += [_compared(sides, judgement) for judgement in _gone(sides, now)]
    yield from _shown(sides, compared)


def _told(rule: RuleUse, evidence: Evidence) -> Told:
    """What the check says of every part."""
    figures: dict[Key, Judgement] = {}
    left_open: list[Gap] = []
    asked = evidence._replace(where=rule.select.where, every_part=True)
    try:
        for judgement in rules.by_id(rule.check).judge(asked, rule.params):
            if judgement.verdict is Verdict.UNKNOWN:
                left_open.append(Gap(judgement.message, judgement.fix, judgement.deferred))
            elif judgement.figure is not None and not isfinite(judgement.figure.value):
                left_open.append(Gap(f"{judgement.message} (no number was measured)", "measure it again"))
            elif judgement.figure is not None:
                figures.setdefault((judgement.scope, unit_of(judgement)), judgement)
    except Missing as missing:
        left_open.append(Gap(missing.what, missing.fix, missing.deferred))
    return Told(figures, tuple(left_open))


def _parts_of(now: Told, evidence: Evidence) -> Iterator[Judgement]:
    """Every part; an only shard is the dataset, which is told already."""
    whole = {
        (facets_of(judgement.scope), unit_of(judgement)) for judgement in now.figures.values() if not axis_of(judgement)
    }
    single = len(evidence.dataset.version.shards or ()) == 1
    for judgement in now.figures.values():
        doubled = single and axis_of(judgement) == "shard" and (facets_of(judgement.scope), unit_of(judgement)) in whole
        if not doubled:
            yield judgement


def _gone(sides: Sides, now: Told) -> Iterator[Judgement]:
    """Parts of the reference that are here no more, where their going is a loss."""
    for key, judgement in sides.before.told.figures.items():
        figure = judgement.figure
        if key not in now.figures and figure is not None and figure.absent is not None:
            location = sides.here.dataset.version.definition
            yield judgement._replace(figure=figure._replace(value=figure.absent), location=location, evidence=())


def _compared(sides: Sides, judgement: Judgement) -> Held:
    """One part against its counterpart. What cannot be compared is open: it is neither worse nor as good."""
    found = sides.before.counterpart(judgement)
    if isinstance(found, Gap):
        return Held(Verdict.UNKNOWN, Fraction(0), judgement.scope, partial(_open_part, sides, judgement, found))
    before, note = found
    figure, earlier = judgement.figure or Figure(0), before.figure or Figure(0)
    worse = figure.worse or rules.by_id(sides.rule.check).worse
    value, reference = _exact(figure.value), _exact(earlier.value)
    limit = _limit(sides.ratchet, reference, worse)
    room = limit - value if worse == "higher" else value - limit
    verdict = Verdict.HOLDS if room >= 0 else Verdict.BROKEN
    own = sides.broken.get((judgement.scope, judgement.unit))
    name = ratchet_words.label(sides.here.dataset.name, judgement.scope)
    comparison = Comparison(
        name, figure, unit_of(judgement), worse, value, reference, limit, sides.ratchet, sides.there.label, note, own
    )
    return Held(verdict, room, judgement.scope, partial(_said, sides, judgement, before, comparison, verdict))


def _said(sides: Sides, judgement: Judgement, before: Judgement, found: Comparison, verdict: Verdict) -> Judgement:
    return judgement._replace(
        verdict=verdict,
        message=ratchet_words.message(found),
        scope=_scope(sides, judgement),
        measured=ratchet_words.number(found.value, found.figure.value),
        limit=ratchet_words.number(found.limit, found.figure.value),
        unit=found.unit,
        fix="" if verdict is Verdict.HOLDS else ratchet_words.fix(found),
        evidence=tuple(dict.fromkeys((*judgement.evidence, *before.evidence))),
        figure=None,
        reference=sides.there.label,
    )


def _limit(ratchet: Ratchet, reference: Fraction, worse: str) -> Fraction:
    """Of two bounds the nearer one."""
    absolute = [] if ratchet.max_worse is None else [_exact(ratchet.max_worse)]
    relative = [] if ratchet.max_worse_share is None else [_exact(ratchet.max_worse_share) * abs(reference)]
    slack = min([*absolute, *relative], default=Fraction(0))
    return reference + slack if worse == "higher" else reference - slack


def _exact(value: Fraction | float) -> Fraction:
    """As it was written: 0.02 is two hundredths, not the nearest double."""
    if isinstance(value, float):
        return _as_written(value)
    return value if isinstance(value, Fraction) else Fraction(value)


@lru_cache(maxsize=1024)
def _as_written(value: float) -> Fraction:
    """Remembered, since the slack of a ratchet is asked about at each of thousands of parts."""
    return Fraction(repr(value))


def _shown(sides: Sides, compared: list[Held]) -> Iterator[Judgement]:
    """Each part that got worse, each that is open, and the nearest of those that hold."""
    compared.sort(key=lambda one: (one.room, one.scope))
    for verdict in (Verdict.BROKEN, Verdict.UNKNOWN):
        found = [one for one in compared if one.verdict is verdict]
        shown = len(found) if sides.here.every_part else MOST_SHOWN
        yield from (one.say() for one in found[:shown])
        if len(found) > shown:
            yield _summary(sides, found[0].say(), len(found))
    holding = [one for one in compared if one.verdict is Verdict.HOLDS]
    if sides.here.every_part:
        yield from (one.say() for one in holding)
    elif holding:
        others = f" (nearest to its limit of {len(holding):,} parts that hold)" if len(holding) > 1 else ""
        nearest = holding[0].say()
        yield nearest._replace(message=f"{nearest.message}{others}")


def _summary(sides: Sides, first: Judgement, number: int) -> Judgement:
    return first._replace(
        message=f"{sides.here.dataset.name}: {number:,} parts like these against {sides.there.label}, the first"
        f" {MOST_SHOWN} are listed",
        scope=((RATCHET, sides.ratchet.against),),
        measured=number,
        limit=None,
        unit="findings",
        fix=THEN_AGAIN,
    )


def _open_part(sides: Sides, judgement: Judgement, gap: Gap) -> Judgement:
    name = ratchet_words.label(sides.here.dataset.name, judgement.scope)
    return Judgement(
        Verdict.UNKNOWN,
        f"{name} cannot be held against {sides.there.label}: {gap.what}",
        judgement.location,
        scope=_scope(sides, judgement),
        fix=gap.fix,
        evidence=judgement.evidence,
        deferred=gap.deferred,
        reference=sides.there.label,
    )


def _without(evidence: Evidence, ratchet: Ratchet, gap: Gap, label: str = "") -> Judgement:
    """The whole ratchet is open: there is no reference, or nothing here that could be held against it."""
    version = evidence.dataset.version
    return Judgement(
        Verdict.UNKNOWN,
        f"{evidence.dataset.name} cannot be held against {label or ratchet.against}: {gap.what}",
        version.definition,
        scope=((RATCHET, ratchet.against),),
        fix=gap.fix,
        evidence=(f"{version.hash_name}:{version.hash}",) if version.hash else (),
        deferred=gap.deferred,
        reference=label,
    )


def _scope(sides: Sides, judgement: Judgement) -> Scope:
    return (*judgement.scope, (RATCHET, sides.ratchet.against))
