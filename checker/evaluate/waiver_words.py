"""Why a breach is waived, and why a waiver for it does not help, in words."""

from __future__ import annotations

from checker.model.outcome import Exemption
from checker.policy.waivers.relaxing import written
from checker.policy.waivers.standing import Standing, State


def reason_of(exemption: Exemption) -> str:
    """`waived by wv-1 until 2026-12-15, 22 days left, approved by bo (approver not verified)`."""
    left = exemption.days_left or 0
    parts = [
        f"waived by {exemption.id} until {exemption.expires}",
        "last day" if left == 0 else f"{left:,} day{'' if left == 1 else 's'} left",
        f"ticket {exemption.ticket}" if exemption.ticket else "",
        _approval(exemption),
        f"also by {', '.join(exemption.others)}" if exemption.others else "",
    ]
    return ", ".join(part for part in parts if part)


def _approval(exemption: Exemption) -> str:
    if not exemption.approved_by:
        return "approver not verified: nobody is named, which its policy allows"
    signed = [name for name in exemption.approved_by if name in exemption.verified]
    unsigned = [name for name in exemption.approved_by if name not in exemption.verified]
    parts = [f"{', '.join(signed)} (verified)" if signed else ""]
    parts.append(f"{', '.join(unsigned)} (approver not verified)" if unsigned else "")
    return f"approved by {' and '.join(part for part in parts if part)}"


def why_not(standing: Standing) -> str:
    """Why a waiver for this very place does not help."""
    waiver = standing.waiver
    if standing.counts:
        return f"the waiver {waiver.id} allows {written(waiver.relax)} until {waiver.expires}, and that is not enough"
    if standing.state is State.EXPIRED:
        return f"the waiver {waiver.id} lapsed on {waiver.expires}"
    return f"the waiver {waiver.id} has no effect: {standing.problem}"
