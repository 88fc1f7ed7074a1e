"""YAML of cards through the one guarded loader; a duplicate key costs its second entry, not the card."""

from __future__ import annotations

import re
from typing import NamedTuple

from checker import safeyaml
from checker.errors import YamlError
from checker.model.card import CardProblem
from checker.model.location import Location

_WRITTEN = re.compile(r"[^\s,\]}#'\"\[{&*!|>%@`][^\s,\]}#]*")
MAX_CHARACTERS = 4 * 1024 * 1024
_MAX_REPAIRS = 20
_LONGEST_REPAIRED = 256 * 1024


class YamlSource(NamedTuple):
    """A YAML document and its text. Lines count in the file that the text was cut from."""

    document: safeyaml.Document
    lines: tuple[str, ...]
    problems: tuple[CardProblem, ...] = ()

    @property
    def data(self) -> object:
        """The document as plain data."""
        return self.document.data

    def where(self, *keys: str | int) -> Location:
        """The place of the value at `keys`."""
        return self.document.where(*keys)

    def where_key(self, *keys: str | int) -> Location:
        """The place of the last of `keys` itself."""
        return self.document.where_key(*keys)

    def raw(self, *keys: str | int) -> str:
        """A scalar without quotes as it is written; `""` for anything else."""
        place = self.document.where(*keys)
        if place.line is None or place.column is None or place.line > len(self.lines):
            return ""
        match = _WRITTEN.match(self.lines[place.line - 1], place.column - 1)
        return match[0] if match else ""


def load_yaml(text: str, path: str, first_line: int = 1) -> YamlSource:
    """Read YAML that starts at `first_line` of `path`. Raises YamlError."""
    if len(text) > MAX_CHARACTERS:
        message = f"the YAML has {len(text)} characters, at most {MAX_CHARACTERS} are read"
        raise YamlError(message, location=Location(path, first_line))
    lines = [""] * (first_line - 1) + re.split("\r\n|\r|\n", text)
    problems: list[CardProblem] = []
    while True:
        try:
            document = safeyaml.load("\n".join(lines).encode(), path, strict=False)
        except YamlError as error:
            repaired = _without_duplicate(lines, error) if len(text) <= _LONGEST_REPAIRED else None
            if repaired is None or error.location is None or len(problems) >= _MAX_REPAIRS:
                raise
            problems.append(
                CardProblem(f"{error.message}; readers disagree which one holds, {error.hint}", error.location)
            )
            lines = repaired
        else:
            return YamlSource(document, tuple(lines), tuple(problems))


def _without_duplicate(lines: list[str], error: YamlError) -> list[str] | None:
    """The lines without the second entry of a duplicate key in block style; None when that is not what is wrong."""
    place = error.location
    if "stands twice" not in error.message or place is None or place.line is None or place.column is None:
        return None
    start, indent = place.line - 1, place.column - 1
    if start >= len(lines) or lines[start][:indent].strip(" "):
        return None
    end = start + 1
    while end < len(lines) and _belongs(lines[end], indent):
        end += 1
    return [*lines[:start], *[""] * (end - start), *lines[end:]]


def _belongs(line: str, indent: int) -> bool:
    bare = line.lstrip(" ")
    depth = len(line) - len(bare)
    return not bare or depth > indent or (depth == indent and (bare == "-" or bare.startswith("- ")))
