"""The waivers of a rulebook as they stand on a day, by the rule that they are for."""

from __future__ import annotations

from collections.abc import Mapping

from checker.model.exemption import Waiver
from checker.policy.rulebook import Rulebook
from checker.policy.waivers.reading import too_long
from checker.policy.waivers.standing import Standing, Verify, standing_of


def standings_of(book: Rulebook, today: str, verify: Verify) -> Mapping[str, tuple[Standing, ...]]:
    """The waivers by rule, ordered by id. Raises PolicyError for one that would hold too long from `today` on."""
    terms = {policy.id: policy.waivers for policy in book.policies}
    found: dict[str, list[Standing]] = {}
    for waiver in sorted(book.waivers, key=lambda waiver: waiver.id):
        asked = terms[waiver.rule.partition("/")[0]]
        for fault in too_long(waiver, asked, waiver.not_before or today):
            raise fault
        found.setdefault(waiver.rule, []).append(standing_of(waiver, asked, book.approvers, today, verify))
    return {rule: tuple(same) for rule, same in found.items()}


def told_once(verify: Verify) -> Verify:
    """The same, asked once a waiver: each question starts programs."""
    answers: dict[str, tuple[str, ...]] = {}

    def ask(waiver: Waiver) -> tuple[str, ...]:
        if waiver.id not in answers:
            answers[waiver.id] = verify(waiver)
        return answers[waiver.id]

    return ask
