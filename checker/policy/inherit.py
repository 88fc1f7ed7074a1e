"""Merges packs into the policy that extends them. Whoever extends may tighten, never loosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import rules
from checker.errors import PolicyError
from checker.model.location import Location
from checker.model.policy import Level, Stage, WhenMissing
from checker.policy.drafts import PolicyDraft, RuleDraft
from checker.policy.packs import Pack, find_pack
from checker.rules._base import ParamInfo, Stricter

if TYPE_CHECKING:
    from pathlib import Path


_NO_CHOICE = {"require_match", "narrowed_by_pack"}


class Merged(NamedTuple):
    """The rules of a policy with those of its packs, the packs themselves, and what is wrong with the merge."""

    rules: tuple[RuleDraft, ...]
    packs: tuple[Pack, ...]
    faults: tuple[PolicyError, ...]


def merge(draft: PolicyDraft, folder: Path | None = None, trail: tuple[str, ...] = ()) -> Merged:
    """Resolve `extends`, then put the policy's own rules over the inherited ones with the same id."""
    faults: list[PolicyError] = []
    packs: list[Pack] = []
    inherited: dict[str, RuleDraft] = {}
    for index, reference in enumerate(draft.extends):
        place = draft.extends_at(index)
        try:
            parent = _parent(reference, place, folder, trail)
        except PolicyError as error:
            faults.append(error)
            continue
        packs += [pack for pack in parent.packs if pack not in packs]
        faults += parent.faults
        for rule in parent.rules:
            faults += _clash(inherited.get(rule.id), rule, place)
            inherited[rule.id] = rule._replace(place=place, select=_filled(rule.select, draft.select))
    own = _own_rules(draft, inherited, faults)
    return Merged((*inherited.values(), *own), tuple(packs), tuple(faults))


def _parent(reference: str, place: Location, folder: Path | None, trail: tuple[str, ...]) -> Merged:
    if reference in trail:
        circle = " -> ".join((*trail, reference))
        raise PolicyError(f"packs extend each other in a circle: {circle}", hint="remove one", location=place)
    pack = find_pack(reference, place, folder)
    above = merge(pack.draft, folder, (*trail, reference))
    named = tuple(rule if rule.origin else rule._replace(origin=reference) for rule in above.rules)
    return Merged(named, (*above.packs, pack), above.faults)


def _clash(known: RuleDraft | None, rule: RuleDraft, place: Location) -> Iterator[PolicyError]:
    if known is not None and known.origin != rule.origin:
        message = f"the rule {rule.id} comes from {known.origin} and from {rule.origin}"
        yield PolicyError(message, hint="extend one of them, and write the rules of the other", location=place)


def _own_rules(draft: PolicyDraft, inherited: dict[str, RuleDraft], faults: list[PolicyError]) -> list[RuleDraft]:
    """The rules that the policy adds. Those that tighten an inherited one replace it in `inherited`."""
    own: dict[str, RuleDraft] = {}
    stated: dict[str, RuleDraft] = {}
    for rule in draft.rules:
        if rule.id in stated:
            first = stated[rule.id].place.line
            message = f"the rule id {rule.id} is used twice, first in line {first}"
            faults.append(PolicyError(message, hint="give each rule an id of its own", location=rule.place))
            continue
        stated[rule.id] = rule
        if rule.id in inherited:
            loosened = tuple(looser(inherited[rule.id], rule))
            faults += loosened
            inherited[rule.id] = inherited[rule.id] if loosened else _tightened(inherited[rule.id], rule)
        else:
            faults += _own_faults(draft, rule)
            own[rule.id] = rule._replace(select={**draft.select, **rule.select})
    return list(own.values())


def _own_faults(draft: PolicyDraft, rule: RuleDraft) -> Iterator[PolicyError]:
    if rule.level is None:
        hint = "say block, warn, audit or off"
        yield PolicyError(f"the rule {rule.id} has no level", hint=hint, location=rule.at())
    for key in rule.select.keys() & draft.select.keys():
        message = f"the policy selects by {key} already, so the rule {rule.id} cannot"
        yield PolicyError(message, hint="say it in one of the two places", location=rule.at("select", key))


def _tightened(parent: RuleDraft, child: RuleDraft) -> RuleDraft:
    """What the child states wins, and what it leaves out stays."""
    stated: dict[str, Any] = {
        name: value
        for name in ("level", "waivable", "stages", "when_missing", "rationale", "title", "fix", "tags")
        if (value := getattr(child, name)) is not None
    }
    params = {**parent.params, **child.params}
    select = dict(_filled(parent.select, child.select))
    if child.select.get("require_match"):
        # Said at this very rule, it is meant for all that the rule is for.
        select.pop("narrowed_by_pack", None)
    return parent._replace(
        **stated, params=params, select=select, place=child.place, document=child.document, position=child.position
    )


