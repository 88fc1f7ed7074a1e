"""What a file's bytes must be before a YAML parser sees them."""

from __future__ import annotations

import re

from checker.errors import YamlError
from checker.model.location import Location

# Surrogates are not listed: decoding UTF-8 refuses them. A class of allowed ranges would take milliseconds to compile.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_ALLOWED_ASCII = b"\t\n\r" + bytes(range(0x20, 0x7F))
_ODD_BREAKS = ("\x85", "\u2028", "\u2029")


def check_bytes(data: bytes, path: str, *, size_bytes: int, strict: bool) -> None:
    """Refuse what is too long, not UTF-8, or holds characters that YAML does not allow. Costs one look at the bytes."""
    if len(data) > size_bytes:
        raise YamlError(f"the file has {len(data)} bytes, at most {size_bytes} are read", location=Location(path))
    harmless = data.isascii() and not data.translate(None, _ALLOWED_ASCII)
    text = "" if harmless else _decode(data, path)
    if odd := _FORBIDDEN.search(text):
        char = odd[0]
        known = {"\0": "a NUL byte", "\ufeff": "a byte order mark"}
        name = known.get(char, f"the control character U+{ord(char):04X}")
        raise YamlError(f"{name} is not allowed in YAML", hint="remove it", location=place_of(path, text, odd.start()))
    if strict:
        _check_separators(data, path)


def place_of(path: str, text: str, index: int) -> Location:
    """Line and column of a character."""
    line_start = text.rfind("\n", 0, index) + 1
    return Location(path, text.count("\n", 0, index) + 1, index - line_start + 1)


def has_tab(data: bytes, line: int | None) -> bool:
    """Whether the line, counted from 1, holds a tab."""
    lines = data.splitlines()
    return line is not None and line <= len(lines) and b"\t" in lines[line - 1]


def _decode(data: bytes, path: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise YamlError("the file is UTF-16, UTF-8 is expected", hint="save it as UTF-8", location=Location(path, 1, 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        place = place_of(path, before, len(before))
        raise YamlError(message, hint="save the file as UTF-8", location=place) from error


def _check_separators(data: bytes, path: str) -> None:
    """Readers differ in where a tab may stand, and in what ends a line."""
    if b"\t" in data:
        text = data.decode()
        hint = "use spaces; inside double quotes write \\t"
        raise YamlError("a tab is not allowed here", hint=hint, location=place_of(path, text, text.index("\t")))
    for odd in _ODD_BREAKS:
        if odd.encode() in data:
            text = data.decode()
            message = f"U+{ord(odd):04X} is a line break to some YAML readers and text to others"
            raise YamlError(message, hint="remove it", location=place_of(path, text, text.index(odd)))
