"""The schema of tests of policies: cases with what they are given and what they expect."""

from __future__ import annotations

from functools import cache

from checker.model.policy import Level, Stage
from checker.policy.schemas.given import COUNT, evidence_definitions
from checker.policy.schemas.policies import API_VERSION
from checker.policy.schemas.shapes import DIALECT, END, Schema, identifier, listing, path, record, text, texts, values

STATUSES = ("pass", "fail", "warn", "waived", "not-evaluated", "no-match", "not-judged")
DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" + END


@cache
def policy_test_schema() -> Schema:
    """A document of kind PolicyTest (`policies/tests/*.yaml`)."""
    return {
        "$schema": DIALECT,
        "title": "headwater policy test",
        **record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "PolicyTest"},
                "metadata": {
                    **record(
                        {"id": identifier("The id of these tests."), "title": text("The tests in one line.")}, "id"
                    ),
                    "description": "Write metadata: {id: team-tests}.",
                },
                "policy": {
                    **text("The policy under test: the id of one of this repository, or a pack such as baseline@1."),
                    "examples": ["team", "baseline@1"],
                },
                "cases": {
                    **listing({"$ref": "#/$defs/case"}),
                    "description": "The cases; each is judged on its own.",
                },
            },
            "apiVersion",
            "kind",
            "metadata",
            "policy",
            "cases",
        ),
        "$defs": {
            "case": _case(),
            "expectation": _expectation(),
            **evidence_definitions(),
        },
    }


def _case() -> Schema:
    return {
        **record(
            {
                "name": text("What the case shows, in words."),
                "given": {"$ref": "#/$defs/given"},
                "dataset": path("A folder with real shards and a card, beside the tests: fixtures/one-unknown."),
                "at": {
                    "type": "string",
                    "pattern": DAY,
                    "patternErrorMessage": "write a day as YYYY-MM-DD",
                    "description": "The day that waivers are judged by, YYYY-MM-DD in UTC.",
                },
                "stage": {
                    "anyOf": [{"enum": values(Stage)}, {**listing({"enum": values(Stage)}), "uniqueItems": True}],
                    "description": "The stage, or several at each of which the same is expected; pr by default.",
                },
                "waivers": {
                    **listing({"anyOf": [text(), {"type": "object"}]}),
                    "description": "Ids of waivers, or waivers as they would be written in waivers/.",
                },
                "signed_by": texts("Approvers whose signature of the waivers counts as verified; nobody by default."),
                "expect": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"anyOf": [{"enum": list(STATUSES)}, {"$ref": "#/$defs/expectation"}]},
                    "description": "Rule -> pass, fail, warn, waived, not-evaluated, no-match or not-judged.",
                },
            },
            "name",
            "expect",
        ),
        "anyOf": [{"required": ["given"]}, {"required": ["dataset"]}],
    }


def _expectation() -> Schema:
    """What may be expected of one rule beside its status."""
    return {
        **record(
            {
                "status": {"enum": list(STATUSES), "description": "The worst status over the parts of the dataset."},
                "level": {"enum": values(Level), "description": "The level of the rule."},
                "blocking": {"type": "boolean", "description": "Whether the run would fail because of this rule."},
                "waivable": {"type": "boolean", "description": "Whether a waiver or the baseline may relieve it."},
                "measured": {"type": ["number", "string"], "description": "The value that was compared."},
                "limit": {"type": ["number", "string"], "description": "The value that it was compared with."},
                "says": {"anyOf": [text(), texts()], "description": "Words that the message has."},
                "count": {**COUNT, "description": "How many outcomes have that status: parts, fields, claims, ..."},
                "scope": {
                    "type": "object",
                    "additionalProperties": text(),
                    "description": "The part of the dataset that is meant: {shard: 07.jsonl}; {} is the whole of it.",
                },
            }
        ),
        "anyOf": [
            {"required": [key]}
            for key in ("status", "level", "blocking", "waivable", "measured", "limit", "says", "count")
        ],
    }
