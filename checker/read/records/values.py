"""Raw values made comparable: a value in a key must hash, and true must not equal 1."""

from __future__ import annotations

from checker.read.records.vocabulary import BLANKS

OBJECT = "(object)"
blank = BLANKS.__contains__


def freeze(value: object) -> object:
    """Lists become tuples, booleans words; an object only tells that it is there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return OBJECT if value else None
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)


def text_of(value: object) -> str:
    """The text of a field: a string, or a list of strings or `{"text": …}` parts, as chat APIs write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return text_of(value.get("text"))
    if isinstance(value, (list, tuple)):
        return "".join(text_of(part) for part in value)
    return ""
