"""Rules whose reason was to be thought over by a day that has passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.model.location import Location
from checker.model.policy import Level, Policy, RuleUse


class ReviewDue(NamedTuple):
    """One rule past its `rationale.review_by`, in words."""

    rule: str
    message: str
    fix: str
    location: Location


def review_due(policies: Iterable[Policy], today: str) -> Iterator[ReviewDue]:
    """The rules whose `review_by` is before `today` (both `YYYY-MM-DD`, UTC): on the day itself there is still time.

    A reason that several policies inherit is told once.
    """
    told = set()
    for rule in (rule for policy in policies for rule in policy.rules):
        day = rule.rationale.review_by
        if rule.level is not Level.OFF and day and day < today:
            place = rule.stated.get("rationale", rule.location)
            if place in told:
                continue
            told.add(place)
            reason = f" ({rule.rationale.why})" if rule.rationale.why else ""
            yield ReviewDue(
                rule.id,
                f"{rule.id} was to be reviewed by {day}{reason}",
                _fix(rule),
                place,
            )


def _fix(rule: RuleUse) -> str:
    """A rule of a pack is reviewed where the pack is, unless a rule here gives it a reason of its own."""
    if rule.origin:
        return f"ask the owners of {rule.origin}, or give the rule a rationale of its own here"
    return "see whether its limit still holds, then write the day of the next review as review_by"
