"""What keeps a known breach from blocking: waivers first, then the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checker.model.evidence import Evidence
from checker.model.exemption import Approvers, BaselineEntry, Waiver
from checker.model.outcome import Judgement, Outcome
from checker.model.policy import RuleUse, WaiverTerms


class Relief(NamedTuple):
    """What may relieve a breach. `today` is a day in UTC (`YYYY-MM-DD`); `terms` are by policy id.

    `every_part` has each rule tell every part of every dataset: what a baseline is made from.
    """

    waivers: tuple[Waiver, ...] = ()
    baseline: frozenset[BaselineEntry] = frozenset()
    approvers: Approvers = Approvers()
    terms: tuple[tuple[str, WaiverTerms], ...] = ()
    today: str = ""
    every_part: bool = False


NO_RELIEF = Relief()


def relieved(
    rule: RuleUse, evidence: Evidence, judged: Sequence[Judgement], outcomes: list[Outcome], relief: Relief
) -> list[Outcome]:
    """The outcomes of one rule on one dataset, those that something covers as `waived`.

    `judged` are the judgements that `outcomes` were made from, one for one.
    """
    if not relief.waivers and not relief.baseline:
        return outcomes
    if relief.baseline:
        from checker.evaluate.baselined import baselined

        outcomes = baselined(rule, outcomes, relief.baseline)
    return outcomes


def told_whole(relief: Relief) -> frozenset[tuple[str, str]]:
    """The rules and datasets of which every part is told, since the baseline knows some of them."""
    if not relief.baseline:
        return frozenset()
    from checker.evaluate.baselined import watched

    return watched(relief.baseline)
