"""What a waiver makes of a rule: the same rule with looser limits, never one that is switched off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from checker import rules
from checker.errors import PolicyError
from checker.model.location import Location
from checker.model.policy import RuleUse
from checker.policy.nearest import shown
from checker.policy.strictness import at_least_as_strict
from checker.rules._base import Check, ParamInfo, Stricter

# What is judged, not how far it may go: `match` says where a waiver holds.
SCOPING = "per"


def relaxed(rule: RuleUse, relax: Mapping[str, object]) -> RuleUse:
    """The rule with the looser limits. Of a parameter that is a mapping, what the waiver leaves out stays."""
    check = rules.by_id(rule.check)
    own = given(check, rule.params)
    infos = {info.name: info for info in check.parameters()}
    laid = {name: _laid_over(own[name], _typed(infos[name], value)) for name, value in relax.items()}
    return rule._replace(params=check.build({**own, **laid}))


def given(check: Check[Any], params: object) -> dict[str, object]:
    """The parameters of a rule by the names that policies use."""
    return {info.name: getattr(params, name) for name, info in check.params.declared.items()}


def faults_of(rule: RuleUse, relax: Mapping[str, object], where: Mapping[str, Location]) -> Iterator[PolicyError]:
    """Everything that a waiver may not relax so, of values that the check's schema accepts, at the places `where`."""
    check = rules.by_id(rule.check)
    own = given(check, rule.params)
    infos = {info.name: info for info in check.parameters()}
    found = False
    for name, value in relax.items():
        fault = _fault(rule, infos[name], own[name], value)
        if fault is not None:
            found = True
            yield PolicyError(*fault[:1], hint=fault[1], location=where[name])
    if not found:
        for complaint in check.refuse(relaxed(rule, relax).params):
            place = where.get(complaint.key) or next(iter(where.values()))
            message = f"relaxed so, {rule.id} would not hold together: {complaint.what}"
            yield PolicyError(message, hint=complaint.fix or "write a looser limit", location=place)


def _fault(rule: RuleUse, info: ParamInfo, own: Any, value: Any) -> tuple[str, str] | None:
    """The message and the next step, None where the value is looser and still a limit."""
    name = f"relax.{info.name}"
    if info.stricter is Stricter.FIXED:
        return f"{name} says what is measured, not how much is allowed, so no waiver may change it", "remove it"
    if info.name == SCOPING:
        hint = "remove it; match says for which part the waiver is"
        return f"{name} says which parts are judged, so no waiver may change it", hint
    if _is_off(value, info):
        hint = f"write the value that is needed, stricter than {written(value)}"
        return f"{name} is {written(value)}, which would switch {rule.id} off", hint
    if info.stricter is Stricter.MORE and own and "*" in own and "*" not in value:
        hint = "remove it; match says for which part the waiver is"
        return f"{name} is {written(value)}, so all that it does not name would count no longer", hint
    laid = _laid_over(own, _typed(info, value))
    if _same(laid, own) or not at_least_as_strict(own, laid, info):
        message = f"{name} is {written(value)}, which is no looser than {written(own)}, as {rule.id} has it"
        return message, "write a looser limit, or remove the waiver"
    return None


def _is_off(value: Any, info: ParamInfo, schema: Mapping[str, Any] | None = None) -> bool:
    """Whether a value is at the loose end of what its schema accepts, or no limit at all."""
    bounds: Mapping[str, Any] = info.schema if schema is None else schema
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(value, Mapping):
        inner = bounds.get("properties", {})
        return any(_is_off(limit, info, inner.get(key, {})) for key, limit in value.items())
    match info.stricter:
        case Stricter.LOWER:
            return bool(value >= bounds.get("maximum", math.inf))
        case Stricter.HIGHER:
            return bool(value <= bounds.get("minimum", -math.inf))
        case Stricter.MORE:
            return not value
        case Stricter.FEWER:
            return "*" in value or set(value) >= set(bounds.get("items", {}).get("enum", ("*",)))
        case Stricter.ORDERED:
            return bool(value == info.order[0])
    return value is False


def _laid_over(own: Any, value: Any) -> Any:
    return {**own, **value} if isinstance(own, Mapping) and isinstance(value, Mapping) else value


def _typed(info: ParamInfo, value: Any) -> Any:
    """To JSON Schema `1e3` is an integer too."""
    return int(value) if info.schema.get("type") == "integer" and isinstance(value, float) else value


def _same(one: Any, other: Any) -> bool:
    return bool((tuple(one) if isinstance(one, list) else one) == other)


def written(value: Any) -> str:
    """A limit as messages have it: `0.04`, `[en, de]`, `max 0.04`."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {written(item)}" for key, item in value.items())
    return "not set" if value is None else shown(value)
