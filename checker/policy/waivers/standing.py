"""How a waiver stands on a day: whether it counts, for how long, and who has approved it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from checker.model.exemption import Waiver
from checker.model.policy import Approvers, WaiverTerms
from checker.policy.days import days_between
from checker.policy.waivers.signatures import folded

WARN_DAYS = 14
# Who of those that a waiver names has signed it.
Verify = Callable[[Waiver], tuple[str, ...]]


class State(str, Enum):
    """What a waiver is worth on a day. Only `active` and `expiring` ones relieve anything."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    NOT_YET = "not yet"
    EXPIRED = "expired"
    UNAPPROVED = "unapproved"


class Standing(NamedTuple):
    """A waiver on a day: the days to its last one, whose approval counts, and why it has no effect if it has none."""

    waiver: Waiver
    state: State
    days_left: int
    approvers: tuple[str, ...] = ()
    problem: str = ""

    @property
    def counts(self) -> bool:
        """Whether it relieves anything."""
        return self.state in (State.ACTIVE, State.EXPIRING)


def nobody(_: Waiver) -> tuple[str, ...]:
    """Where signatures are not looked at."""
    return ()


def standing_of(
    waiver: Waiver, terms: WaiverTerms, approvers: Approvers, today: str, verify: Verify = nobody
) -> Standing:
    """How a waiver stands on the day `today`, under the terms of its policy."""
    left = days_between(today, waiver.expires)
    if left < 0:
        return Standing(waiver, State.EXPIRED, left, waiver.approved_by, f"it lapsed on {waiver.expires}")
    counted, problem = approval(waiver, terms, approvers, verify)
    if problem:
        return Standing(waiver, State.UNAPPROVED, left, counted, problem)
    if waiver.not_before > today:
        return Standing(waiver, State.NOT_YET, left, counted, f"it begins on {waiver.not_before}")
    return Standing(waiver, State.EXPIRING if left <= WARN_DAYS else State.ACTIVE, left, counted)


def approval(
    waiver: Waiver, terms: WaiverTerms, approvers: Approvers, verify: Verify = nobody
) -> tuple[tuple[str, ...], str]:
    """Whose approval counts, and what is missing of what the policy asks; empty where nothing is."""
    named = independent(waiver)
    missing = [group for group in terms.approver_groups if group not in approvers.groups]
    if missing and len(missing) == len(terms.approver_groups):
        return (), f"governance/groups.yaml does not have the group {missing[0]}, which must approve it"
    counted = [name for name in named if _is_member(name, terms, approvers)]
    signed = terms.signatures == "required"
    if signed and counted:
        verified = set(map(folded, verify(waiver)))
        counted = [name for name in counted if folded(name) in verified]
    needed = max(terms.min_approvers, 1) if signed else terms.min_approvers
    if len(counted) >= needed:
        return tuple(counted), ""
    return tuple(counted), _missing(waiver, terms, named, len(counted), needed)


def independent(waiver: Waiver) -> tuple[str, ...]:
    """Those named as approvers, each once, without who asked for the waiver or owns it."""
    authors = {folded(name) for name in (waiver.requested_by, waiver.owner) if name}
    names = {folded(name): name for name in reversed(waiver.approved_by)}
    return tuple(name for key, name in reversed(names.items()) if key not in authors)


def _is_member(name: str, terms: WaiverTerms, approvers: Approvers) -> bool:
    if not terms.approver_groups:
        return True
    groups = (approvers.groups.get(group, ()) for group in terms.approver_groups)
    return any(folded(name) == folded(member) for members in groups for member in members)


def _missing(waiver: Waiver, terms: WaiverTerms, named: tuple[str, ...], counted: int, needed: int) -> str:
    groups = f" of {' or '.join(terms.approver_groups)}" if terms.approver_groups else ""
    signed = " with a signature that holds" if terms.signatures == "required" else ""
    people = f"{needed} approver{'' if needed == 1 else 's'}{groups}{signed}"
    own = [name for name in waiver.approved_by if name not in named]
    aside = (
        f" ({', '.join(own)} asked for it or owns it)"
        if own and set(map(folded, own)) - set(map(folded, named))
        else ""
    )
    return f"it needs {people}, and has {counted or 'none'}{aside}"
