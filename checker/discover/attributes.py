"""What `.gitattributes` does to files that people review, merge and archive.

Read here, because git answers for a tree that is not checked out (`check-attr --source`) only from 2.40 on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from checker.discover.ignore import first_fit
from checker.discover.paths import is_inside, parent
from checker.model.location import Location

NAME = ".gitattributes"
# What is looked through of one file; git itself reads up to 100 MiB.
MOST_BYTES = 1024 * 1024
MOST_LINES = 5_000
# Git merges this file line by line with it, which is what it is for.
_HARMLESS = frozenset({("governance/baseline.txt", "merge=union")})
_MASKING = frozenset(
    {
        *("filter", "ident", "working-tree-encoding", "diff", "merge", "binary", "export-ignore", "export-subst"),
        *("linguist-generated", "linguist-vendored", "gitlab-generated"),
    }
)
# As git has it: neither a form feed nor a space of Unicode ends a word, and names may stand in quotes as in C.
_BLANK = b" \t\r"
_WORDS = re.compile(rb"[^ \t\r]+")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\[abfnrtv"\\]|\\[0-3][0-7][0-7])*)"')
_ESCAPE = re.compile(rb"\\([0-3][0-7][0-7]|.)")
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Mask(NamedTuple):
    """A line that makes people see or merge another text of a file than the one that is judged."""

    location: Location
    attribute: str
    path: str


class _Line(NamedTuple):
    """A line that gives attributes which mask."""

    number: int
    pattern: str
    attributes: tuple[str, ...]


def masks(attributes: Mapping[str, bytes], paths: Collection[str]) -> Iterator[Mask]:
    """Each line of the `.gitattributes` files that masks one of the paths, with the first path that it masks."""
    for file, data in sorted(attributes.items()):
        folder = parent(file)
        inside = {
            path[len(folder) + 1 :] if folder else path: path for path in sorted(paths) if is_inside(path, folder)
        }
        for line in _lines(data):
            # `[attr]` gives a name to attributes, which may then be given to any file by that name.
            macro = line.pattern if line.pattern.startswith("[attr]") else None
            found = macro or inside.get(first_fit(line.pattern, inside) or "")
            if found is not None:
                yield from (
                    Mask(Location(file, line.number), attribute, found)
                    for attribute in line.attributes
                    if (found, attribute) not in _HARMLESS
                )


def too_long(data: bytes) -> bool:
    """Whether a file has more bytes, or lines that mask, than are looked through."""
    return len(data) > MOST_BYTES or sum(1 for _ in _lines(data)) > MOST_LINES


def _lines(data: bytes) -> Iterator[_Line]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        pattern, given = _parted(line.strip(_BLANK))
        hits = tuple(word for word in given if word.lstrip("-!").partition("=")[0] in _MASKING)
        if hits:
            yield _Line(number, pattern, hits)


def _parted(line: bytes) -> tuple[str, list[str]]:
    """The pattern of a line, which may stand in quotes, and its attributes."""
    if line.startswith(b"#"):
        return "", []
    quoted = _QUOTED.match(line)
    if quoted:
        pattern, rest = _ESCAPE.sub(_unescaped, quoted[1]), line[quoted.end() :]
    else:
        word = _WORDS.match(line)
        end = word.end() if word else 0
        pattern, rest = line[:end], line[end:]
    return pattern.decode("utf-8", "surrogateescape"), [
        word.decode("utf-8", "replace") for word in _WORDS.findall(rest)
    ]


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _LETTERS.get(code, code)
