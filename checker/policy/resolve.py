"""A policy of which every key is stated and typed, from its draft and what it inherits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from checker import rules
from checker.errors import PolicyError
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.model.policy import Level, Policy, Ratchet, Rationale, RuleUse, Selector, Stage, WaiverTerms, WhenMissing
from checker.policy.drafts import PolicyDraft, RuleDraft
from checker.policy.inherit import Merged
from checker.rules._base import Complaint, ParamInfo
from checker.rules._where import OF_RECORDS
from checker.safeyaml import Document


class Places(Mapping[str, Location]):
    """Where each thing that a rule says stands. Made into places when asked, which most runs never do."""

    __slots__ = ("_said",)

    def __init__(self, said: Mapping[str, tuple[Document, tuple[str | int, ...]]]) -> None:
        self._said = said

    def __getitem__(self, name: str) -> Location:
        document, keys = self._said[name]
        return document.where_key(*keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


def policy_of(draft: PolicyDraft, data: bytes, revision: str, merged: Merged, uses: tuple[RuleUse, ...]) -> Policy:
    """The policy of these rules."""
    return Policy(
        id=draft.id,
        version=draft.version,
        title=draft.title,
        digest=_digest(data, merged),
        rules=uses,
        location=draft.document.where("metadata", "id"),
        revision=revision,
        owners=draft.owners,
        refs=draft.refs,
        packs=tuple(pack.reference for pack in merged.packs),
        waivers=merged.terms.terms if merged.terms else WaiverTerms(),
        stated=_terms_stated(merged),
    )


def _terms_stated(merged: Merged) -> Mapping[str, Location]:
    if merged.terms is None:
        return NOTHING
    return Places({f"waivers.{key}": place for key, place in merged.terms.stated.items()})


def _digest(data: bytes, merged: Merged) -> str:
    """sha256 over the file's and every pack's own sha256: any byte that could change the judgement changes it."""
    parts = [("", data), *((pack.reference, pack.data) for pack in merged.packs)]
    lines = "".join(f"{name} {hashlib.sha256(content).hexdigest()}\n" for name, content in parts)
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def rule_of(draft: PolicyDraft, rule: RuleDraft) -> RuleUse:
    """A rule with everything that it left out filled in. Raises PolicyError where it is not whole."""
    _refuse_paths(rule)
    _refuse_no_day(rule)
    return RuleUse(
        id=f"{draft.id}/{rule.id}",
        check=rule.check,
        params=_params(rule),
        level=rule.level or Level.OFF,
        select=_selector(rule.select),
        location=rule.place,
        stages=rule.stages or tuple(Stage),
        waivable=rule.waivable is not False,
        when_missing=rule.when_missing,
        title=rule.title or "",
        tags=rule.tags or (),
        rationale=rule.rationale or Rationale(),
        fix=rule.fix or "",
        origin=rule.origin,
        ratchet=_ratchet(rule),
        stated=Places(rule.stated),
    )


def _refuse_paths(rule: RuleDraft) -> None:
    """Only what counts records can look at some shards and not at others."""
    if rule.select.get("paths") and rules.by_id(rule.check).group not in OF_RECORDS:
        message = f"the rule {rule.id} selects by paths, but {rule.check} judges a dataset as one"
        document, keys = rule.stated["select.paths"]
        hint = "leave paths to the rules whose checks count records"
        raise PolicyError(message, hint=hint, location=document.where(*keys))


def _refuse_no_day(rule: RuleDraft) -> None:
    """The schema knows the form of a day, not the calendar."""
    day = rule.rationale.review_by if rule.rationale else ""
    # Every month has 28 days, and the calendar is slow to import.
    if not day or (day[8:] <= "28" and day[:4] != "0000"):
        return
    from checker.policy.days import is_day

    if is_day(day):
        return
    message = f"review_by of the rule {rule.id} is {day}, which no calendar has"
    raise PolicyError(message, hint="write a day as YYYY-MM-DD", location=rule.at("rationale", "review_by"))


def _ratchet(rule: RuleDraft) -> Ratchet | None:
    """The ratchet, once packs are merged in. Raises PolicyError where it bounds nothing."""
    said = rule.ratchet
    if said is None:
        return None
    place = rule.at("ratchet")
    if not rules.by_id(rule.check).worse:
        message = f"the rule {rule.id} has a ratchet, but {rule.check} measures nothing that can get worse"
        raise PolicyError(message, hint="remove the ratchet, or use a check that measures", location=place)
    if "against" not in said:
        hint = "say against: base, release, gold or a revision"
        raise PolicyError(f"the ratchet of the rule {rule.id} has no reference", hint=hint, location=place)
    if "max_worse" not in said and "max_worse_share" not in said:
        hint = "say max_worse in the unit of the check, or max_worse_share as a share of the reference's value"
        raise PolicyError(f"the ratchet of the rule {rule.id} bounds nothing", hint=hint, location=place)
    when_missing = WhenMissing(said["when_missing"]) if "when_missing" in said else None
    return Ratchet(said["against"], said.get("max_worse"), said.get("max_worse_share"), when_missing)


def _params(rule: RuleDraft) -> object:
    check = rules.by_id(rule.check)
    missing = [info for info in check.parameters() if info.required and info.name not in rule.params]
    if missing:
        message = f"the rule {rule.id} does not say {missing[0].name}, which {rule.check} needs"
        raise PolicyError(message, hint=missing[0].doc.rstrip("."), location=rule.at())
    params = check.build(
        {info.name: _typed(info, rule.params) for info in check.parameters() if info.name in rule.params}
    )
    for complaint in check.refuse(params):
        message = f"the rule {rule.id} cannot be judged: {complaint.what}"
        raise PolicyError(
            message, hint=complaint.fix or f"headwater policy explain {rule.check}", location=_place(rule, complaint)
        )
    return params


def _place(rule: RuleDraft, complaint: Complaint) -> Location:
    """Where the parameter stands, and within its text where the check tells."""
    place = rule.at("with", *([complaint.key] if complaint.key else []))
    if not complaint.line or place == rule.at("with"):  # not said here, but in a pack
        return place
    return rule.document.inside(place, complaint.line, complaint.column)


def _typed(info: ParamInfo, params: Mapping[str, object]) -> object:
    """`1e3` and `1000.0` are integers to JSON Schema, so a parameter that counts may be written so."""
    value = params[info.name]
    return int(value) if info.schema.get("type") == "integer" and isinstance(value, float) else value


def _selector(select: Mapping[str, Any]) -> Selector:
    where = {
        axis: (value,) if isinstance(value, str) else tuple(value) for axis, value in select.get("where", {}).items()
    }
    return Selector(
        datasets=tuple(select.get("datasets", ())),
        roles=tuple(select.get("roles", ())),
        labels=tuple(select.get("labels", ())),
        paths=tuple(select.get("paths", ())),
        where=where,
        require_match=select.get("require_match", False),
        narrowed_by_pack=tuple(select.get("narrowed_by_pack", ())),
    )
