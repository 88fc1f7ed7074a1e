"""From a place within a text to its place in the YAML file that the text is written in."""

from __future__ import annotations

from checker.model.location import Location

# How many letters of the file stand for one of the text, after a backslash.
_ESCAPED = {"x": 4, "u": 6, "U": 10}


def inside(source: bytes, start: Location, line: int, column: int) -> Location:
    """The place in the file; that of the text's start where line breaks were folded in a way that hides it."""
    lines = source.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    row, first = (start.line or 0) - 1, (start.column or 1) - 1
    if not 0 <= row < len(lines) or first >= len(lines[row]):
        return start
    sign = lines[row][first]
    if sign in "|>":
        return _block(lines, start, row + 1, line, column, folded=sign == ">")
    if line > 1:
        return start
    quoted = sign in "'\""
    at = _quoted(lines[row], first + 1, column - 1, sign) if quoted else first + column - 1
    return Location(start.path, row + 1, at + 1) if at < len(lines[row]) else start


def _block(lines: list[str], start: Location, top: int, line: int, column: int, *, folded: bool) -> Location:
    """In `|` a line is a line. In `>` lines are joined by one blank, so the column runs on through them."""
    filled = next((text for text in lines[top:] if text.strip()), "")
    indent = len(filled) - len(filled.lstrip(" "))
    if not folded:
        row = top + line - 1
        return Location(start.path, row + 1, indent + column) if row < len(lines) else start
    if line > 1:
        return start
    for row, text in enumerate(lines[top:], top):
        length = len(text) - indent
        if not text.strip():
            break
        if column <= length + 1:
            return Location(start.path, row + 1, indent + column)
        column -= length + 1
    return start


def _quoted(text: str, at: int, letters: int, quote: str) -> int:
    """The column of a letter of a quoted text."""
    for _ in range(letters):
        if at >= len(text):
            break
        if quote == '"' and text[at] == "\\":
            at += _ESCAPED.get(text[at + 1 : at + 2], 2)
        else:
            at += 2 if quote == "'" and text.startswith("''", at) else 1
    return at
