"""What a scalar without quotes means in YAML 1.2, and which scalars mean different things to different readers."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LONGEST_NUMBER = 400
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_BOOLS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
# The forms that ruamel.yaml, hence DVC, takes for numbers: YAML 1.2 core, plus underscores and 0b.
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)\Z"
)
_SPECIAL = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z")


def shown(text: str) -> str:
    """A file's own words in a message: as they are, unless they would flood it."""
    return text if len(text) <= 60 else f"{text[:57]}..."


class Refused(Exception):
    """A scalar that is not read; `hint` is how to write what was meant."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def meaning(text: str, *, strict: bool) -> object:
    """The value of a scalar without quotes. Dates stay text. Raises Refused, when strict also for the ambiguous."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        return _number(text, strict=strict)
    if strict and len(text) <= 3 and (meant := _OLD_BOOLS.get(text.lower())):
        raise Refused(
            f"{text} is {meant} to some YAML readers and text to others", f'write "{text}" in quotes, or {meant}'
        )
    return text


def _number(text: str, *, strict: bool) -> object:
    """A number, or text that only begins like one."""
    if strict:
        _refuse_ambiguous(text)
    integer = _INT.match(text)
    if integer or _FLOAT.match(text):
        digits = text.replace("_", "")
        if len(digits) > _LONGEST_NUMBER:
            raise Refused(f"a number of {len(digits)} digits", "put it in quotes if it is text")
        value = _integer(digits) if integer else float(digits)
        if strict and value in (float("inf"), float("-inf")):
            raise Refused(f"{shown(text)} is larger than any number here", "write a smaller number")
        return value
    return float(text.replace(".", "")) if _SPECIAL.match(text) else text


def _refuse_ambiguous(text: str) -> None:
    """YAML 1.1 readers (PyYAML among them) and YAML 1.2 readers take these for different values."""
    if _SEXAGESIMAL.match(text):
        raise Refused(f"{shown(text)} is a number in base 60 to some YAML readers", f'write "{shown(text)}" in quotes')
    if _SPECIAL.match(text):
        raise Refused(f"{shown(text)} is not a limit that anything can be held against", "write a number")
    numeric = _INT.match(text) or _FLOAT.match(text)
    if _LEADING_ZERO.match(text) or (numeric and ("_" in text or text.lstrip("+-")[:2] in ("0o", "0b"))):
        hint = f'write it in decimal without leading zeros or underscores, or "{shown(text)}" in quotes'
        raise Refused(f"{shown(text)} is a different number to different YAML readers", hint)


def _integer(digits: str) -> object:
    bare = digits.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(bare[:2], 10)
    return int(digits, base) if base == 10 or len(bare) > 2 else digits
