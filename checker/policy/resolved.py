"""A resolved policy as YAML that loads to the same rules, with the place that says it behind every line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from checker import rules
from checker.model.location import Location
from checker.model.policy import Policy, RuleUse, Selector
from checker.policy.schemas.policies import API_VERSION
from checker.policy.schemas.shapes import plain

_DEFAULT = "default"
# What a reader of YAML may take for something else than text.
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class Line(NamedTuple):
    """One line: how deep it stands, what it says, and where that comes from."""

    depth: int
    text: str
    origin: str = ""


def resolved_text(policy: Policy) -> str:
    """The policy with its packs merged in, as one document."""
    return _written(
        [*_head(policy), Line(0, "rules:"), *(line for rule in policy.rules for line in _rule(policy, rule))]
    )


def resolved_rule(policy: Policy, rule: RuleUse) -> str:
    """One rule of the policy, with all that its packs say of it."""
    return _written(_rule(policy, rule))


def _written(lines: Iterable[Line]) -> str:
    shown = [("  " * line.depth + line.text, line.origin) for line in lines]
    width = min(max((len(text) for text, origin in shown if origin), default=0), 60)
    return "".join(f"{text:<{width}}  # {printable(origin)}\n" if origin else f"{text}\n" for text, origin in shown)


def value_text(value: object) -> str:
    """A value in YAML's flow form, which no reader takes for another one."""
    value = plain(value)
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{value_text(key)}: {value_text(item)}' for key, item in value.items())}}}"
    if not isinstance(value, str):
        return json.dumps(value)
    if value and _SAFE.issuperset(value) and value[0].isalpha() and value.lower() not in _NOT_TEXT:
        return value
    return f'"{"".join(map(_character, value))}"'


def printable(text: str) -> str:
    """Text without what moves a cursor or ends a line."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _character(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _head(policy: Policy) -> Iterator[Line]:
    place = _place(policy.location)
    yield Line(0, f"apiVersion: {API_VERSION}")
    yield Line(0, "kind: Policy")
    yield Line(0, "metadata:")
    yield Line(1, f"id: {value_text(policy.id)}", place)
    for name in ("version", "title", "owners", "refs"):
        value = getattr(policy, name)
        if value:
            yield Line(1, f"{name}: {value_text(value)}", place)
    terms = policy.waivers
    yield Line(0, "waivers:")
    for name in terms._fields:
        value = getattr(terms, name)
        if value != ():
            yield Line(1, f"{name}: {value_text(value)}", _said(policy.stated, f"waivers.{name}"))


def _rule(policy: Policy, rule: RuleUse) -> Iterator[Line]:
    place = _place(rule.location)
    yield Line(
        1,
        f"- id: {value_text(rule.id.removeprefix(f'{policy.id}/'))}",
        place if not rule.origin else (f"{place}, of {rule.origin}"),
    )
    yield Line(2, f"check: {value_text(rule.check)}", _said(rule.stated, "check"))
    if rule.title:
        yield Line(2, f"title: {value_text(rule.title)}", _said(rule.stated, "title"))
    yield Line(2, f"level: {value_text(rule.level)}", _said(rule.stated, "level"))
    yield Line(2, f"waivable: {value_text(rule.waivable)}", _said(rule.stated, "waivable"))
    yield Line(2, f"stages: {value_text(rule.stages)}", _said(rule.stated, "stages"))
    if rule.when_missing is not None:
        yield Line(2, f"when_missing: {value_text(rule.when_missing)}", _said(rule.stated, "when_missing"))
    yield from _block("with", _given(rule), rule, 2)
    yield from _block("select", _selected(rule.select), rule, 2)
    if rule.ratchet is not None:
        stated = {name: value for name, value in rule.ratchet._asdict().items() if value is not None}
        yield from _block("ratchet", stated, rule, 2)
    reason = {name: value for name, value in rule.rationale._asdict().items() if value}
    if reason:
        yield Line(2, "rationale:", _said(rule.stated, "rationale"))
        yield from (Line(3, f"{name}: {value_text(value)}") for name, value in reason.items())
    for name in ("fix", "tags"):
        value = getattr(rule, name)
        if value:
            yield Line(2, f"{name}: {value_text(value)}", _said(rule.stated, name))


def _block(name: str, values: Mapping[str, object], rule: RuleUse, depth: int) -> Iterator[Line]:
    if values:
        yield Line(depth, f"{name}:")
        default = f"{_DEFAULT} of {rule.check}" if name == "with" else _DEFAULT
        for key, value in values.items():
            yield Line(depth + 1, f"{key}: {value_text(value)}", _said(rule.stated, f"{name}.{key}", default))


def _given(rule: RuleUse) -> Mapping[str, object]:
    """Every parameter that has a value, by the name it has in YAML."""
    declared = rules.by_id(rule.check).params.declared
    values = {info.name: getattr(rule.params, name) for name, info in declared.items()}
    return {name: value for name, value in values.items() if value is not None}


def _selected(select: Selector) -> Mapping[str, object]:
    return {name: value for name, value in select._asdict().items() if value}


def _said(stated: Mapping[str, Location], name: str, default: str = _DEFAULT) -> str:
    return _place(stated[name]) if name in stated else default


def _place(place: Location) -> str:
    return f"{place.path}:{place.line}" if place.line else place.path
