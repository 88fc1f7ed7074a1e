"""What a policy asks of waivers, merged with what its packs ask: the strictest of all, and never less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.errors import PolicyError
from checker.model.policy import WaiverTerms
from checker.policy.drafts import PolicyDraft

SIGNATURES = ("optional", "required")


def merge_terms(
    draft: PolicyDraft, inherited: Sequence[tuple[str, WaiverTerms]], faults: list[PolicyError]
) -> WaiverTerms | None:
    """The terms of a policy, None where nobody states any. `inherited` are those of its packs, by reference.

    Appends to `faults` what the policy would loosen, and packs of whose approver groups none is left.
    """
    floor: WaiverTerms | None = None
    for reference, terms in inherited:
        joined = terms if floor is None else _strictest(floor, terms)
        if floor is not None and floor.approver_groups and terms.approver_groups and not joined.approver_groups:
            message = f"no group may approve waivers: {reference} and the packs before it name different groups"
            faults.append(PolicyError(message, hint="extend one of them", location=draft.document.where("extends")))
        floor = joined
    if not draft.waivers:
        return floor
    own = WaiverTerms(**{key: _typed(value) for key, value in draft.waivers.items()})
    if floor is None:
        return own
    names = ", ".join(reference for reference, _ in inherited)
    faults += [_loosens(draft, key, own, floor, names) for key in draft.waivers if not _keeps(key, own, floor)]
    return floor._replace(**{key: getattr(own, key) for key in draft.waivers})


def _typed(value: Any) -> Any:
    """To JSON Schema `90.0` is an integer too."""
    return tuple(value) if isinstance(value, list) else int(value) if isinstance(value, float) else value


def _strictest(one: WaiverTerms, other: WaiverTerms) -> WaiverTerms:
    groups = one.approver_groups or other.approver_groups
    if one.approver_groups and other.approver_groups:
        groups = tuple(name for name in one.approver_groups if name in other.approver_groups)
    return WaiverTerms(
        max_days=min(one.max_days, other.max_days),
        min_approvers=max(one.min_approvers, other.min_approvers),
        approver_groups=groups,
        signatures=max(one.signatures, other.signatures, key=SIGNATURES.index),
    )


def _keeps(key: str, own: WaiverTerms, floor: WaiverTerms) -> bool:
    """Whether one term is at least as strict as before. No groups at all means that anybody may approve."""
    match key:
        case "max_days":
            return own.max_days <= floor.max_days
        case "min_approvers":
            return own.min_approvers >= floor.min_approvers
        case "approver_groups":
            return not floor.approver_groups or set(own.approver_groups) <= set(floor.approver_groups)
    return SIGNATURES.index(own.signatures) >= SIGNATURES.index(floor.signatures)


def _loosens(draft: PolicyDraft, key: str, own: WaiverTerms, floor: WaiverTerms, names: str) -> PolicyError:
    before, now = (_shown(getattr(terms, key)) for terms in (floor, own))
    message = f"the policy {draft.id} would loosen waivers.{key} from {before} in {names} to {now}"
    hint = "keep it or make it stricter, or leave the key out"
    return PolicyError(message, hint=hint, location=draft.document.where("waivers", key))


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
