"""The typed parameters of a pack: declared, set by whoever extends it, and put where its rules ask for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from checker import rules
from checker.errors import PolicyError
from checker.model.location import Location
from checker.policy import nearest, schema, validated
from checker.policy.drafts import PolicyDraft, RuleDraft, Values, parameter_in
from checker.policy.strictness import at_least_as_strict, direction_words, shown
from checker.rules._base import ParamInfo, Stricter
from checker.safeyaml import Document

# The directions that make sense for each type.
DIRECTIONS: Mapping[str, tuple[Stricter, ...]] = {
    "number": (Stricter.LOWER, Stricter.HIGHER, Stricter.FIXED),
    "integer": (Stricter.LOWER, Stricter.HIGHER, Stricter.FIXED),
    "string": (Stricter.ORDERED, Stricter.FIXED),
    "boolean": (Stricter.TRUE, Stricter.FIXED),
    "array": (Stricter.MORE, Stricter.FEWER, Stricter.FIXED),
}
_Said = tuple[Document, tuple[str | int, ...]]


def settle(draft: PolicyDraft, values: Values, faults: list[PolicyError]) -> PolicyDraft:
    """The draft with the value of each parameter in its place. Appends to `faults` what does not fit."""
    infos = {name: _info(name, entry) for name, entry in draft.parameters.items()}
    found = [*_declared_faults(draft, infos), *_given_faults(draft, infos, values)]
    faults += found
    if found:
        # One fault, not one at each place that the parameter goes to.
        return draft._replace(rules=(), extends=())
    chosen = {name: (values.given.get(name, info.default), _said(draft, values, name)) for name, info in infos.items()}
    used: set[str] = set()
    settled = draft._replace(
        rules=tuple(_rule(draft, rule, infos, chosen, used, faults) for rule in draft.rules),
        extends=tuple(
            entry._replace(given=_passed_on(draft, index, entry.given, chosen, used, faults))
            for index, entry in enumerate(draft.extends)
        ),
    )
    faults += [
        PolicyError(
            f"the parameter {name} of {draft.id} is used by no rule",
            hint=f"write {{parameter: {name}}} where it belongs, or remove it",
            location=draft.document.where_key("parameters", name),
        )
        for name in infos
        if name not in used
    ]
    return settled


def _info(name: str, entry: Mapping[str, Any]) -> ParamInfo:
    """A declared parameter as checks have theirs."""
    keywords = {key: entry[key] for key in ("type", "minimum", "maximum") if key in entry}
    if entry["type"] == "array":
        items = {"type": "string", **({"enum": entry["enum"]} if "enum" in entry else {})}
        keywords |= {"items": items, "uniqueItems": True}
    elif "enum" in entry:
        keywords["enum"] = entry["enum"]
    order = tuple(map(str, entry.get("enum", ())))
    stricter, default = Stricter(entry["stricter"]), entry.get("default")
    return ParamInfo(name, entry.get("description", ""), keywords, default, "default" not in entry, "", stricter, order)


def _declared_faults(draft: PolicyDraft, infos: Mapping[str, ParamInfo]) -> Iterator[PolicyError]:
    """What is wrong with a declaration by itself."""
    for name, info in infos.items():
        kind = str(info.schema["type"])
        at = draft.document.where
        if info.stricter not in DIRECTIONS[kind]:
            hint = f"expected one of: {', '.join(direction.value for direction in DIRECTIONS[kind])}"
            message = f"the parameter {name} is a {kind}, which has no direction {info.stricter.value}"
            yield PolicyError(message, hint=hint, location=at("parameters", name, "stricter"))
        elif info.stricter is Stricter.ORDERED and not info.order:
            message = f"the parameter {name} is ordered and does not say the order"
            yield PolicyError(
                message, hint="list the values in enum, the loosest first", location=at("parameters", name)
            )
        elif _crossed(draft.parameters[name]):
            message = f"the parameter {name} has a minimum over its maximum, so no value fits"
            yield PolicyError(message, hint="swap them", location=at("parameters", name, "minimum"))
        elif not info.required:
            complaint = _misfit(info.schema, info.default)
            if complaint:
                message = f"the default of the parameter {name} {complaint}"
                yield PolicyError(message, hint=info.doc, location=at("parameters", name, "default"))


def _crossed(entry: Mapping[str, Any]) -> bool:
    return "minimum" in entry and "maximum" in entry and entry["minimum"] > entry["maximum"]


def _given_faults(draft: PolicyDraft, infos: Mapping[str, ParamInfo], values: Values) -> Iterator[PolicyError]:
    """What is wrong with the values that somebody sets, or leaves out."""
    for name, value in values.given.items():
        place = values.place("with", name)
        if name not in infos:
            hint = nearest.did_you_mean(name, infos) if infos else "remove it"
            yield PolicyError(f"{draft.id} has no parameter {nearest.shown(name)}", hint=hint, location=place)
            continue
        info = infos[name]
        complaint = _misfit(info.schema, value)
        if complaint:
            yield PolicyError(f"the parameter {name} of {draft.id} {complaint}", hint=info.doc, location=place)
        elif not info.required and not at_least_as_strict(value, info.default, info):
            before, now = shown(info.default), shown(value)
            message = f"the parameter {name} would loosen {draft.id} from {before} to {now}"
            yield PolicyError(message, hint=f"{direction_words(info)}, or leave the key out", location=place)
    for name, info in infos.items():
        if info.required and name not in values.given:
            message = f"the parameter {name} of {draft.id} has no value"
            hint = f"write with: {{{name}: ...}} beside the pack" if values.document else "give it a default"
            location = values.place("pack") or draft.document.where_key("parameters", name)
            yield PolicyError(message, hint=hint, location=location)


def _said(draft: PolicyDraft, values: Values, name: str) -> _Said:
    """Where the value of a parameter stands."""
    if name in values.given and values.document is not None:
        return values.document, ("extends", values.position, "with", name)
    return draft.document, ("parameters", name, "default")


def _rule(
    draft: PolicyDraft,
    rule: RuleDraft,
    infos: Mapping[str, ParamInfo],
    chosen: Mapping[str, tuple[Any, _Said]],
    used: set[str],
    faults: list[PolicyError],
) -> RuleDraft:
    """The rule with values in place of the names of parameters."""
    params, stated = dict(rule.params), dict(rule.stated)
    targets = {info.name: info for info in rules.by_id(rule.check).parameters()}
    for key, value in rule.params.items():
        name = parameter_in(value)
        if name is None:
            continue
        place = rule.at("with", key)
        if name not in chosen:
            faults.append(_undeclared(draft, name, infos, place))
            continue
        used.add(name)
        faults += _use_faults(draft, infos[name], targets[key], chosen[name][0], place)
        params[key], stated[f"with.{key}"] = chosen[name]
    return rule._replace(params=params, stated=stated)


def _use_faults(
    draft: PolicyDraft, info: ParamInfo, target: ParamInfo, value: object, place: Location
) -> Iterator[PolicyError]:
    """Whether a parameter may stand here: same direction, and a value that the check accepts."""
    same = info.stricter is target.stricter and _in_order(info.order, target.order)
    if not same and info.stricter is not Stricter.FIXED:
        message = (
            f"the parameter {info.name} of {draft.id} gets stricter otherwise ({info.stricter.value}) than "
            f"{target.name} ({target.stricter.value})"
        )
        hint = f"say stricter: {target.stricter.value}, or stricter: fixed"
        yield PolicyError(message, hint=hint, location=place)
    complaint = _misfit(target.schema, value)
    if complaint:
        message = f"the parameter {info.name} of {draft.id} goes to {target.name}, where it {complaint}"
        yield PolicyError(message, hint=target.doc.rstrip("."), location=place)


def _in_order(names: tuple[str, ...], order: tuple[str, ...]) -> bool:
    """Whether the names come in this order; nothing is asked where there is none."""
    found = [order.index(name) for name in names if name in order]
    return not order or found == sorted(found)


def _passed_on(
    draft: PolicyDraft,
    index: int,
    given: Mapping[str, object],
    chosen: Mapping[str, tuple[Any, _Said]],
    used: set[str],
    faults: list[PolicyError],
) -> Mapping[str, object]:
    """What a pack hands to a pack of its own."""
    passed = dict(given)
    for key, value in given.items():
        name = parameter_in(value)
        if name in chosen:
            used.add(str(name))
            passed[key] = chosen[str(name)][0]
        elif name is not None:
            faults.append(_undeclared(draft, name, chosen, draft.extends_at(index, "with", key)))
    return passed


def _undeclared(draft: PolicyDraft, name: str, known: Mapping[str, object], place: Location) -> PolicyError:
    message = f"{draft.id} declares no parameter {nearest.shown(name)}"
    return PolicyError(message, hint=nearest.did_you_mean(name, known) or "declare it under parameters", location=place)


def _misfit(wanted: Mapping[str, object], value: object) -> str:
    """What a schema has against a value, in words, or nothing."""
    return _complaint(json.dumps(["parameter", wanted, value], sort_keys=True, default=str))


@lru_cache(maxsize=1000)
def _complaint(asked: str) -> str:
    """The same for what a kind of parameter, a schema and a value are as JSON. An answer of yes is remembered."""
    found: list[str] = []

    def accepted() -> bool:
        _, wanted, value = json.loads(asked)
        found.extend(schema.complaints(value, wanted))
        return not found

    validated.unless_known(asked.encode(), validated.schema_digest("policy.schema.json"), accepted)
    return found[0] if found else ""
