"""What keeps a known breach from blocking: waivers first, then the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checker.model.evidence import Evidence
from checker.model.exemption import Approvers, BaselineEntry, Waiver
from checker.model.outcome import Judgement, Outcome
from checker.model.policy import RuleUse, WaiverTerms


class Relief(NamedTuple):
    """What may relieve a breach. `today` is a day in UTC (`YYYY-MM-DD`); `terms` are by policy id."""

    waivers: tuple[Waiver, ...] = ()
    baseline: frozenset[BaselineEntry] = frozenset()
    approvers: Approvers = Approvers()
    terms: tuple[tuple[str, WaiverTerms], ...] = ()
    today: str = ""


NO_RELIEF = Relief()


def relieved(
    rule: RuleUse, evidence: Evidence, judged: Sequence[Judgement], outcomes: list[Outcome], relief: Relief
) -> list[Outcome]:
    """The outcomes of one rule on one dataset, those that something covers as `waived`.

    `judged` are the judgements that `outcomes` were made from, one for one.
    """
    if not relief.waivers and not relief.baseline:
        return outcomes
    return outcomes