def _filled(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a pack selects by stays; what it leaves open is up to those that extend it."""
    merged = {**inner, **outer}
    if inner.get("require_match") and not outer.get("require_match"):
        # The match is demanded by those that extend, so it is demanded of what they select.
        merged["require_match"] = True
        merged["narrowed_by_pack"] = tuple(sorted(outer.keys() - inner.keys() - _NO_CHOICE))
    return merged


def looser(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    """Everything in which the child would loosen the parent, in words."""
    if child.check != parent.check:
        message = f"the rule {parent.id} uses {parent.check} in {parent.origin}, so it cannot use {child.check}"
        yield PolicyError(message, hint="give the new rule an id of its own", location=child.at("check"))
        return
    yield from _looser_level(parent, child)
    yield from _looser_stages(parent, child)
    yield from _looser_when_missing(parent, child)
    if parent.waivable is False and child.waivable:
        yield _loosens(child, "waivable", "true", "false", parent.origin)
    yield from _looser_select(parent, child)
    infos = {info.name: info for info in rules.by_id(child.check).parameters()}
    for name, value in child.params.items():
        info = infos[name]
        before = parent.params.get(name, info.default)
        if not at_least_as_strict(value, before, info):
            yield _loosens(child, name, _shown(value), _shown(before), parent.origin, "with", name, rule=_words(info))


def at_least_as_strict(new: Any, old: Any, info: ParamInfo) -> bool:
    """Whether `new` keeps or tightens `old`.

    None is a limit that is not set, so anything tightens it. In a list "*" stands for every member there is.
    """
    if _same(new, old) or (old is None and info.stricter is not Stricter.FIXED):
        return True
    if new is None:
        return False
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(key in new and at_least_as_strict(new[key], limit, info) for key, limit in old.items())
    match info.stricter:
        case Stricter.LOWER:
            return bool(new <= old)
        case Stricter.HIGHER:
            return bool(new >= old)
        case Stricter.MORE:
            return "*" in new or set(old) <= set(new)
        case Stricter.FEWER:
            return "*" in old or set(new) <= set(old)
        case Stricter.TRUE:
            return bool(new)
        case Stricter.ORDERED:
            return info.order.index(new) >= info.order.index(old)
    return False


def _same(new: Any, old: Any) -> bool:
    new, old = _plain(new), _plain(old)
    return bool(new == old) and isinstance(new, bool) == isinstance(old, bool)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return tuple(value) if isinstance(value, list) else value


def _looser_level(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    order = list(Level)
    if child.level is not None and parent.level is not None and order.index(child.level) < order.index(parent.level):
        yield _loosens(child, "level", child.level.value, parent.level.value, parent.origin)


def _looser_stages(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    if child.stages is None:
        return
    lost = [stage.value for stage in parent.stages or tuple(Stage) if stage not in child.stages]
    if lost:
        message = f"the rule {child.id} would no longer be judged at {', '.join(lost)}, as {parent.origin} demands"
        yield PolicyError(message, hint="add the stages, or leave the key out", location=child.at("stages"))


def _looser_when_missing(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    """Not stated means warn at commit and push, block at pr and release: only `block` is as strict everywhere."""
    order = list(WhenMissing)
    if child.when_missing is None:
        return
    floor = parent.when_missing or WhenMissing.BLOCK
    if order.index(child.when_missing) < order.index(floor):
        before = parent.when_missing.value if parent.when_missing else "block at pr and release"
        yield _loosens(child, "when_missing", child.when_missing.value, before, parent.origin)


def _looser_select(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    """A key of `select` that the pack or this policy has set is not up to the rule; a match may only be demanded."""
    for key, value in child.select.items():
        if key in parent.select and value != parent.select[key] and value is not True:
            message = f"the datasets of the rule {child.id} ({parent.origin}) are selected by {key} already"
            hint = "leave the key out, or write a rule with an id of its own"
            yield PolicyError(message, hint=hint, location=child.at("select", key))


def _loosens(child: RuleDraft, name: str, new: str, old: str, origin: str, *keys: str, rule: str = "") -> PolicyError:
    message = f"the rule {child.id} would loosen {name} from {old} in {origin} to {new}"
    hint = f"{rule or 'keep it or make it stricter'}, or leave the key out"
    return PolicyError(message, hint=hint, location=child.at(*(keys or (name,))))


def _words(info: ParamInfo) -> str:
    """Which way a parameter may go."""
    return {
        Stricter.LOWER: "it may only get lower",
        Stricter.HIGHER: "it may only get higher",
        Stricter.MORE: "it may only gain members",
        Stricter.FEWER: "it may only lose members",
        Stricter.TRUE: "it may only become true",
        Stricter.ORDERED: f"from loose to strict: {', '.join(info.order)}",
        Stricter.FIXED: "it may not change",
    }[info.stricter]


def _shown(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
