"""Changes one thing of a policy at a time: what no test notices, nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checker.model.location import Location
from checker.model.policy import Approvers, Level, Policy, RuleUse, Stage, WaiverTerms
from checker.policytest.cases import Case, Failure, Result
from checker.policytest.judging import NOBODY, rule_over, run_case, unmet
from checker.policytest.mutate_rule import behavior, changed_rules, changed_terms


class Mutant(NamedTuple):
    """A policy in which `rule` (None: removed) is not as it was. `what` says how, `kill` which case would notice.

    Without a `rule_id` it is the policy's terms of waivers. `side` is `looser` or `tighter` for the smallest step of
    a limit.
    """

    policy: Policy
    rule_id: str
    rule: RuleUse | None
    what: str
    kill: str
    location: Location
    side: str = ""


class Verdict(NamedTuple):
    """A mutant, and the case and stage that noticed it; None for a survivor."""

    mutant: Mutant
    killed_by: str | None


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every mutant of every own rule that judges, in order; those that resolve to the same policy are left out."""
    for rule in policy.rules:
        if rule.level is not Level.OFF and is_own(policy, rule):
            seen: set[tuple[object, ...] | None] = {behavior(rule)}
            for rule_after, what, kill, side in changed_rules(rule):
                found = None if rule_after is None else behavior(rule_after)
                if found not in seen:
                    seen.add(found)
                    yield Mutant(policy, rule.id, rule_after, what, kill, rule.location, side)
    if policy.waivers != WaiverTerms():
        for terms, what, kill in changed_terms(policy.waivers):
            yield Mutant(policy._replace(waivers=terms), "", None, what, kill, policy.location)


def is_own(policy: Policy, rule: RuleUse) -> bool:
    """Whether the policy itself says something of the rule; what a pack says is tested with the pack."""
    return not rule.origin or any(place.path == policy.location.path for place in rule.stated.values())


def judge(mutant: Mutant, results: Sequence[Result], approvers: Approvers = NOBODY) -> Verdict:
    """Whether an expectation about the rule, all of which hold in `results`, does not hold any more."""
    for result in results:
        mine = result.case.policy.id == mutant.policy.id and (not mutant.rule_id or mutant.rule_id in result.rulings)
        if mine and _notices(result.case, result.stage, mutant, approvers):
            return Verdict(mutant, f"{result.case.suite}: {result.name}")
    return Verdict(mutant, None)


def _notices(case: Case, stage: Stage, mutant: Mutant, approvers: Approvers) -> bool:
    if not mutant.rule_id:
        return bool(case.waivers) and bool(run_case(case._replace(policy=mutant.policy), stage, approvers).failures)
    for expected in case.expect:
        if expected.rule != mutant.rule_id:
            continue
        if mutant.rule is None:
            return expected.status != "not-judged"
        ruling = rule_over(case, mutant.rule, stage, approvers)
        if isinstance(ruling, Failure) or unmet(expected, mutant.rule, ruling):
            return True
    return False
