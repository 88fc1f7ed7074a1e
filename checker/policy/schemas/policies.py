"""The schema of policies and packs, made from the checks' own parameters."""

from __future__ import annotations

from functools import cache

from checker import added, rules
from checker.policy.schemas.packs import declarations, extends, include
from checker.policy.schemas.rules import parameters, rule, selector
from checker.policy.schemas.shapes import DIALECT, END, Schema, identifier, listing, record, text, texts

API_VERSION = "headwater/v1"


def policy_schema() -> Schema:
    """Policies and packs. What a rule demands of `with` depends on its `check`."""
    return _policy_schema(added.digest())


@cache
def _policy_schema(plugins: str) -> Schema:
    """For one set of plug-ins, told apart by their digests."""
    checks = [rules.by_id(check_id) for check_id in rules.check_ids()]
    return {
        "$schema": DIALECT,
        "title": "headwater policy",
        **record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "Policy", "description": "What the document is."},
                "metadata": {**_metadata(), "description": "Write metadata: {id: team, version: 1.0.0}."},
                "include": {
                    **listing(include()),
                    "uniqueItems": True,
                    "description": "Packs of the organization, each pinned to its very bytes; extends names them.",
                    "examples": [[{"file": "governance/packs/org-core.yaml", "sha256": "0" * 64}]],
                },
                "extends": {
                    **listing(extends()),
                    "uniqueItems": True,
                    "description": "Packs whose rules apply too; rules with the same id may only tighten them.",
                    "examples": [[{"pack": "baseline@1"}]],
                },
                "parameters": declarations(),
                "select": selector(),
                "rules": {
                    **listing({"$ref": "#/$defs/rule"}),
                    "description": "Write the rules, each with an id of its own, or leave the key out.",
                    "examples": [[{"id": "cap", "check": "synthetic-cap", "level": "block", "with": {"max": 0.2}}]],
                },
                "waivers": _waivers(),
            },
            "apiVersion",
            "kind",
            "metadata",
        ),
        "anyOf": [{"required": ["rules"]}, {"required": ["extends"]}],
        "$defs": {
            "rule": rule(checks),
            "parameter": record(
                {"parameter": identifier("A name of parameters, whose value stands here.", "cap")}, "parameter"
            ),
            **{f"with-{check.id}": parameters(check) for check in checks},
        },
    }


def _metadata() -> Schema:
    return record(
        {
            "id": identifier(
                "The policy's id, the first half of every rule id. Never use one again for another policy.",
                "team",
            ),
            "version": {
                "type": "string",
                "pattern": r"^[0-9]+(\.[0-9]+){0,2}([.+-][0-9A-Za-z.+-]+)?" + END,
                "patternErrorMessage": 'write numbers with dots, such as "1.2.0"',
                "description": 'The policy\'s version, such as "1.2.0", in quotes where it looks like a number.',
                "examples": ["1.0.0"],
            },
            "title": text("The policy in one line.", "What training data of this team has to satisfy"),
            "owners": texts("Who decides on this policy.", ["@org/data-governance"]),
            "refs": texts("Laws, standards and papers behind the whole policy.", ["EU AI Act Art. 10(2)(b)"]),
        },
        "id",
    )


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
