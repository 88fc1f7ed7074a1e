"""Policy files become policies: read, validated, merged with their packs, parameters typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.location import Location
from checker.model.policy import Level, Policy
from checker.policy import schema, validated
from checker.policy.drafts import PolicyDraft, draft_of
from checker.policy.inherit import merge
from checker.policy.kinds import HOMES, POLICY, POLICY_TEST, wrong_kind
from checker.policy.packs import DEFAULT_PACK, find_pack
from checker.policy.policy_schema import policy_schema
from checker.policy.resolve import policy_of, rule_of
from checker.safeyaml import Document

if TYPE_CHECKING:
    from pathlib import Path


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
    faults: list[HeadwaterError] = [
        fault for document in documents for fault in wrong_kind(document, POLICY, POLICY_TEST)
    ]
    if faults:
        return [], faults
    policies = [document for document in documents if _kind(document) == POLICY]
    if not policies:
        place = documents[0].where("kind")
        hint = f"move it to {HOMES[POLICY_TEST]}"
        return [], [PolicyError("the file holds policy tests and no policy", hint=hint, location=place)]
    digest = validated.schema_digest("policy.schema.json")
    validated.unless_known(data, digest, lambda: not _validate(policies, faults))
    return ([], faults) if faults else ([draft_of(document) for document in policies], [])


def _kind(document: Document) -> str:
    data: Any = document.data
    return str(data["kind"])


def _validate(documents: list[Document], faults: list[HeadwaterError]) -> list[HeadwaterError]:
    for document in documents:
        faults += schema.faults(document, policy_schema())
    return faults


def _line(fault: HeadwaterError) -> tuple[int, int]:
    place = fault.location
    return (place.line or 0, place.column or 0) if place else (0, 0)


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
            uses.append(rule_of(draft, rule))
        except PolicyError as error:
            faults.append(error)
    if not faults and all(use.level is Level.OFF for use in uses):
        message = f"the policy {draft.id} demands nothing: {'every rule is off' if uses else 'it has no rules'}"
        faults.append(PolicyError(message, hint="add a rule, or remove the file", location=draft.document.where()))
    if faults:
        return None, faults
    return policy_of(draft, data, revision, merged, tuple(uses)), []
