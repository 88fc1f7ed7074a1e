"""What a comparison calls tightened never passes what was refused before: tried on every check, with the case files."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import rules
from checker.evaluate import apply
from checker.model.evidence import Evidence
from checker.model.location import Location
from checker.model.outcome import Status
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage
from checker.policy.comparing.change import Direction
from checker.policy.comparing.rules import compare_uses
from checker.policytest.given import evidence
from checker.rules._base import Check
from checker.rules._cel import installed

CASES = sorted((Path(__file__).parents[1] / "rules").glob("*/*.yaml"))
CHECKS = sorted({path.parent.name for path in CASES} - (set() if installed() else {"expression"}))
HERE = Location("policies/team.yaml", 5)
NUMBERS = (0, 0.001, 0.01, 0.03, 0.05, 0.08, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95, 0.98, 0.999, 1, 2, 3.5)
INTEGERS = (0, 1, 2, 3, 4, 5, 8, 10, 20, 50, 100, 300, 1000, 100_000)
NAMES = ("*", "gold", "eval", "base", "data/**", "mit", "cc-by-4.0", "cc-by-nc-4.0", "in-house", "other")
# Values that are tried for each parameter, beside those of the case and the default.
VALUES = 6
# What no case file has: where one part dilutes another, where nobody knows a license, where rows are unreadable.
MORE: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "unknown-provenance": (
        {
            "params": {"max": 0.1, "domains": ["health"], "per": ["dataset"]},
            "shards": {
                "07.jsonl": [
                    {"origin": "unknown", "records": 10, "domain": "health"},
                    {"origin": "human", "records": 10, "domain": "health"},
                    {"origin": "human", "records": 1000, "domain": "news"},
                ]
            },
        },
    ),
    "license-allowed": (
        {
            "params": {"allow": ["*"], "places": ["records"]},
            "shards": {"07.jsonl": [{"origin": "human", "records": 3, "licenses": {"in-house": 3}}]},
        },
    ),
    "duplication": (
        {
            "params": {"across": ["eval"]},
            "shards": {"07.jsonl": [{"origin": "human", "records": 1000}]},
            "duplication": {"documents": 1000, "exact": 0},
            "overlaps": {"eval": {"exact": 31}, "*": {"exact": 0}},
        },
    ),
}
UNREADABLE = {
    "shards": {
        "07.jsonl": {
            "bad_rows": 3,
            "cells": [{"origin": "human", "records": 100, "scores": {900: 100}, "licenses": {"MIT": 100}}],
        }
    }
}
ROWS = {
    "license-allowed": {"allow": ["MIT"], "places": ["records"]},
    "origin-flags": {},
    "real-floor": {},
    "unknown-provenance": {},
}
GRAVE_FIRST = (Status.FAIL, Status.NOT_EVALUATED, Status.WARN, Status.PASS)


class Draw:
    """Random parameters for one case, that speak of what the case has."""

    def __init__(self, case: Mapping[str, Any], seed: str) -> None:
        self.random = random.Random(seed)
        self.names = sorted({*NAMES, *_words({key: case[key] for key in case if key != "expect"})})

    def value(self, schema: Mapping[str, Any]) -> Any:
        """Something that the schema of a parameter accepts."""
        kind = schema.get("type")
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if kind == "array":
            pool = schema["items"].get("enum", self.names)
            number = max(schema.get("minItems", 0), self.random.choice((0, 1, 1, 2, 3)))
            return self.random.sample(pool, min(number, len(pool)))
        if kind == "object":
            return {key: self.value(one) for key, one in schema["properties"].items() if self.random.random() < 0.6}
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "string":
            return self.random.choice(self.names)
        return self.random.choice([one for one in (INTEGERS if kind == "integer" else NUMBERS) if _fits(one, schema)])

    def params(self, check: Check[Any], given: Mapping[str, Any], share: float) -> dict[str, Any]:
        """These parameters, some with other values; conditions stay, as no other text is one."""
        found = dict(given)
        for info in check.parameters():
            if self.random.random() < share and check.id != "expression":
                found[info.name] = self.value(info.schema)
        return found


def _fits(number: float, schema: Mapping[str, Any]) -> bool:
    infinite = float("inf")
    return bool(
        schema.get("minimum", -infinite) <= number <= schema.get("maximum", infinite)
        and schema.get("exclusiveMinimum", -infinite) < number < schema.get("exclusiveMaximum", infinite)
    )  # fmt: skip


def _words(described: Any) -> Iterator[str]:
    if isinstance(described, Mapping):
        for key, value in described.items():
            yield from (str(key), *_words(value))
    elif isinstance(described, list):
        for value in described:
            yield from _words(value)
    elif isinstance(described, str) and 0 < len(described) < 20:
        yield described


def _cases(check_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is known of a dataset, and the parameters that make it interesting."""
    for path in CASES:
        if path.parent.name == check_id:
            yield path.stem, yaml.safe_load(path.read_text("utf-8"))
    for number, case in enumerate(MORE.get(check_id, ())):
        yield f"more {number}", case
    if check_id in ROWS:
        yield "unreadable rows", {"params": ROWS[check_id], **UNREADABLE}


def _rule(check: Check[Any], given: Mapping[str, Any]) -> RuleUse:
    return RuleUse("team/rule", check.id, check.build(given), Level.BLOCK, Selector(), HERE)


def _worst(rule: RuleUse, seen: Evidence) -> Status:
    policy, fresh = Policy("team", "", "", (rule,), HERE), seen._replace(shared={})
    found = apply((policy,), {fresh.dataset.name: fresh}, Stage.PR, everything=True)
    return min((outcome.status for outcome in found), key=GRAVE_FIRST.index)


def _alternatives(draw: Draw, check: Check[Any], case: Mapping[str, Any]) -> Iterator[list[RuleUse]]:
    """Rules that differ in one parameter, for each parameter; the others as in the case, and at random."""
    for share in (0.0, 0.3):
        given = draw.params(check, case.get("params", {}), share)
        for info in check.parameters():
            known = [given[info.name]] if info.name in given else []
            values = [*known, *([] if info.required else [info.default])]
            if check.id != "expression":
                values += [draw.value(info.schema) for _ in range(VALUES)]
            choices = [{**given, info.name: value} for value in values]
            yield [_rule(check, choice) for choice in choices if not any(check.refuse(check.build(choice)))]


@pytest.mark.parametrize("check_id", CHECKS)
def test_no_tightened_rule_passes_what_was_refused(check_id: str) -> None:
    check, tightened = rules.by_id(check_id), 0
    for name, case in _cases(check_id):
        seen = evidence(case)
        for uses in _alternatives(Draw(case, name), check, case):
            judged = [(use, _worst(use, seen)) for use in uses]
            for (old, before), (new, after) in permutations(judged, 2):
                # What nobody could tell may turn out well; a breach stays one.
                if before is after or before is Status.NOT_EVALUATED:
                    continue
                if any(change.direction is Direction.LOOSENED for change in compare_uses(old, new)):
                    continue
                tightened += 1
                assert GRAVE_FIRST.index(after) < GRAVE_FIRST.index(before), (name, before, after, old, new)
    assert tightened > 10 or check_id == "expression", "nothing that was tightened changed any judgement"
