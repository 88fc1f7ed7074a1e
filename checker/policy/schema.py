"""The JSON Schemas of the files that people write, made from the checks, and the faults found with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

from checker import rules
from checker.errors import PolicyError
from checker.model.composition import Origin
from checker.model.dataset import Role
from checker.model.location import Location
from checker.model.policy import Level, Stage, WhenMissing
from checker.policy.fields import RECORD_FIELDS, VALUE_FIELDS
from checker.policy.nearest import did_you_mean
from checker.rules._base import Check, ParamInfo
from checker.safeyaml import Document

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
API_VERSION = "headwater/v1"
AXES = ("domain", "language", "source")
CONFIDENCES = ("measured", "benchmark", "framework", "default")
_MOST_FAULTS = 200


def published() -> dict[str, Schema]:
    """File name under `policies/schema/` -> schema."""
    return {"policy.schema.json": policy_schema(), "settings.schema.json": settings_schema()}


@cache
def policy_schema() -> Schema:
    """Policies and packs. What a rule demands of `with` depends on its `check`."""
    checks = [rules.by_id(check_id) for check_id in rules.check_ids()]
    return {
        "$schema": DIALECT,
        "title": "headwater policy",
        **_record(
            {
                "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
                "kind": {"const": "Policy"},
                "metadata": _metadata(),
                "extends": {
                    **_list(_record({"pack": _text("A shipped pack with its version: baseline@1.")}, "pack")),
                    "uniqueItems": True,
                    "description": "Packs whose rules apply too; rules with the same id may only tighten them.",
                },
                "select": _selector(),
                "rules": {**_list({"$ref": "#/$defs/rule"}), "description": "The rules, each with an id of its own."},
                "waivers": _later("waivers come with a later version of headwater"),
            },
            "apiVersion",
            "kind",
            "metadata",
        ),
        "anyOf": [{"required": ["rules"]}, {"required": ["extends"]}],
        "$defs": {"rule": _rule(checks), **{f"with-{check.id}": _parameters(check) for check in checks}},
    }


@cache
def settings_schema() -> Schema:
    """`headwater.yaml`."""
    paths = _list(_path("A glob over paths of the repository."))
    return {
        "$schema": DIALECT,
        "title": "headwater settings (headwater.yaml)",
        **_record(
            {
                "datasets": {
                    **_list(_dataset()),
                    "description": "What headwater cannot see by itself; the first matching entry counts.",
                },
                "policies": {**paths, "description": "Policy files, as globs; by default policies/*.yaml."},
                "evidence": _text("Where measurements are shared: a path or an fsspec URL."),
                "budget": {
                    "type": "number",
                    "minimum": 0,
                    "description": "Seconds that measuring may take at the commit stage; 5 by default.",
                },
            }
        ),
    }


def _metadata() -> Schema:
    return _record(
        {
            "id": _id("The policy's id, the first half of every rule id. Never use one again for another policy."),
            "version": {
                "type": "string",
                "pattern": r"^[0-9]+(\.[0-9]+){0,2}([.+-][0-9A-Za-z.+-]+)?$",
                "patternErrorMessage": 'write numbers with dots, such as "1.2.0"',
                "description": 'The policy\'s version, such as "1.2.0", in quotes where it looks like a number.',
            },
            "title": _text("The policy in one line."),
            "owners": _texts("Who decides on this policy."),
            "refs": _texts("Laws, standards and papers behind the whole policy."),
        },
        "id",
    )


def _selector() -> Schema:
    axis = {"anyOf": [_text(), _texts()]}
    return {
        "description": "Which datasets are judged, and which of their records. What is left out selects everything.",
        **_record(
            {
                "datasets": _texts("Globs over dataset names; ** crosses folders."),
                "roles": {**_list({"enum": _values(Role)}), "description": "Any of these roles (headwater.yaml)."},
                "labels": _texts("Any of these DVC labels."),
                "where": {
                    **_record(dict.fromkeys(AXES, axis)),
                    "minProperties": 1,
                    "description": "Only records of these domains, languages or sources are judged.",
                },
                "require_match": {
                    "type": "boolean",
                    "description": "Whether a rule that matches no dataset counts as not evaluated.",
                },
            }
        ),
    }


def _rule(checks: list[Check[Any]]) -> Schema:
    return {
        **_record(
            {
                "id": _id("The rule's id within its policy."),
                "check": {"enum": [check.id for check in checks], "description": "headwater policy explain CHECK"},
                "title": _text("The demand in one line."),
                "level": {"enum": _values(Level), "description": "What a broken rule means; block fails the run."},
                "waivable": {"type": "boolean", "description": "Whether a waiver may relax the rule; yes by default."},
                "stages": {
                    **_list({"enum": _values(Stage)}),
                    "description": "When the rule is judged; always by default.",
                },
                "when_missing": {
                    "enum": _values(WhenMissing),
                    "description": "What a rule that could not be evaluated means; by default it warns at commit and "
                    "push and blocks at pr and release.",
                },
                "with": {"type": "object", "description": "The parameters of the check."},
                "select": {
                    **_selector(),
                    "description": "Narrows this rule further; sets keys the policy leaves open.",
                },
                "rationale": _rationale(),
                "fix": _text("What to do about a finding, in the words of this team."),
                "tags": _texts("Words to find the rule by."),
                "ratchet": _later("ratchets (no worse than base) come with a later version of headwater"),
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


def _rationale() -> Schema:
    return _record(
        {
            "why": _text("The reason for this rule and this limit."),
            "source": _text("Where the reason can be checked: paper, law, ablation."),
            "confidence": {
                "enum": list(CONFIDENCES),
                "description": "How the limit is known: measured by you, a published benchmark, demanded by a "
                "framework, or a default that somebody chose.",
            },
            "review_by": {
                "type": "string",
                "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
                "patternErrorMessage": "write a day as YYYY-MM-DD",
                "description": "The day to think again, YYYY-MM-DD.",
            },
        }
    )


def _dataset() -> Schema:
    mapping = {"type": "object", "additionalProperties": _text()}
    return _record(
        {
            "path": _path("A glob over paths of DVC outs."),
            "card": _path("The dataset's card."),
            "role": {"enum": _values(Role), "description": "What the dataset is for."},
            "modality": {"enum": ["text"], "description": "Other modalities come with a later version."},
            "format": {
                "enum": ["jsonl", "jsonl.gz", "jsonl.zst", "parquet", "csv", "tsv", "arrow", "text"],
                "description": "The format of the shards, where their names do not tell.",
            },
            "domain": _text("The domain of records that state none."),
            "language": _text("The language of records that state none."),
            "fields": {
                **_record({name: {"type": "string", "description": words} for name, words in RECORD_FIELDS.items()}),
                "description": "Canonical field -> dotted path in the record; an empty path means: do not read it.",
            },
            "values": {
                **_record(dict.fromkeys(VALUE_FIELDS, mapping)),
                "description": "Canonical field -> {value in the data: canonical value}.",
            },
            "origins": {**_list(_origin()), "description": "Who made the records that do not say so; the first wins."},
        },
        "path",
    )


def _origin() -> Schema:
    return _record(
        {
            "path": _path("A glob over shards, within the dataset."),
            "origin": {"enum": _values(Origin), "description": "Who made these records."},
            "kind": _text("The kind of making: generative, paraphrased, machine_translated, ..."),
            "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure this is."},
        },
        "path",
        "origin",
    )


def _parameters(check: Check[Any]) -> Schema:
    """What `with` may hold. Required parameters are asked for after packs are merged, so not here."""
    return {"type": "object", **_record({info.name: _parameter(info) for info in check.parameters()})}


def _parameter(info: ParamInfo) -> Schema:
    schema: Schema = {**info.schema, "description": info.doc + (f" Unit: {info.unit}." if info.unit else "")}
    return schema if info.required else {**schema, "default": plain(info.default)}


def plain(value: object) -> object:
    """A default as JSON has it."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _record(properties: Schema, *required: str) -> Schema:
    record: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**record, "required": list(required)} if required else record


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _text(description: str = "") -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    return {**text, "description": description} if description else text


