"""Judges the cases: the very evaluation of a run, over evidence that is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose
from typing import TYPE_CHECKING

from checker import evaluate
from checker.errors import HeadwaterError
from checker.evaluate.relief import Relief
from checker.model.exemption import Waiver
from checker.model.outcome import Outcome, Status
from checker.model.policy import Approvers, Policy, RuleUse, Stage
from checker.policy.rulebook import Rulebook
from checker.policy.waivers.reading import too_long
from checker.policytest.cases import WORST_FIRST, Case, Expectation, Failure, Result, Ruling

if TYPE_CHECKING:
    from checker.model.location import Location


NOBODY = Approvers()


def run(cases: Sequence[Case], approvers: Approvers = NOBODY) -> Iterator[Result]:
    """Every case at each of its stages, in order."""
    for case in cases:
        for stage in case.stages:
            yield run_case(case, stage, approvers)


def run_case(case: Case, stage: Stage, approvers: Approvers) -> Result:
    """One case at one stage. What cannot be judged is a failure, never a skip."""
    rulings, failures = {}, []
    for expectation in case.expect:
        rule = rule_named(case.policy, expectation.rule)
        ruling = rule_over(case, rule, stage, approvers) if rule else Ruling("not-judged")
        if isinstance(ruling, Failure):
            failures.append(ruling)
            continue
        rulings[expectation.rule] = ruling
        complaint = unmet(expectation, rule, ruling)
        if complaint:
            failures.append(Failure(f"{expectation.rule} {complaint}", expectation.location, expectation.rule))
    return Result(case, stage, rulings, tuple(failures))


def rule_named(policy: Policy, rule_id: str) -> RuleUse | None:
    """The rule of a policy by its whole id."""
    return next((rule for rule in policy.rules if rule.id == rule_id), None)


def rule_over(case: Case, rule: RuleUse, stage: Stage, approvers: Approvers) -> Ruling | Failure:
    """What one rule makes of the case."""
    alone = case.policy._replace(rules=(rule,))
    evidence = case.evidence
    try:
        book = Rulebook(policies=(alone,), waivers=tuple(_effective(case, rule)), approvers=approvers)
        relief = Relief.of(book, case.at, lambda waiver: case.signed_by)
        outcomes = evaluate.apply((alone,), {evidence.dataset.name: evidence}, stage, everything=True, relief=relief)
    except (HeadwaterError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        # What is given may be what no measurement can give; the other cases are judged all the same.
        return Failure(f"{rule.id} cannot be judged: {error}", _place(case, rule.id), rule.id)
    return ruling_of(tuple(outcome for outcome in outcomes if outcome.rule == rule.id))


def _effective(case: Case, rule: RuleUse) -> Iterator[Waiver]:
    """The waivers of a case that a rulebook with this rule would take at all; others it refuses."""
    for waiver in case.waivers:
        first = waiver.not_before or case.at
        refused = not rule.waivable or any(too_long(waiver, case.policy.waivers, first))
        if waiver.rule == rule.id and not refused:
            yield waiver


def ruling_of(outcomes: Sequence[Outcome]) -> Ruling:
    """The worst status of one rule's outcomes, and those that have it."""
    if not outcomes:
        return Ruling("not-judged")
    worst = min((status_of(outcome) for outcome in outcomes), key=WORST_FIRST.index)
    return Ruling(worst, tuple(outcomes))


def status_of(outcome: Outcome) -> str:
    """As expectations have it: a rule that selects nothing is `no-match`."""
    unmatched = outcome.status is Status.NOT_EVALUATED and not outcome.dataset
    return "no-match" if unmatched else outcome.status.value


def unmet(expected: Expectation, rule: RuleUse | None, ruling: Ruling) -> str:
    """What the ruling lacks, in words that follow the name of the rule; empty when all is as expected."""
    if rule is None:
        return "is gone"
    if expected.level is not None and rule.level is not expected.level:
        return f"has the level {rule.level.value}, {expected.level.value} is expected"
    if expected.waivable is not None and rule.waivable is not expected.waivable:
        return f"is {_not(rule.waivable)}waivable, which is not expected"
    within = [outcome for outcome in ruling.outcomes if expected.scope in (None, outcome.scope)]
    found = ruling if expected.scope is None else ruling_of(within)
    if expected.status is not None and found.status != expected.status:
        said = next((outcome.message for outcome in found.outcomes if status_of(outcome) == found.status), "")
        return f"is {found.status}, {expected.status} is expected{f': {said}' if said else ''}"
    if expected.blocking is not None and any(outcome.blocking for outcome in within) is not expected.blocking:
        return f"is {_not(not expected.blocking)}blocking, which is not expected"
    number = sum(status_of(outcome) == found.status for outcome in found.outcomes)
    if expected.number is not None and number != expected.number:
        return f"has {number} outcomes that are {found.status}, {expected.number} are expected"
    return _unmet_by_outcomes(expected, found)


def _unmet_by_outcomes(expected: Expectation, found: Ruling) -> str:
    """`measured`, `limit` and `says` speak of one outcome among those that have the status."""
    if expected.measured is None and expected.limit is None and not expected.says:
        return ""
    complaints = [_differs(expected, outcome) for outcome in found.outcomes if status_of(outcome) == found.status]
    return min(complaints, key=len, default="says nothing of what is expected")


def _differs(expected: Expectation, outcome: Outcome) -> str:
    for name in ("measured", "limit"):
        wanted, got = getattr(expected, name), getattr(outcome, name)
        if wanted is not None and not _same(wanted, got):
            return f"has {name} {got}, {wanted} is expected"
    lacking = [words for words in expected.says if words not in outcome.message]
    return f"does not say {lacking[0]!r}: {outcome.message}" if lacking else ""


def _same(wanted: float | str, got: object) -> bool:
    """Equal; of shares, as far as doubles tell."""
    if isinstance(wanted, str) or not isinstance(got, int | float):
        return wanted == got
    return isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-12)


def _not(true: bool) -> str:
    return "" if true else "not "


def _place(case: Case, rule_id: str) -> Location:
    return next((expected.location for expected in case.expect if expected.rule == rule_id), case.location)
