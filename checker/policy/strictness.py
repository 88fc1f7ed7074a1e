"""Says in words where a rule would loosen the one that it inherits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from checker import rules
from checker.errors import PolicyError
from checker.model.policy import Level, Stage, WhenMissing
from checker.policy.drafts import RuleDraft
from checker.rules._base import ParamInfo, Stricter


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
    yield from _looser_ratchet(parent, child)
    infos = {info.name: info for info in rules.by_id(child.check).parameters()}
    for name, value in child.params.items():
        info = infos[name]
        before = parent.params.get(name, info.default)
        if not at_least_as_strict(value, before, info):
            words = direction_words(info)
            yield _loosens(child, name, shown(value), shown(before), parent.origin, "with", name, rule=words)


def at_least_as_strict(new: Any, old: Any, info: ParamInfo) -> bool:
    """Whether `new` keeps or tightens `old`.

    None is a limit that is not set, so anything tightens it. In a list "*" stands for the members that `info.star` is
    for.
    """
    if _same(new, old):
        return True
    if info.stricter is Stricter.FIXED or new is None:
        return False
    if old is None:
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(key in new and at_least_as_strict(new[key], limit, info) for key, limit in old.items())
    match info.stricter:
        case Stricter.LOWER:
            return bool(new <= old)
        case Stricter.HIGHER:
            return bool(new >= old)
        case Stricter.MORE:
            return _holds(new, old, info)
        case Stricter.FEWER:
            return _holds(old, new, info)
        case Stricter.TRUE:
            return bool(new)
        case Stricter.ORDERED:
            return info.order.index(new) >= info.order.index(old)
    return False


def _holds(members: Iterable[str], others: Iterable[str], info: ParamInfo) -> bool:
    """Whether a list has all the members of another one."""
    lacking = set(others) - set(members)
    return not lacking or ("*" in members and info.star is not None and all(map(info.star, lacking)))


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


def _looser_ratchet(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    """A ratchet may be added, and one more bound; the reference stays, and a bound may only get lower."""
    if not parent.ratchet or not child.ratchet:
        return
    before, now = parent.ratchet, child.ratchet
    for name in now.keys() & before.keys() - {"when_missing"}:
        if now[name] != before[name] if name == "against" else now[name] > before[name]:
            rule = "it may not change" if name == "against" else "it may only get lower"
            yield _loosens(
                child, f"ratchet.{name}", str(now[name]), str(before[name]), parent.origin, "ratchet", name, rule=rule
            )
    if "when_missing" in now:
        order = [member.value for member in WhenMissing]
        floor = before.get("when_missing") or (parent.when_missing or WhenMissing.BLOCK).value
        if order.index(now["when_missing"]) < order.index(floor):
            where = ("ratchet", "when_missing")
            yield _loosens(child, "ratchet.when_missing", now["when_missing"], floor, parent.origin, *where)


def _looser_select(parent: RuleDraft, child: RuleDraft) -> Iterator[PolicyError]:
    """A key of `select` that the pack or this policy has set is not up to the rule; a match may only be demanded."""
    for key, value in child.select.items():
        if key == "narrowed_by_pack":
            message = f"the rule {child.id} comes from {parent.origin}, so it cannot say {key}"
            hint = "leave the key out; only a policy that was resolved has it"
            yield PolicyError(message, hint=hint, location=child.at("select", key))
        elif key in parent.select and value != parent.select[key] and value is not True:
            message = f"the datasets of the rule {child.id} ({parent.origin}) are selected by {key} already"
            hint = "leave the key out, or write a rule with an id of its own"
            yield PolicyError(message, hint=hint, location=child.at("select", key))


def _loosens(child: RuleDraft, name: str, new: str, old: str, origin: str, *keys: str, rule: str = "") -> PolicyError:
    message = f"the rule {child.id} would loosen {name} from {old} in {origin} to {new}"
    hint = f"{rule or 'keep it or make it stricter'}, or leave the key out"
    return PolicyError(message, hint=hint, location=child.at(*(keys or (name,))))


def direction_words(info: ParamInfo) -> str:
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


def shown(value: Any) -> str:
    """A value of a parameter as messages show it."""
    value = _plain(value)
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