def _texts(description: str = "") -> Schema:
    texts = {**_list(_text()), "uniqueItems": True}
    return {**texts, "description": description} if description else texts


def _path(description: str) -> Schema:
    """A path of the repository: relative, forward slashes, nothing that leads out of it."""
    return {
        "type": "string",
        "minLength": 1,
        "pattern": r"^(?!/)(?![A-Za-z]:)(?!(.*/)?\.\.(/|$))[^\\\u0000-\u001f]+$",
        "patternErrorMessage": "write a path within the repository, with forward slashes and without .. parts",
        "description": description,
    }


def _id(description: str) -> Schema:
    return {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,62}$",
        "patternErrorMessage": "use lower-case letters, digits and hyphens, at most 63",
        "description": description,
    }


def _later(message: str) -> Schema:
    return {"not": {}, "description": message}


def _values(kind: type[Enum]) -> list[str]:
    return [member.value for member in kind]


def faults(document: Document, schema: Schema) -> list[PolicyError]:
    """Everything that the schema has against a document, in the order of the file."""
    from jsonschema import Draft202012Validator

    found: dict[tuple[Location, str], PolicyError] = {}
    for error in Draft202012Validator(schema).iter_errors(document.data):
        for fault in _faults_of(error, document):
            if fault.location is not None:
                found.setdefault((fault.location, fault.message), fault)
        if len(found) >= _MOST_FAULTS:
            break
    return [found[key] for key in sorted(found, key=lambda key: (key[0].line or 0, key[0].column or 0, key[1]))]


