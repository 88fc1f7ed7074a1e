"""What `.gitattributes` does to files that people review, merge and archive."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from checker.discover.ignore import fits
from checker.discover.paths import is_inside, parent
from checker.model.location import Location

NAME = ".gitattributes"
# Git merges this file line by line with it, which is what it is for.
_HARMLESS = frozenset({("governance/baseline.txt", "merge=union")})
_MASKING = frozenset(
    {
        *("filter", "ident", "working-tree-encoding", "diff", "merge", "binary", "export-ignore", "export-subst"),
        *("linguist-generated", "linguist-vendored", "gitlab-generated"),
    }
)


class Mask(NamedTuple):
    """A line that makes people see or merge another text of a file than the one that is judged."""

    location: Location
    attribute: str
    path: str


def masks(attributes: Mapping[str, bytes], paths: Collection[str]) -> Iterator[Mask]:
    """Each line of the `.gitattributes` files that masks one of the paths, with the first path that it masks."""
    for file, data in sorted(attributes.items()):
        folder = parent(file)
        inside = {
            path[len(folder) + 1 :] if folder else path: path for path in sorted(paths) if is_inside(path, folder)
        }
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            pattern, given = _parted(line.strip())
            hits = [attribute for attribute in given if attribute.lstrip("-!").partition("=")[0] in _MASKING]
            # `[attr]` gives a name to attributes, which may then be given to any file by that name.
            path = pattern if pattern.startswith("[attr]") else _first(pattern, inside) if hits else None
            if path is not None:
                yield from (
                    Mask(Location(file, number), attribute, path)
                    for attribute in hits
                    if (path, attribute) not in _HARMLESS
                )


def _first(pattern: str, inside: Mapping[str, str]) -> str | None:
    return next((inside[path] for path in inside if fits(pattern, path)), None)


def _parted(line: str) -> tuple[str, list[str]]:
    """The pattern of a line, which may stand in quotes, and its attributes."""
    if line.startswith("#"):
        return "", []
    if line.startswith('"'):
        pattern, _, rest = line[1:].partition('"')
        return pattern, rest.split()
    pattern, *given = line.split() or [""]
    return pattern, given
