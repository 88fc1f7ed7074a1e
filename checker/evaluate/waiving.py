"""Waivers at work: a breach that the relaxed rule does not have is waived, everything else stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from checker.evaluate.rest import rest_of
from checker.evaluate.waiver_words import reason_of, why_not
from checker.globs import matches
from checker.model.evidence import Evidence
from checker.model.exemption import Match
from checker.model.outcome import RATCHET, Exemption, Judgement, Outcome, Scope, Status, Verdict
from checker.model.policy import RuleUse
from checker.policy.waivers.relaxing import relaxed
from checker.policy.waivers.standing import Standing, Verify
from checker.rules._base import MOST_SHOWN, THEN_AGAIN

KIND = "waiver"
AXES = ("shard", "domain", "language", "source")
_BREACH = (Verdict.BROKEN, Verdict.DOUBTFUL)
Key = tuple[Scope, str]
# Judges a rule over evidence once more, ratchet included.
Again = Callable[[RuleUse, Evidence], tuple[Judgement, ...]]
Tell = Callable[[RuleUse, Evidence, Judgement], Outcome]


class Means(NamedTuple):
    """How to judge a rule with other limits, to make the outcome of a judgement, and to ask who signed a waiver."""

    again: Again
    tell: Tell
    verify: Verify


class Trial(NamedTuple):
    """What is left of the breaches under the limits of one waiver: `broken`, and by part what holds.

    `open` means that something could not be told, `unheld` that something could not be held against the reference of a
    ratchet, `strange` that there are breaches which the rule itself has not.
    """

    standing: Standing
    broken: frozenset[Key]
    holding: Mapping[Key, Judgement]
    open: bool
    unheld: bool
    strange: bool

    def relieves(self, key: Key) -> bool:
        """Whether the part is known to be within the relaxed limits: what nobody can tell is not."""
        # That a reference is missing says nothing of the limits that a waiver relaxes.
        open_ = self.unheld if RATCHET in dict(key[0]) else self.open
        return not self.strange and key not in self.broken and (key in self.holding or not open_)


def waived(
    rule: RuleUse,
    evidence: Evidence,
    judged: Sequence[Judgement],
    outcomes: list[Outcome],
    standings: Sequence[Standing],
    means: Means,
) -> list[Outcome]:
    """The outcomes of one rule on one dataset, those within the limits of a waiver that counts as `waived`.

    `standings` are the waivers for this rule.
    """
    name = evidence.dataset.name
    here = [one for one in standings if matches(one.waiver.match.dataset, name)]
    if not here or not rule.waivable or not any(judgement.verdict in _BREACH for judgement in judged):
        return outcomes
    counting = [one for one in here if one.counts]
    clipped = bool(counting) and any(_is_summary(judgement) for judgement in judged)
    if clipped:
        judged, outcomes = _in_full(rule, evidence, judged, outcomes, means)
    known = frozenset(_key(judgement) for judgement in judged if judgement.verdict in _BREACH)
    trials = _trials(rule, evidence, counting, known, means.again)
    ruled = []
    for judgement, outcome in zip(judged, outcomes, strict=True):
        covering = [one for one in here if covers(one.waiver.match, judgement.scope, rule, evidence)]
        if judgement.verdict in _BREACH and covering:
            ruled.append(_ruled(judgement, outcome, covering, trials, means.verify))
        else:
            ruled.append(outcome)
    return _clipped(ruled) if clipped else ruled


def covers(match: Match, scope: Scope, rule: RuleUse, evidence: Evidence) -> bool:
    """Whether a waiver for this place is for a finding about `scope` of a dataset that its glob fits.

    A part that the waiver names has to be the finding's own, or all that the rule is for, or all there is.
    """
    parts = dict(scope)
    for axis in AXES:
        glob = getattr(match, axis)
        if not glob:
            continue
        names = (parts[axis],) if axis in parts else rule.select.where.get(axis, ())
        if not names and axis == "shard":
            shards = evidence.dataset.version.shards or ()
            names = (shards[0].path,) if len(shards) == 1 else ()
        if not names or not all(matches(glob, name) for name in names):
            return False
    return True


def _trials(
    rule: RuleUse, evidence: Evidence, counting: Sequence[Standing], known: frozenset[Key], again: Again
) -> dict[str, Trial]:
    """A trial for each waiver by its id; the rule is judged once for each set of limits."""
    by_limits: dict[str, Trial] = {}
    found = {}
    for one in counting:
        limits = repr(sorted(one.waiver.relax.items()))
        if limits not in by_limits:
            by_limits[limits] = _trial(rule, evidence, one, known, again)
        found[one.waiver.id] = by_limits[limits]._replace(standing=one)
    return found


def _trial(rule: RuleUse, evidence: Evidence, standing: Standing, known: frozenset[Key], again: Again) -> Trial:
    found = again(relaxed(rule, standing.waiver.relax), evidence._replace(every_part=True))
    broken = frozenset(_key(judgement) for judgement in found if judgement.verdict in _BREACH)
    unknown = [RATCHET in dict(judgement.scope) for judgement in found if judgement.verdict is Verdict.UNKNOWN]
    return Trial(
        standing,
        broken,
        {_key(judgement): judgement for judgement in found if judgement.verdict is Verdict.HOLDS},
        open=False in unknown,
        unheld=True in unknown,
        strange=not broken <= known,
    )


def _ruled(
    judgement: Judgement,
    outcome: Outcome,
    covering: Sequence[Standing],
    trials: Mapping[str, Trial],
    verify: Verify,
) -> Outcome:
    """The outcome of a breach that some waivers are for."""
    key = _key(judgement)
    named = tuple(one.waiver.id for one in covering)
    relieving = [trials[name] for name in named if name in trials and trials[name].relieves(key)]
    if not relieving:
        reason = "; ".join(why_not(one) for one in covering)
        return outcome._replace(reason=reason, covered_by=named)
    first, *others = sorted(relieving, key=lambda trial: _looseness(trial, key, judgement), reverse=True)
    waiver = first.standing.waiver
    exemption = Exemption(
        KIND,
        id=waiver.id,
        expires=waiver.expires,
        limit=_limit(first, key),
        approved_by=first.standing.approvers,
        verified=verify(waiver),
        ticket=waiver.ticket,
        location=waiver.location,
        others=tuple(sorted(trial.standing.waiver.id for trial in others)),
        days_left=first.standing.days_left,
    )
    return outcome._replace(
        status=Status.WAIVED, blocking=False, reason=reason_of(exemption), exemption=exemption, covered_by=named
    )


def _limit(trial: Trial, key: Key) -> int | float | str | None:
    """The relaxed limit: as the check tells it of this part, else as the waiver has it."""
    if key in trial.holding:
        return trial.holding[key].limit
    values = tuple(trial.standing.waiver.relax.values())
    return values[0] if len(values) == 1 and isinstance(values[0], int | float | str) else None


def _looseness(trial: Trial, key: Key, judgement: Judgement) -> tuple[float, str, str]:
    """What orders waivers that all suffice: how far the limit goes beyond the rule's own, then how long it lasts."""
    limit, measured, own = _limit(trial, key), judgement.measured, judgement.limit
    room = 0.0
    if isinstance(limit, int | float) and isinstance(measured, int | float) and isinstance(own, int | float):
        room = limit - own if measured > own else own - limit
    return room, trial.standing.waiver.expires, trial.standing.waiver.id