def _faults_of(error: Any, document: Document) -> Iterator[PolicyError]:
    """One error of jsonschema in our words: where, what was found, what was expected."""
    keys = tuple(error.absolute_path)
    place, name = document.where(*keys), _name(keys)
    wanted, found, schema = error.validator_value, error.instance, error.schema
    match error.validator:
        case "additionalProperties" if wanted is False:
            properties = schema.get("properties", {})
            known = [key for key, entry in properties.items() if "not" not in entry]
            for key in found:
                if key not in properties:
                    message = f"unknown key {shown(key)}{_inside(keys)}"
                    yield PolicyError(message, hint=did_you_mean(key, known), location=document.where_key(*keys, key))
        case "required":
            for key in wanted:
                if key not in found:
                    hint = schema["properties"].get(key, {}).get("description", "")
                    yield PolicyError(f"the key {key} is missing{_inside(keys)}", hint=_lower(hint), location=place)
        case "enum" | "const":
            names = [str(value) for value in (wanted if error.validator == "enum" else [wanted])]
            yield PolicyError(f"{name} is {shown(found)}", hint=did_you_mean(found, names), location=place)
        case "not":
            yield PolicyError(f"{name} is not supported: {schema['description']}", hint="remove it", location=place)
        case _:
            yield PolicyError(f"{name} {_complaint(error)}", hint=_expectation(error), location=place)


def _complaint(error: Any) -> str:
    """What is wrong with one value."""
    wanted, found = error.validator_value, shown(error.instance)
    match error.validator:
        case "type":
            return f"is {found}, {_type_words(wanted)} is expected"
        case "minimum":
            return f"is {found}, the least is {wanted}"
        case "maximum":
            return f"is {found}, the most is {wanted}"
        case "exclusiveMinimum":
            return f"is {found}, more than {wanted} is expected"
        case "exclusiveMaximum":
            return f"is {found}, less than {wanted} is expected"
        case "minItems" | "minLength" | "minProperties":
            return "is empty"
        case "uniqueItems":
            return "names something twice"
        case "anyOf" | "oneOf" if all(set(branch) == {"required"} for branch in wanted):
            return f"states none of: {', '.join(key for branch in wanted for key in branch['required'])}"
        case "anyOf" | "oneOf" if all("type" in branch for branch in wanted):
            return f"is {found}, {_type_words([branch['type'] for branch in wanted])} is expected"
    return f"is {found}"


def _expectation(error: Any) -> str:
    """The next step for one value."""
    if error.validator == "type" and error.validator_value == "string" and not isinstance(error.instance, dict | list):
        return "put it in quotes"
    if error.validator == "pattern" and "patternErrorMessage" in error.schema:
        return str(error.schema["patternErrorMessage"])
    return _lower(str(error.schema.get("description", "")))


def _type_words(wanted: str | list[str]) -> str:
    words = {
        "string": "text",
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
        "null": "nothing",
    }
    return " or ".join(words[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _name(keys: tuple[str | int, ...]) -> str:
    """The path of keys as people write it: `rules[2].with.max`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".") or "the file"


def _inside(keys: tuple[str | int, ...]) -> str:
    return f" in {_name(keys)}" if keys else ""


def shown(value: object) -> str:
    """A value from a file, short enough for a message."""
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _lower(description: str) -> str:
    """The first sentence of a description as the tail of a message."""
    text = description.partition(". ")[0].rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
