"""Policy files become policies: read, validated, merged with their packs, parameters typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.model.policy import Level, Policy
from checker.policy.drafts import PolicyDraft
from checker.policy.inherit import resolved
from checker.policy.packs import DEFAULT_PACK, Library, Pack, Sources, UnknownPack, find_pack
from checker.policy.reading import read_drafts
from checker.policy.resolve import policy_of, rule_of

if TYPE_CHECKING:
    from pathlib import Path

_NO_SOURCES = Sources()
# What extends may make of files that are small themselves.
MOST_RULES = 20_000


class Loaded(NamedTuple):
    """The policies that hold, and every fault of the files."""

    policies: tuple[Policy, ...]
    faults: tuple[HeadwaterError, ...]


def load_policies(files: Mapping[str, bytes], revision: str = "", sources: Sources = _NO_SOURCES) -> tuple[Policy, ...]:
    """Path -> bytes becomes policies. Raises the first fault (PolicyError or YamlError), saying how many there are.

    `sources` are where included packs are read from.
    """
    loaded = collect(files, revision, sources=sources)
    if not loaded.faults:
        return loaded.policies
    first, more = loaded.faults[0], len(loaded.faults) - 1
    if more:
        note = f"{more} more {'fault' if more == 1 else 'faults'}: headwater policy lint"
        first.hint = f"{first.hint}; {note}" if first.hint else note
    raise first


def default_policies() -> tuple[Policy, ...]:
    """What judges a repository that has no policy file."""
    return (resolved_pack(DEFAULT_PACK),)


def resolved_pack(reference: str) -> Policy:
    """A shipped pack as if it were a policy. Raises PolicyError for a name that none has."""
    pack = find_pack(reference, None)
    policy, faults = _resolve(pack, pack.reference, Library())
    if policy is None or faults:
        raise ValueError(f"the shipped pack {pack.reference} is broken: {faults}")
    return policy


def collect(
    files: Mapping[str, bytes], revision: str = "", packs: Path | None = None, sources: Sources = _NO_SOURCES
) -> Loaded:
    """Like `load_policies`, but one bad file hides no other. `packs` is the folder of packs, by default the shipped."""
    safeyaml.expect(sum(map(len, files.values())))
    local: dict[str, Pack] = {}
    faults: list[HeadwaterError] = []
    for path in sorted(files):
        drafts, found = read_drafts(path, files[path])
        faults += found
        for draft in drafts:
            faults += _same_id(local, draft)
            local.setdefault(draft.id, Pack(draft.id, draft, files[path]))
    library = Library(packs, local, _included(local, sources, faults))
    unread = bool(faults)
    policies = []
    rules_left = MOST_RULES
    for pack in local.values():
        policy, found = _resolve(pack, revision, library)
        faults += (fault for fault in found if not (unread and isinstance(fault, UnknownPack)))
        if policy is not None:
            rules_left -= len(policy.rules)
            policies.append(policy)
        if rules_left < 0:
            message = f"the policies come to more than {MOST_RULES:,} rules with what they extend"
            place = pack.draft.document.where("metadata", "id")
            faults.append(PolicyError(message, hint="extend fewer policies", location=place))
            break
    faults += _contradictions(policies)
    return Loaded(tuple(policies), _in_order(faults))


def _contradictions(policies: list[Policy]) -> Iterator[PolicyError]:
    """Rules that no data can satisfy together; there are none where no check is used twice."""
    used = [rule.check for policy in policies for rule in policy.rules if rule.level is Level.BLOCK]
    if len(set(used)) < len(used):
        from checker.policy.contradictions import contradictions

        yield from contradictions(policies)


def _in_order(faults: list[HeadwaterError]) -> tuple[HeadwaterError, ...]:
    """By place. What is wrong with a policy is told once, though others extend it."""
    by_place: dict[tuple[Location | None, str], HeadwaterError] = {}
    for fault in faults:
        by_place.setdefault((fault.location, fault.message), fault)
    return tuple(sorted(by_place.values(), key=_place))


def _place(fault: HeadwaterError) -> tuple[str, int, int]:
    place = fault.location
    return (place.path, place.line or 0, place.column or 0) if place else ("", 0, 0)


def _included(local: Mapping[str, Pack], sources: Sources, faults: list[HeadwaterError]) -> Mapping[str, Pack]:
    """The packs that any policy here includes."""
    if not any(pack.draft.includes for pack in local.values()):
        return NOTHING
    from checker.policy.includes import read_includes  # what most repositories do not have

    return read_includes([pack.draft for pack in local.values()], sources, faults)


def _same_id(local: Mapping[str, Pack], draft: PolicyDraft) -> Iterator[PolicyError]:
    if draft.id in local:
        first = local[draft.id].draft.document.where("metadata", "id")
        place = draft.document.where("metadata", "id")
        message = f"the policy id {draft.id} is used already at {first}"
        yield PolicyError(message, hint="give each policy an id of its own", location=place)


def _resolve(pack: Pack, revision: str, library: Library) -> tuple[Policy | None, list[HeadwaterError]]:
    """The policy of a draft, or None with what is wrong."""
    draft = pack.draft
    merged = resolved(pack, library)
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
    return policy_of(draft, pack.data, revision, merged, tuple(uses)), []
