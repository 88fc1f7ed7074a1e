"""The schemas of waivers and of approver groups, and of what a waiver may relax of one check."""

from __future__ import annotations

from functools import cache

from checker import added, rules
from checker.policy.schemas.policies import API_VERSION
from checker.policy.schemas.shapes import DIALECT, END, Schema, identifier, listing, plain, record, text

# Each axis with an example for editors.
AXES = {"domain": "health", "language": "en", "source": "clinic-*"}
LEAST_REASON = 20
MOST_REASON = 2000
_ID = "[a-z0-9][a-z0-9-]{0,62}"


@cache
def waiver_schema() -> Schema:
    """A file below `waivers/`. What `relax` may hold depends on the rule's check (`relax_schema`)."""
    return {
        "$schema": DIALECT,
        "title": "headwater waiver",
        "description": "Relaxes a limit of one rule, for one place and for a while. It never switches a rule off.",
        **record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "Waiver", "description": "What the document is."},
                "metadata": _metadata(),
                "rule": _rule(),
                "match": _match(),
                "relax": {
                    "type": "object",
                    "minProperties": 1,
                    "description": "Parameters of the rule's check with the looser limit that holds for a while.",
                    "examples": [{"max": 0.04}],
                },
                "reason": {
                    "type": "string",
                    "minLength": LEAST_REASON,
                    "maxLength": MOST_REASON,
                    "description": "Why the breach may stand for a while, and what is done about it meanwhile.",
                    "examples": ["The export of 2019 has no capture metadata; the vendor delivers again in December."],
                },
                "ticket": text("Where the work on it is tracked.", "DATA-1182"),
                "owner": _person("Who sees to it that the waiver is no longer needed."),
                "requested_by": _person("Who asks for the waiver. They cannot approve it."),
                "approved_by": {
                    **listing(_person()),
                    "uniqueItems": True,
                    "maxItems": 20,
                    "description": "Who approves, as groups.yaml and allowed_signers name them.",
                    "examples": [["ana@example.org"]],
                },
                "not_before": _day("The first day (UTC) on which the waiver counts."),
                "expires": _day("The last day (UTC) on which the waiver counts."),
            },
            "apiVersion",
            "kind",
            "metadata",
            "rule",
            "match",
            "relax",
            "reason",
            "expires",
        ),
        "anyOf": [{"required": ["requested_by"]}, {"required": ["owner"]}],
    }


def _metadata() -> Schema:
    return {
        **record({"id": identifier("The waiver's id. Never use one again for another waiver.", "wv-2026-014")}, "id"),
        "description": "Write metadata: {id: wv-2026-014}.",
        "examples": [{"id": "wv-2026-014"}],
    }


def _rule() -> Schema:
    return {
        "type": "string",
        "pattern": f"^{_ID}/{_ID}{END}",
        "patternErrorMessage": "write policy/rule, as reports name it",
        "description": "The rule to relax, policy/rule as reports name it.",
        "examples": ["team/cap"],
    }


@cache
def groups_schema() -> Schema:
    """`governance/groups.yaml`."""
    return {
        "$schema": DIALECT,
        "title": "headwater approver groups",
        "description": "Who may approve waivers.",
        **record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "Groups", "description": "What the document is."},
                "metadata": {
                    **record({"id": identifier("An id for the file.", "approvers")}, "id"),
                    "description": "Write metadata: {id: approvers}.",
                },
                "groups": {
                    "type": "object",
                    "additionalProperties": {**listing(_person()), "uniqueItems": True},
                    "propertyNames": {"minLength": 1},
                    "description": "Each group with its members.",
                    "examples": [{"clinical-safety": ["ana@example.org", "bo@example.org"]}],
                },
                "gpg": {
                    "type": "object",
                    "additionalProperties": {
                        **listing(
                            {
                                "type": "string",
                                "pattern": "^([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})" + END,
                                "patternErrorMessage": "write the whole fingerprint, 40 hexadecimal digits",
                            }
                        ),
                        "uniqueItems": True,
                    },
                    "description": "Approvers with the fingerprints of the GPG keys that governance/*.asc holds.",
                },
            },
            "apiVersion",
            "kind",
            "metadata",
            "groups",
        ),
    }


def relax_schema(check_id: str) -> Schema:
    """What `relax` may hold for a rule of this check; placed so that faults name `relax.max`."""
    return _relax_schema(check_id, added.digest())


@cache
def _relax_schema(check_id: str, plugins: str) -> Schema:
    """For one set of plug-ins, told apart by their digests: another version has other parameters."""
    properties: Schema = {
        info.name: {
            **info.schema,
            "description": info.doc,
            **({} if info.required else {"default": plain(info.default)}),
        }
        for info in rules.by_id(check_id).parameters()
    }
    return {"$schema": DIALECT, "type": "object", "properties": {"relax": record(properties)}}


def _match() -> Schema:
    axes = {axis: text(f"A glob over the {axis}s of the records.", AXES[axis]) for axis in AXES}
    return {
        "description": "The place that the waiver is for. Everywhere else the rule stands as it is.",
        **record(
            {
                "dataset": text("A glob over dataset names; ** crosses folders.", "data/train"),
                "shard": text("A glob over the shards of the dataset.", "2019-*"),
                **axes,
            },
            "dataset",
        ),
        "examples": [{"dataset": "data/train", "shard": "2019-*"}],
    }


def _person(description: str = "") -> Schema:
    made: Schema = {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": r'^[^\s*?!,"\\#-][^\s*?!,"\\]*' + END,
        "patternErrorMessage": "write one name without spaces or wildcards, such as ana@example.org",
    }
    return {**made, "description": description, "examples": ["ana@example.org"]} if description else made


def _day(description: str) -> Schema:
    return {
        "type": "string",
        "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" + END,
        "patternErrorMessage": "write a day as YYYY-MM-DD",
        "description": description,
        "examples": ["2026-12-15"],
    }
