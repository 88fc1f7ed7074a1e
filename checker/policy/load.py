"""Policy files become policies: read, validated, merged with their packs, parameters typed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import rules, safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.location import Location
from checker.model.policy import Level, Policy, Rationale, RuleUse, Selector, Stage
from checker.policy import schema, validated
from checker.policy.drafts import PolicyDraft, RuleDraft, draft_of
from checker.policy.inherit import Merged, merge
from checker.policy.nearest import did_you_mean
from checker.policy.packs import DEFAULT_PACK, find_pack
from checker.policy.policy_schema import policy_schema
from checker.rules._base import ParamInfo
from checker.safeyaml import Document

if TYPE_CHECKING:
    from pathlib import Path

_LATER = {"Waiver": "waivers", "PolicyTest": "policy tests"}


class Loaded(NamedTuple):
    """The policies that hold, and every fault of the files."""

    policies: tuple[Policy, ...]
    faults: tuple[HeadwaterError, ...]


def load_policies(files: Mapping[str, bytes], revision: str = "") -> tuple[Policy, ...]:
    """Path -> bytes becomes policies. Raises the first fault (PolicyError or YamlError), saying how many there are."""
    loaded = collect(files, revision)
    if not loaded.faults:
        return loaded.policies
    first, more = loaded.faults[0], len(loaded.faults) - 1
    if more:
        note = f"{more} more {'fault' if more == 1 else 'faults'}: headwater policy lint"
        first.hint = f"{first.hint}; {note}" if first.hint else note
    raise first


def default_policies() -> tuple[Policy, ...]:
    """What judges a repository that has no policy file."""
    pack = find_pack(DEFAULT_PACK, None)
    policy, faults = _resolve(pack.draft, pack.data, pack.reference, None)
    if policy is None or faults:
        raise ValueError(f"the shipped pack {pack.reference} is broken: {faults}")
    return (policy,)


def collect(files: Mapping[str, bytes], revision: str = "", packs: Path | None = None) -> Loaded:
    """Like `load_policies`, but one bad file hides no other. `packs` is the folder of packs, by default the shipped."""
    faults: list[HeadwaterError] = []
    policies: dict[str, Policy] = {}
    for path in sorted(files):
        drafts, here = _read(path, files[path])
        for draft in drafts:
            policy, found = _resolve(draft, files[path], revision, packs)
            here += found
            if policy is not None:
                here += _same_id(policies, policy)
                policies.setdefault(policy.id, policy)
        faults += sorted(here, key=_line)
    return Loaded(tuple(policies.values()), tuple(faults))


def _read(path: str, data: bytes) -> tuple[list[PolicyDraft], list[HeadwaterError]]:
    """The drafts of one file, or what is wrong with it."""
    try:
        documents = safeyaml.load_all(data, path)
    except YamlError as error:
        return [], [error]
    if not documents:
        hint = "write a policy (kind: Policy), or remove the file"
        return [], [PolicyError("the file holds no policy", hint=hint, location=Location(path))]
    faults: list[HeadwaterError] = [fault for document in documents for fault in _wrong_kind(document)]
    if not faults:
        digest = validated.schema_digest("policy.schema.json")
        validated.unless_known(data, digest, lambda: not _validate(documents, faults))
    return ([], faults) if faults else ([draft_of(document) for document in documents], [])


def _validate(documents: tuple[Document, ...], faults: list[HeadwaterError]) -> list[HeadwaterError]:
    for document in documents:
        faults += schema.faults(document, policy_schema())
    return faults


def _line(fault: HeadwaterError) -> tuple[int, int]:
    place = fault.location
    return (place.line or 0, place.column or 0) if place else (0, 0)


def _wrong_kind(document: Document) -> Iterator[PolicyError]:
    """What the file says it is, before anything else is expected of it."""
    data: Any = document.data
    if not isinstance(data, dict):
        yield PolicyError("a policy is a mapping of keys", hint="start with kind: Policy", location=document.where())
        return
    kind = data.get("kind")
    if kind == "Policy":
        return
    if isinstance(kind, str) and kind in _LATER:
        message = f"{_LATER[kind]} (kind: {kind}) come with a later version of headwater"
        yield PolicyError(message, hint="move the file out of the policy folder", location=document.where("kind"))
    elif kind is None:
        yield PolicyError("the key kind is missing", hint="write kind: Policy", location=document.where())
    else:
        message = f"kind is {schema.shown(kind)}, Policy is expected"
        yield PolicyError(message, hint=did_you_mean(kind, ("Policy",)), location=document.where("kind"))


def _same_id(policies: Mapping[str, Policy], policy: Policy) -> Iterator[PolicyError]:
    if policy.id in policies:
        message = f"the policy id {policy.id} is used already at {policies[policy.id].location}"
        yield PolicyError(message, hint="give each policy an id of its own", location=policy.location)


def _resolve(
    draft: PolicyDraft, data: bytes, revision: str, packs: Path | None
) -> tuple[Policy | None, list[HeadwaterError]]:
    """The policy of a draft, or None with what is wrong."""
    merged = merge(draft, packs)
    faults: list[HeadwaterError] = [*merged.faults]
    uses = []
    for rule in merged.rules:
        try:
            uses.append(_use(draft, rule))
        except PolicyError as error:
            faults.append(error)
    if not faults and all(use.level is Level.OFF for use in uses):
        message = f"the policy {draft.id} demands nothing: {'every rule is off' if uses else 'it has no rules'}"
        faults.append(PolicyError(message, hint="add a rule, or remove the file", location=draft.document.where()))
    if faults:
        return None, faults
    return _policy(draft, data, revision, merged, tuple(uses)), []


def _policy(draft: PolicyDraft, data: bytes, revision: str, merged: Merged, uses: tuple[RuleUse, ...]) -> Policy:
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
    )


def _digest(data: bytes, merged: Merged) -> str:
    """sha256 over the file's and every pack's own sha256: any byte that could change the judgement changes it."""
    parts = [("", data), *((pack.reference, pack.data) for pack in merged.packs)]
    lines = "".join(f"{name} {hashlib.sha256(content).hexdigest()}\n" for name, content in parts)
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _use(draft: PolicyDraft, rule: RuleDraft) -> RuleUse:
    """A rule with everything that it left out filled in."""
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
    )


def _params(rule: RuleDraft) -> object:
    check = rules.by_id(rule.check)
    missing = [info for info in check.parameters() if info.required and info.name not in rule.params]
    if missing:
        message = f"the rule {rule.id} does not say {missing[0].name}, which {rule.check} needs"
        raise PolicyError(message, hint=missing[0].doc.rstrip("."), location=rule.at())
    return check.build(
        {info.name: _typed(info, rule.params) for info in check.parameters() if info.name in rule.params}
    )


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
        where=where,
        require_match=select.get("require_match", False),
        narrowed_by_pack=select.get("narrowed_by_pack", ()),
    )
