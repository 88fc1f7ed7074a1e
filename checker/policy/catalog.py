"""The checks with their parameters, and the packs that are shipped: what a policy can be written with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker import rules
from checker.policy.explain import bounds, direction
from checker.policy.packs import find_pack, list_packs
from checker.policy.resolved import value_text
from checker.policy.schemas.shapes import plain
from checker.rules._base import Check, ParamInfo

_LONGEST = 200
SCHEMA = "headwater/policy-list/v1"


def catalog() -> dict[str, Any]:
    """All of it, as JSON has it."""
    return {
        "schema": SCHEMA,
        "checks": [_check(rules.by_id(check_id)) for check_id in rules.check_ids()],
        "packs": [_pack(reference, title) for reference, title in list_packs()],
    }


def in_words(found: Mapping[str, Any]) -> str:
    """A catalog as text."""
    return "\n".join([*_checks_in_words(found["checks"]), "packs:", *_packs_in_words(found["packs"])])


def _check(check: Check[Any]) -> dict[str, Any]:
    return {
        "id": check.id,
        "group": check.group,
        "demands": check.doc.strip().partition("\n")[0].rstrip("."),
        "docs": f"docs/rules.md#{check.id}",
        "ratchet": check.worse or None,
        "parameters": [_parameter(info) for info in check.parameters()],
    }


def _parameter(info: ParamInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "description": info.doc,
        "required": info.required,
        "default": plain(info.default),
        "unit": info.unit,
        "stricter": info.stricter.value,
        "stricter_words": direction(info),
        "order": list(info.order),
        "values": list(bounds(info.schema)),
        "schema": dict(info.schema),
    }


def _pack(reference: str, title: str) -> dict[str, Any]:
    draft = find_pack(reference, None).draft
    return {"pack": reference, "version": draft.version, "title": title, "rules": [rule.id for rule in draft.rules]}


def _checks_in_words(checks: list[dict[str, Any]]) -> Iterator[str]:
    for check in checks:
        worse = f"; a ratchet holds against {check['ratchet']} values" if check["ratchet"] else ""
        yield f"{check['id']} ({check['group']}): {check['demands']}"
        yield f"    {check['docs']}{worse}"
        width = max((len(entry["name"]) for entry in check["parameters"]), default=0)
        for entry in check["parameters"]:
            given = "required" if entry["required"] else f"default {value_text(entry['default'])}"
            facts = [
                given,
                *(_short(check, values) for values in entry["values"]),
                *([f"unit {entry['unit']}"] if entry["unit"] else []),
            ]
            yield f"    {entry['name']:<{width}}  {'; '.join(facts)}; stricter: {entry['stricter_words']}"
        yield ""


def _short(check: Mapping[str, Any], values: str) -> str:
    """Long lists of names are left to the page of the check."""
    return values if len(values) <= _LONGEST else f"one of many (headwater policy explain {check['id']})"


def _packs_in_words(packs: list[dict[str, Any]]) -> Iterator[str]:
    width = max(len(pack["pack"]) for pack in packs)
    for pack in packs:
        yield f"    {pack['pack']:<{width}}  {pack['title']} ({len(pack['rules'])} rules)"
