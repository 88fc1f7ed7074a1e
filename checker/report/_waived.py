"""What known breaches are let stand by: each waiver, and the baseline, in a line with the days that are left."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.outcome import Exemption, Outcome, Status
from checker.model.report import Report
from checker.report import _words as words
from checker.report._findings import binding

SHOWN = 20
_NAMES = 3


def waivings(report: Report) -> Iterator[str]:
    """A line for each waiver that is in use, then one for the baseline. Nothing here is escaped; the sinks do that."""
    groups: dict[tuple[bool, str], list[tuple[Exemption, Outcome]]] = {}
    for outcome in binding(report):
        if outcome.status is Status.WAIVED and (why := outcome.exemption) is not None:
            by_waiver = why.kind == "waiver"
            groups.setdefault((not by_waiver, why.id if by_waiver else ""), []).append((why, outcome))
    for (known, _), same in sorted(groups.items(), key=lambda item: item[0]):
        found = [outcome for _, outcome in same]
        first = same[0][0]
        by = "known since adoption" if known else _by(first)
        yield f"{words.plural(len(found), 'finding')} {by}: {_of(found)}"


def summary(report: Report) -> tuple[str, ...]:
    """The same, of many the first and how many there are."""
    every = tuple(waivings(report))
    more = len(every) - SHOWN
    return (*every[:SHOWN], f"{words.plural(more, 'more waiver')}; --format json lists all") if more > 0 else every


def _by(exemption: Exemption) -> str:
    """`by wv-1 until 2026-12-15 (22 days left), bo (approver not verified)`."""
    left = exemption.days_left
    days = "" if left is None else " (the last day)" if left == 0 else f" ({words.plural(left, 'day')} left)"
    return f"by {exemption.id} until {exemption.expires}{days}{approval(exemption)}"


def approval(exemption: Exemption) -> str:
    """Who approved, and whose signature held."""
    people = (
        f"{name} ({'verified' if name in exemption.verified else 'approver not verified'})"
        for name in exemption.approved_by
    )
    return f", approved by {', '.join(people)}" if exemption.approved_by else ", approver not verified"


def _of(found: list[Outcome]) -> str:
    names = list(dict.fromkeys(f"{outcome.rule} on {outcome.dataset}" for outcome in found))
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{more}"
