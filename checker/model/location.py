"""A place in a file of the repository."""

from __future__ import annotations

from typing import NamedTuple


class Location(NamedTuple):
    """`path` is relative to the git root with forward slashes; `line` and `column` count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
