"""The schema of a rule: its selection, ratchet and rationale, and the parameters of each check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.model.dataset import Role
from checker.model.policy import Level, Stage, WhenMissing
from checker.policy.schemas.shapes import END, Schema, identifier, listing, plain, record, text, texts, values
from checker.rules._base import Check, ParamInfo

AXES = ("domain", "language", "source")
CONFIDENCES = ("measured", "benchmark", "framework", "default")


def selector() -> Schema:
    """What a policy selects by."""
    return {
        "description": "Which datasets are judged, and which of their records. What is left out selects everything.",
        **record(_keys_of_selection()),
    }


def _keys_of_selection() -> Schema:
    axis = {"anyOf": [text(), texts()], "examples": [["health", "legal"], "en"]}
    return {
        "datasets": {**texts("Globs over dataset names; ** crosses folders."), "examples": [["data/train/**"]]},
        "roles": {
            **listing({"enum": values(Role)}),
            "description": "Any of these roles (headwater.yaml).",
            "examples": [["train"]],
        },
        "labels": {**texts("Any of these DVC labels."), "examples": [["text"]]},
        "paths": {
            **texts("Globs over shards within the dataset; only for checks that count records."),
            "examples": [["2026/**", "*.jsonl"]],
        },
        "where": {
            **record({name: {**axis, "description": f"Records of any of these {name}s."} for name in AXES}),
            "minProperties": 1,
            "description": "Only records of these domains, languages or sources are judged.",
            "examples": [{"domain": ["health", "legal", "finance"]}],
        },
        "require_match": {
            "type": "boolean",
            "description": "Whether a rule that matches nothing blocks, unless its pack is for other data.",
            "default": False,
        },
    }


def _selector_of_rule() -> Schema:
    """As that of a policy; a policy that was resolved also says what packs had selected by."""
    keys = _keys_of_selection()
    narrowed = {
        **listing({"enum": ["datasets", "roles", "labels", "paths", "where"]}),
        "uniqueItems": True,
        "description": "Written by policy explain --resolved: what a pack selects by need not match anything.",
    }
    return {
        "description": "Narrows this rule further; sets keys the policy leaves open.",
        **record({**keys, "narrowed_by_pack": narrowed}),
    }


def rule(checks: list[Check[Any]]) -> Schema:
    return {
        **record(
            {
                "id": identifier("The rule's id within its policy.", "synthetic-per-shard"),
                "check": {"enum": [check.id for check in checks], "description": "headwater policy explain CHECK"},
                "title": text("The demand in one line.", "At most 20% machine-made records in any shard"),
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
                "with": {"type": "object", "description": "The parameters of the check.", "examples": [{"max": 0.2}]},
                "select": _selector_of_rule(),
                "rationale": _rationale(),
                "fix": text(
                    "What to do about a finding, in the words of this team.",
                    "move the excess records to data/quarantine",
                ),
                "tags": texts("Words to find the rule by.", ["mix"]),
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


def _rationale() -> Schema:
    fields = record(
        {
            "why": text("The reason for this rule and this limit.", "caps feedback loops"),
            "source": text("Where the reason can be checked: paper, law, ablation.", "ablation/2026-10-03"),
            "confidence": {
                "enum": list(CONFIDENCES),
                "description": "How the limit is known: measured by you, a published benchmark, demanded by a "
                "framework, or a default that somebody chose.",
            },
            "review_by": {
                "type": "string",
                "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" + END,
                "patternErrorMessage": "write a day as YYYY-MM-DD",
                "description": "The day to think again, YYYY-MM-DD; a rule past it is warned of.",
                "examples": ["2027-04-01"],
            },
        }
    )
    return {**fields, "description": "Why the rule stands, and until when nobody has to ask."}


def parameters(check: Check[Any]) -> Schema:
    """What `with` may hold. Required parameters are asked for after packs are merged, so not here."""
    return {"type": "object", **record({info.name: _parameter(info) for info in check.parameters()})}


def _parameter(info: ParamInfo) -> Schema:
    """The parameter of a check, in whose place that of a pack may stand."""
    described: Schema = {"description": info.doc + (f" Unit: {info.unit}." if info.unit else "")}
    if not info.required:
        described["default"] = plain(info.default)
    elif "enum" not in info.schema:
        described["examples"] = [plain(example_value(info))]
    return {
        **described,
        "if": {"type": "object", "required": ["parameter"]},
        "then": {"$ref": "#/$defs/parameter"},
        "else": {**info.schema, **described},
    }


def example_value(info: ParamInfo) -> object:
    """The default; for a parameter without one, a value that the schema accepts."""
    if not info.required:
        return info.default
    schema: Mapping[str, Any] = info.schema
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "array":
            return [schema["items"]["enum"][0] if "enum" in schema["items"] else "*"]
        case "integer":
            return schema.get("minimum", 0)
        case "number":
            return 0.2 if schema.get("minimum", 0) <= 0.2 <= schema.get("maximum", 1) else schema["minimum"]
        case "boolean":
            return True
    return "text"
