"""What tests cover: of each rule a pass, a fail and missing evidence, of each limit both sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checker import rules
from checker.model.evidence import Need
from checker.model.policy import Level, Policy, RuleUse
from checker.policytest.cases import Result
from checker.policytest.mutate import Verdict, is_own


class RuleCoverage(NamedTuple):
    """What the tests show of one rule. `open_sides` are sides of limits that no case holds: `max, looser`."""

    rule: RuleUse
    passed: bool
    failed: bool
    not_evaluated: bool
    open_sides: tuple[str, ...] = ()

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing, in words; empty when the rule is covered."""
        return (
            *(() if self.passed else ("a case that passes",)),
            *(() if self.failed else ("a case that fails",)),
            *(() if self.not_evaluated else ("a case without its evidence (not-evaluated)",)),
            *self.open_sides,
        )


def coverage(policies: Iterable[Policy], results: Sequence[Result], verdicts: Sequence[Verdict]) -> list[RuleCoverage]:
    """Each own rule that judges, in order. `verdicts` are those of the mutants of the same policies."""
    alive = [verdict.mutant for verdict in verdicts if verdict.killed_by is None and verdict.mutant.side]
    found = []
    for policy in policies:
        for rule in policy.rules:
            if rule.level is not Level.OFF and is_own(policy, rule):
                seen = _seen(policy, rule, results)
                sides = [mutant for mutant in alive if mutant.policy.id == policy.id and mutant.rule_id == rule.id]
                words = tuple(f"{mutant.kill} ({mutant.what})" for mutant in sides)
                found.append(
                    RuleCoverage(
                        rule,
                        passed="pass" in seen,
                        failed=bool(seen & _broken(rule)),
                        not_evaluated="not-evaluated" in seen or _always_answers(rule),
                        open_sides=words,
                    )
                )
    return found


def told_without_limits(rows: Iterable[RuleCoverage]) -> tuple[RuleCoverage, ...]:
    """The same, asking for no more than one passing and one failing case each."""
    return tuple(row._replace(not_evaluated=True, open_sides=()) for row in rows)


def _seen(policy: Policy, rule: RuleUse, results: Sequence[Result]) -> frozenset[str]:
    """The statuses that the rule had in cases that hold."""
    return frozenset(
        result.rulings[rule.id].status
        for result in results
        if not result.failures and result.case.policy.id == policy.id and rule.id in result.rulings
    )


def _broken(rule: RuleUse) -> frozenset[str]:
    """How a breach shows: below the level of block it is a warning."""
    return frozenset({"fail"} if rule.level is Level.BLOCK else {"warn"})


def _always_answers(rule: RuleUse) -> bool:
    """No card, or one that nobody can read, is an answer: whoever needs only that can always tell."""
    return not rule.select.where and rules.by_id(rule.check).needs(rule.params) <= {Need.CARD}
