"""The schema of policies and packs, made from the checks' own parameters."""

from __future__ import annotations

from functools import cache
from typing import Any

from checker import rules
from checker.model.dataset import Role
from checker.model.policy import Level, Stage, WhenMissing
from checker.policy.shapes import (
    DIALECT,
    END,
    Schema,
    identifier,
    listing,
    plain,
    record,
    text,
    texts,
    values,
)
from checker.rules._base import Check, ParamInfo

API_VERSION = "headwater/v1"
AXES = ("domain", "language", "source")
CONFIDENCES = ("measured", "benchmark", "framework", "default")


@cache
def policy_schema() -> Schema:
    """Policies and packs. What a rule demands of `with` depends on its `check`."""
    checks = [rules.by_id(check_id) for check_id in rules.check_ids()]
    return {
        "$schema": DIALECT,
        "title": "headwater policy",
        **record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "Policy"},
                "metadata": {**_metadata(), "description": "Write metadata: {id: team, version: 1.0.0}."},
                "extends": {
                    **listing(record({"pack": text("A shipped pack with its version: baseline@1.")}, "pack")),
                    "uniqueItems": True,
                    "description": "Packs whose rules apply too; rules with the same id may only tighten them.",
                },
                "select": _selector(),
                "rules": {
                    **listing({"$ref": "#/$defs/rule"}),
                    "description": "Write the rules, each with an id of its own, or leave the key out.",
                },
                "waivers": _waivers(),
            },
            "apiVersion",
            "kind",
            "metadata",
        ),
        "anyOf": [{"required": ["rules"]}, {"required": ["extends"]}],
        "$defs": {"rule": _rule(checks), **{f"with-{check.id}": _parameters(check) for check in checks}},
    }


def _metadata() -> Schema:
    return record(
        {
            "id": identifier(
                "The policy's id, the first half of every rule id. Never use one again for another policy."
            ),
            "version": {
                "type": "string",
                "pattern": r"^[0-9]+(\.[0-9]+){0,2}([.+-][0-9A-Za-z.+-]+)?" + END,
                "patternErrorMessage": 'write numbers with dots, such as "1.2.0"',
                "description": 'The policy\'s version, such as "1.2.0", in quotes where it looks like a number.',
            },
            "title": text("The policy in one line."),
            "owners": texts("Who decides on this policy."),
            "refs": texts("Laws, standards and papers behind the whole policy."),
        },
        "id",
    )


def _selector() -> Schema:
    axis = {"anyOf": [text(), texts()]}
    return {
        "description": "Which datasets are judged, and which of their records. What is left out selects everything.",
        **record(
            {
                "datasets": texts("Globs over dataset names; ** crosses folders."),
                "roles": {**listing({"enum": values(Role)}), "description": "Any of these roles (headwater.yaml)."},
                "labels": texts("Any of these DVC labels."),
                "paths": texts("Globs over shards within the dataset; only for checks that count records."),
                "where": {
                    **record(dict.fromkeys(AXES, axis)),
                    "minProperties": 1,
                    "description": "Only records of these domains, languages or sources are judged.",
                },
                "require_match": {
                    "type": "boolean",
                    "description": "Whether a rule that matches nothing blocks, unless its pack is for other data.",
                },
            }
        ),
    }


def _rule(checks: list[Check[Any]]) -> Schema:
    return {
        **record(
            {
                "id": identifier("The rule's id within its policy."),
                "check": {"enum": [check.id for check in checks], "description": "headwater policy explain CHECK"},
                "title": text("The demand in one line."),
                "level": {"enum": values(Level), "description": "What a broken rule means; block fails the run."},
                "waivable": {"type": "boolean", "description": "Whether a waiver may relax the rule; yes by default."},
                "stages": {
                    **listing({"enum": values(Stage)}),
                    "description": "When the rule is judged; always by default.",
                },
                "when_missing": {
                    "enum": values(WhenMissing),
                    "description": "What a rule that could not be evaluated means; by default it warns at commit and "
                    "push and blocks at pr and release.",
                },
                "with": {"type": "object", "description": "The parameters of the check."},
                "select": {
                    **_selector(),
                    "description": "Narrows this rule further; sets keys the policy leaves open.",
                },
                "rationale": _rationale(),
                "fix": text("What to do about a finding, in the words of this team."),
                "tags": texts("Words to find the rule by."),
                "ratchet": _ratchet(),
            },
            "id",
            "check",
        ),
        "allOf": [
            {
                "if": {"properties": {"check": {"const": check.id}}, "required": ["check"]},
                "then": {"properties": {"with": {"$ref": f"#/$defs/with-{check.id}"}}},
            }
            for check in checks
        ],
    }


def _ratchet() -> Schema:
    return {
        "description": "No worse than a reference: each part is held against the same part there.",
        **record(
            {
                "against": {
                    "type": "string",
                    # HEAD is what is judged, and "the run before" moves along with every loss.
                    "pattern": r"^(?!HEAD" + END + r")(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}" + END,
                    "patternErrorMessage": "write base, release, gold, or the name of a tag, branch or commit",
                    "description": "base (where the change started), release (the last release tag), gold (the "
                    "reservoir), or a tag, branch or commit.",
                    "examples": ["base", "release", "gold", "v1.4.0"],
                },
                "max_worse": {
                    "type": "number",
                    "minimum": 0,
                    "description": "How much worse it may be, in the unit that the check measures.",
                    "examples": [0.02],
                },
                "max_worse_share": {
                    "type": "number",
                    "minimum": 0,
                    "description": "How much worse it may be, as a share of the reference's own value.",
                    "examples": [0.1],
                },
                "when_missing": {
                    "enum": values(WhenMissing),
                    "description": "What a reference that is not there means; by default what when_missing of the rule "
                    "says.",
                },
            }
        ),
        "minProperties": 1,
    }


def _waivers() -> Schema:
    return {
        "description": "What is asked of the waivers of these rules.",
        **record(
            {
                "max_days": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 730,
                    "default": 90,
                    "description": "The most days that a waiver may last.",
                },
                "min_approvers": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 20,
                    "default": 1,
                    "description": "How many must approve, no author among them; 0 only where one works alone.",
                },
                "approver_groups": {
                    **texts("Groups of governance/groups.yaml whose members may approve; without it anybody may."),
                    "examples": [["data-governance"]],
                },
                "signatures": {
                    "enum": ["optional", "required"],
                    "default": "optional",
                    "description": "Whether an approval counts only when its signature holds.",
                },
            }
        ),
        "minProperties": 1,
    }


def _rationale() -> Schema:
    return record(
        {
            "why": text("The reason for this rule and this limit."),
            "source": text("Where the reason can be checked: paper, law, ablation."),
            "confidence": {
                "enum": list(CONFIDENCES),
                "description": "How the limit is known: measured by you, a published benchmark, demanded by a "
                "framework, or a default that somebody chose.",
            },
            "review_by": {
                "type": "string",
                "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" + END,
                "patternErrorMessage": "write a day as YYYY-MM-DD",
                "description": "The day to think again, YYYY-MM-DD.",
            },
        }
    )


def _parameters(check: Check[Any]) -> Schema:
    """What `with` may hold. Required parameters are asked for after packs are merged, so not here."""
    return {"type": "object", **record({info.name: _parameter(info) for info in check.parameters()})}


def _parameter(info: ParamInfo) -> Schema:
    schema: Schema = {**info.schema, "description": info.doc + (f" Unit: {info.unit}." if info.unit else "")}
    return schema if info.required else {**schema, "default": plain(info.default)}
