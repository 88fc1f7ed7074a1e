"""What keeps a known breach from blocking: waivers first, then the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from checker.model.evidence import Evidence
from checker.model.nothing import NOTHING
from checker.model.outcome import Judgement, Outcome
from checker.model.policy import Approvers, RuleUse, WaiverTerms

if TYPE_CHECKING:
    # A hook without waivers does not pay for what judges them.
    from checker.evaluate.waiving import Again, Tell
    from checker.model.exemption import BaselineEntry, Waiver
    from checker.policy.rulebook import Rulebook
    from checker.policy.waivers.standing import Standing, Verify


def _nobody(_: Waiver) -> tuple[str, ...]:
    return ()


class Relief(NamedTuple):
    """What may relieve a breach. `today` is a day in UTC (`YYYY-MM-DD`); `terms` are by policy id.

    `standings` are the waivers as they stand on that day, by rule: make them with `Relief.of`. `verify` tells who of
    those that a waiver names has signed it; it is asked once a waiver, and only where it matters.
    `every_part` has each rule tell every part of every dataset: what a baseline is made from.
    """

    waivers: tuple[Waiver, ...] = ()
    baseline: frozenset[BaselineEntry] = frozenset()
    approvers: Approvers = Approvers()
    terms: tuple[tuple[str, WaiverTerms], ...] = ()
    today: str = ""
    every_part: bool = False
    standings: Mapping[str, tuple[Standing, ...]] = NOTHING
    verify: Callable[[Waiver], tuple[str, ...]] = _nobody

    @staticmethod
    def of(book: Rulebook, today: str, verify: Verify = _nobody) -> Relief:
        """The relief that a rulebook grants on a day.

        Raises PolicyError for a waiver that would hold longer from that day than its policy allows.
        """
        relief = Relief(book.waivers, book.baseline, book.approvers, today=today)
        if not book.waivers:
            return relief
        from checker.evaluate.standings import standings_of, told_once

        asked = told_once(verify)
        terms = tuple((policy.id, policy.waivers) for policy in book.policies)
        return relief._replace(terms=terms, standings=standings_of(book, today, asked), verify=asked)


NO_RELIEF = Relief()


def relieved(
    rule: RuleUse,
    evidence: Evidence,
    judged: Sequence[Judgement],
    outcomes: list[Outcome],
    relief: Relief,
    again: Again,
    tell: Tell,
) -> list[Outcome]:
    """The outcomes of one rule on one dataset, those that something covers as `waived`.

    `judged` are the judgements that `outcomes` were made from, one for one. `again` judges a rule with other limits,
    `tell` makes the outcome of a judgement.
    """
    if rule.id in relief.standings:
        from checker.evaluate.waiving import Means, waived

        means = Means(again, tell, relief.verify)
        outcomes = waived(rule, evidence, judged, outcomes, relief.standings[rule.id], means)
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
