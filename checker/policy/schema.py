"""The published JSON Schemas of the files that people write, and the faults found with them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import PolicyError
from checker.model.location import Location
from checker.policy.nearest import did_you_mean, shown
from checker.policy.schemas.accepting import surely_fits
from checker.policy.schemas.policies import policy_schema
from checker.policy.schemas.settings import settings_schema
from checker.policy.schemas.shapes import Schema, plain
from checker.safeyaml import Document

_MOST_FAULTS = 200


def published() -> dict[str, Schema]:
    """File name under `policies/schema/` -> schema."""
    # A hook asks for none of these, and reads no tests.
    from checker.policy.schemas.policytests import policy_test_schema
    from checker.policy.schemas.waivers import groups_schema, waiver_schema

    return {
        "policy.schema.json": policy_schema(),
        "policy-test.schema.json": policy_test_schema(),
        "settings.schema.json": settings_schema(),
        "waiver.schema.json": waiver_schema(),
        "groups.schema.json": groups_schema(),
    }


def faults(document: Document, schema: Schema) -> list[PolicyError]:
    """Everything that the schema has against a document, in the order of the file."""
    if surely_fits(schema, document.data):
        return []
    from jsonschema import Draft202012Validator

    found: dict[tuple[Location, str], PolicyError] = {}
    for error in Draft202012Validator(schema).iter_errors(document.data):
        for fault in _faults_of(error, document):
            if fault.location is not None:
                found.setdefault((fault.location, fault.message), fault)
        if len(found) >= _MOST_FAULTS:
            break
    return [found[key] for key in sorted(found, key=lambda key: (key[0].line or 0, key[0].column or 0, key[1]))]


def complaints(value: object, wanted: Mapping[str, object]) -> Iterator[str]:
    """What a schema has against one value, each as the tail of a sentence."""
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(dict(wanted)).iter_errors(plain(value)):
        if error.validator == "enum":
            yield f"is {shown(error.instance)}, one of {', '.join(map(str, error.validator_value))} is expected"
        else:
            yield _complaint(error)


def _faults_of(error: Any, document: Document) -> Iterator[PolicyError]:
    """One error of jsonschema in our words: where, what was found, what was expected."""
    keys = tuple(error.absolute_path)
    place, name = document.where(*keys), _name(keys)
    wanted, found, schema = error.validator_value, error.instance, error.schema
    match error.validator:
        case "additionalProperties" if wanted is False:
            properties = schema.get("properties", {})
            for key in found:
                if key not in properties:
                    message = f"unknown key {shown(key)}{_inside(keys)}"
                    yield PolicyError(
                        message, hint=did_you_mean(key, properties), location=document.where_key(*keys, key)
                    )
        case "required":
            for key in wanted:
                if key not in found:
                    hint = schema["properties"].get(key, {}).get("description", "")
                    yield PolicyError(f"the key {key} is missing{_inside(keys)}", hint=_lower(hint), location=place)
        case "enum" | "const":
            names = [str(value) for value in (wanted if error.validator == "enum" else [wanted])]
            yield PolicyError(f"{name} is {shown(found)}", hint=did_you_mean(found, names), location=place)
        case "anyOf" if inner := _of_branch_meant(error):
            for one in inner:
                yield from _faults_of(one, document)
        case _:
            yield PolicyError(f"{name} {_complaint(error)}", hint=_expectation(error), location=place)


def _of_branch_meant(error: Any) -> list[Any]:
    """Of several kinds of records, what is wrong under the one that fits best; nothing where no type fits."""
    if not any({"$ref", "properties", "anyOf"} & set(branch) for branch in error.validator_value):
        return []
    wrong = ("type", "enum") if isinstance(error.instance, dict | list) else ("type",)
    branches: dict[object, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [
        inner
        for inner in branches.values()
        if not any(one.validator in wrong and not one.relative_path for one in inner)
    ]
    # What has the keys of a branch is meant for it, however much is wrong further inside.
    return min(fitting, key=lambda inner: (not all(one.relative_path for one in inner), len(inner)), default=[])


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
        case "minLength" if wanted > 1:
            return f"has {len(error.instance)} letters, at least {wanted} are expected"
        case "minItems" | "minLength" | "minProperties":
            return "is empty"
        case "maxLength" | "maxItems":
            things = "letters" if error.validator == "maxLength" else "members"
            return f"has {len(error.instance):,} {things}, at most {wanted:,} are expected"
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
    names = dict.fromkeys([wanted] if isinstance(wanted, str) else wanted)
    return " or ".join(words[name] for name in names)


def _name(keys: tuple[str | int, ...]) -> str:
    """The path of keys as people write it: `rules[2].with.max`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".") or "the file"


def _inside(keys: tuple[str | int, ...]) -> str:
    return f" in {_name(keys)}" if keys else ""


def _lower(description: str) -> str:
    """The first sentence of a description as the tail of a message."""
    text = description.partition(". ")[0].rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
