"""The waivers of a work tree as they stand on a day, for people and for programs."""

from __future__ import annotations

import json
from typing import NamedTuple

from checker.discover import open_repository
from checker.evaluate.relief import Relief
from checker.governance import rulebook_of
from checker.model.exemption import Match
from checker.policy.days import today_utc
from checker.policy.waivers.relaxing import written
from checker.policy.waivers.standing import Standing, State
from checker.report._escape import terminal
from checker.report._words import plural
from checker.trust.approvals import verifier

AXES = ("shard", "domain", "language", "source")


class Listed(NamedTuple):
    """A waiver, how it stands, and who of its approvers has signed it."""

    standing: Standing
    verified: tuple[str, ...]


def listed(folder: str, today: str | None) -> tuple[Listed, ...]:
    """Every waiver, the most pressing first. Raises PolicyError where the rulebook is wrong."""
    repository = open_repository(folder)
    tree = repository.revision("HEAD") if repository.bare else repository.worktree()
    book = rulebook_of(tree, repository.folder)
    day = today or today_utc()
    relief = Relief.of(book, day, verifier(repository, tree.snapshot.commit, book.approvers, day))
    found = [standing for same in relief.standings.values() for standing in same]
    order = (State.EXPIRED, State.UNAPPROVED, State.EXPIRING, State.ACTIVE, State.NOT_YET)
    found.sort(key=lambda standing: (order.index(standing.state), standing.days_left, standing.waiver.id))
    return tuple(Listed(standing, relief.verify(standing.waiver)) for standing in found)


def as_text(waivers: tuple[Listed, ...]) -> str:
    """A block a waiver, and how many there are of each state."""
    lines = [line for one in waivers for line in _block(one)]
    states = [state for state in State if any(one.standing.state is state for one in waivers)]
    counted = ", ".join(f"{sum(one.standing.state is state for one in waivers):,} {state.value}" for state in states)
    lines.append(f"{plural(len(waivers), 'waiver')}: {counted}" if waivers else "no waivers: nothing is let stand")
    return "\n".join(lines) + "\n"


def as_json(waivers: tuple[Listed, ...]) -> str:
    """A list with one object a waiver."""
    return json.dumps([_object(one) for one in waivers], indent=2) + "\n"


def place_of(match: Match) -> str:
    """`data/train, shard 2019-*`."""
    parts = (f"{axis} {getattr(match, axis)}" for axis in AXES if getattr(match, axis))
    return ", ".join((match.dataset, *parts))


def left_of(standing: Standing) -> str:
    """`12 days left`, `last day`, `3 days ago`."""
    if standing.days_left < 0:
        return f"lapsed {plural(-standing.days_left, 'day')} ago"
    return f"{plural(standing.days_left, 'day')} left" if standing.days_left else "last day"


def _block(one: Listed) -> list[str]:
    standing, waiver = one.standing, one.standing.waiver
    people = [
        f"{name} ({'verified' if name in one.verified else 'approver not verified'})" for name in waiver.approved_by
    ]
    rows = (
        ("allows", f"{written(waiver.relax)} for {waiver.rule} on {place_of(waiver.match)}"),
        ("reason", waiver.reason),
        ("ticket", waiver.ticket),
        ("owner", waiver.owner or waiver.requested_by),
        ("approved by", ", ".join(people) or "nobody"),
        ("problem", standing.problem if standing.state is State.UNAPPROVED else ""),
        ("file", str(waiver.location)),
    )
    days = f"until {waiver.expires} ({left_of(standing)})"
    since = f"from {waiver.not_before} " if standing.state is State.NOT_YET else ""
    head = f"{terminal(waiver.id)}: {standing.state.value}, {since}{days}"
    return [head, *(f"  {name}: {terminal(value)}" for name, value in rows if value)]


def _object(one: Listed) -> dict[str, object]:
    standing, waiver = one.standing, one.standing.waiver
    return {
        "id": waiver.id,
        "state": standing.state.value,
        "days_left": standing.days_left,
        "rule": waiver.rule,
        "match": {name: value for name, value in waiver.match._asdict().items() if value},
        "relax": dict(waiver.relax),
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "owner": waiver.owner,
        "requested_by": waiver.requested_by,
        "approved_by": list(waiver.approved_by),
        "counted": list(standing.approvers),
        "verified": list(one.verified),
        "not_before": waiver.not_before,
        "expires": waiver.expires,
        "problem": standing.problem,
        "path": waiver.location.path,
        "digest": waiver.digest,
    }
