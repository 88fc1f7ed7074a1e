"""What a policy asks of waivers, merged with what its packs ask: the strictest of all, and never less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from checker.errors import PolicyError
from checker.model.nothing import NOTHING
from checker.model.policy import WaiverTerms
from checker.policy.drafts import PolicyDraft
from checker.safeyaml import Document

SIGNATURES = ("optional", "required")


class Terms(NamedTuple):
    """The terms, and where each one that somebody wrote stands: a document and the keys within it."""

    terms: WaiverTerms = WaiverTerms()
    stated: Mapping[str, tuple[Document, tuple[str, ...]]] = NOTHING


def merge_terms(draft: PolicyDraft, inherited: Sequence[tuple[str, Terms]], faults: list[PolicyError]) -> Terms | None:
    """The terms of a policy, None where nobody states any. `inherited` are those of its packs, by reference.

    Appends to `faults` what the policy would loosen, and packs of whose approver groups none is left.
    """
    floor: Terms | None = None
    for reference, known in inherited:
        joined = known if floor is None else _strictest(floor, known)
        if floor is not None and known.terms.approver_groups and not _agree(floor.terms, known.terms):
            message = f"no group may approve waivers: {reference} and the packs before it name different groups"
            faults.append(PolicyError(message, hint="extend one of them", location=draft.document.where("extends")))
        floor = joined
    if not draft.waivers:
        return floor
    typed = {key: _typed(value) for key, value in draft.waivers.items()}
    own = WaiverTerms(**typed)
    said = {key: (draft.document, ("waivers", key)) for key in typed}
    if floor is None:
        return Terms(own, said)
    names = ", ".join(reference for reference, _ in inherited)
    faults += [_loosens(draft, key, own, floor.terms, names) for key in typed if not _keeps(key, own, floor.terms)]
    return Terms(floor.terms._replace(**typed), {**floor.stated, **said})


def _typed(value: Any) -> Any:
    """To JSON Schema `90.0` is an integer too."""
    return tuple(value) if isinstance(value, list) else int(value) if isinstance(value, float) else value


def _strictest(one: Terms, other: Terms) -> Terms:
    """Each term from the pack that asks more; of groups those that both have."""
    values: dict[str, Any] = {}
    stated = dict(one.stated)
    for key in WaiverTerms._fields:
        asks_more = not _keeps(key, one.terms, other.terms)
        values[key] = getattr((other if asks_more else one).terms, key)
        if key in other.stated and (asks_more or key not in stated):
            stated[key] = other.stated[key]
    mine, theirs = one.terms.approver_groups, other.terms.approver_groups
    if mine and theirs:
        values["approver_groups"] = tuple(name for name in mine if name in theirs)
    return Terms(WaiverTerms(**values), stated)


def _agree(one: WaiverTerms, other: WaiverTerms) -> bool:
    return not one.approver_groups or not set(one.approver_groups).isdisjoint(other.approver_groups)


def _keeps(key: str, own: WaiverTerms, floor: WaiverTerms) -> bool:
    """Whether one term is at least as strict as before. No groups at all means that anybody may approve."""
    match key:
        case "max_days":
            return own.max_days <= floor.max_days
        case "min_approvers":
            return own.min_approvers >= floor.min_approvers
        case "approver_groups":
            fewer = bool(own.approver_groups) and set(own.approver_groups) <= set(floor.approver_groups)
            return not floor.approver_groups or fewer
    return SIGNATURES.index(own.signatures) >= SIGNATURES.index(floor.signatures)


def _loosens(draft: PolicyDraft, key: str, own: WaiverTerms, floor: WaiverTerms, names: str) -> PolicyError:
    before, now = (_shown(getattr(terms, key)) for terms in (floor, own))
    message = f"the policy {draft.id} would loosen waivers.{key} from {before} in {names} to {now}"
    hint = "keep it or make it stricter, or leave the key out"
    return PolicyError(message, hint=hint, location=draft.document.where("waivers", key))


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