def _in_full(
    rule: RuleUse,
    evidence: Evidence,
    judged: Sequence[Judgement],
    outcomes: list[Outcome],
    means: Means,
) -> tuple[list[Judgement], list[Outcome]]:
    """Every breach by itself, since a waiver may be for some of those that are otherwise only counted."""
    breaches = [one for one in means.again(rule, evidence._replace(every_part=True)) if one.verdict in _BREACH]
    others = [pair for pair in zip(judged, outcomes, strict=True) if pair[0].verdict not in _BREACH]
    return (
        [*breaches, *(judgement for judgement, _ in others)],
        [*(means.tell(rule, evidence, judgement) for judgement in breaches), *(outcome for _, outcome in others)],
    )


def _clipped(outcomes: list[Outcome]) -> list[Outcome]:
    """Of each status, and of each waiver, the first 50, and how many there are."""
    shelves: dict[tuple[Status, str], list[Outcome]] = {}
    for outcome in outcomes:
        shelves.setdefault((outcome.status, outcome.exemption.id if outcome.exemption else ""), []).append(outcome)
    kept: list[Outcome] = []
    for (status, _), same in shelves.items():
        told = status in (Status.FAIL, Status.WARN, Status.WAIVED) and len(same) > MOST_SHOWN
        kept += same[:MOST_SHOWN] if told else same
        if told:
            kept.append(rest_of(same))
    return kept


def _is_summary(judgement: Judgement) -> bool:
    return judgement.verdict in _BREACH and judgement.fix == THEN_AGAIN


def _key(judgement: Judgement) -> Key:
    return judgement.scope, judgement.unit
