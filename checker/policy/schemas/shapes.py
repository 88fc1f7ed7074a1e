"""The building blocks of the schemas."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


# In Python `$` also matches before a last line break; JavaScript's does not.
END = r"$(?!\n)"


def record(properties: Schema, *required: str) -> Schema:
    """A mapping with these keys and no others."""
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def listing(items: Schema) -> Schema:
    """A list that holds something."""
    return {"type": "array", "items": items, "minItems": 1}


def text(description: str = "", *examples: str) -> Schema:
    """Text that is not empty; editors offer the examples."""
    return {"type": "string", "minLength": 1, **_told(description, examples)}


def texts(description: str = "", *examples: list[str]) -> Schema:
    """A list of texts, each once; editors offer the examples."""
    return {**listing(text()), "uniqueItems": True, **_told(description, examples)}


def _told(description: str, examples: tuple[object, ...]) -> Schema:
    told: Schema = {"description": description} if description else {}
    return {**told, "examples": list(examples)} if examples else told


def path(description: str, *examples: str) -> Schema:
    """A path of the repository: relative, forward slashes, nothing that leads out of it."""
    return {
        "type": "string",
        "minLength": 1,
        "pattern": r"^(?!/)(?![A-Za-z]:)(?!(.*/)?\.\.(/|$))[^\\\u0000-\u001f]+" + END,
        "patternErrorMessage": "write a path within the repository, with forward slashes and without .. parts",
        **_told(description, examples),
    }


def identifier(description: str, *examples: str) -> Schema:
    """The id of a policy or rule."""
    return {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9-]{0,62}" + END,
        "patternErrorMessage": "use lower-case letters, digits and hyphens, at most 63",
        **_told(description, examples),
    }


def values(kind: type[Enum]) -> list[str]:
    """The values of an enum."""
    return [member.value for member in kind]


def plain(value: object) -> object:
    """A default as JSON has it."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value
