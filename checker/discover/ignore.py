"""`.dvcignore`: which definitions DVC itself would not see."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from checker.discover.definitions import Problem
from checker.discover.paths import is_inside, parent, shown
from checker.model.location import Location

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NAME = ".dvcignore"
_CLASS = re.compile(r"(\\.)|\[[!^]?\]?(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]")


def visible(paths: Iterable[str], ignores: Mapping[str, bytes], root_of: Mapping[str, str]) -> list[str]:
    """The paths that no `.dvcignore` hides. `ignores` maps each `.dvcignore` to its bytes; outer files come first."""
    candidates = list(paths)
    if not any(_patterns(data) for data in ignores.values()):
        return candidates
    specs = [
        (parent(path), _compiled(_patterns(data)))
        for path, data in sorted(ignores.items(), key=lambda item: item[0].count("/"))
    ]
    seen = []
    for path in candidates:
        hidden = False
        for folder, spec in specs:
            if is_inside(path, folder) and is_inside(folder, root_of[path]):
                verdict = spec.check_file(path[len(folder) + 1 :] if folder else path).include
                hidden = hidden if verdict is None else verdict
        if not hidden:
            seen.append(path)
    return seen


def unreadable(ignores: Mapping[str, bytes]) -> list[Problem]:
    """The patterns that nobody can follow. Then nothing is hidden: to drop just a `!pattern` would hide too much."""
    return [
        Problem(
            f"{shown(path)} has the pattern {shown(pattern)}, which cannot be read, so it hides nothing",
            Location(path, number),
            "write plain names, or at most three * in a name",
        )
        for path, data in ignores.items()
        for number, pattern in _numbered(data)
        if not _readable(pattern)
    ]


def first_fit(pattern: str, paths: Iterable[str]) -> str | None:
    """The first path that a pattern of git fits, rather one too many; one that nobody can follow fits any."""
    # Python does not know each kind of class that git knows, such as `[[:alpha:]]`; all stand for one letter.
    pattern = _CLASS.sub(lambda found: found[1] or "?", pattern)
    if not _readable(pattern):
        return next(iter(paths), None)
    compiled = _compiled([pattern])
    return next((path for path in paths if compiled.match_file(path)), None)


def _patterns(data: bytes) -> list[str]:
    return [pattern for _number, pattern in _numbered(data)]


def _numbered(data: bytes) -> list[tuple[int, str]]:
    lines = enumerate(data.decode("utf-8", "replace").splitlines(), start=1)
    return [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]


def _readable(pattern: str) -> bool:
    """Patterns become regular expressions; many wildcards in one name would take forever on a long name."""
    if pattern.count("**") > 3 or any(part.count("*") > 3 for part in pattern.split("/")):
        return False
    try:
        _compiled([pattern])
    except (ValueError, re.error):
        return False
    return True


def _compiled(patterns: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # `[[:alpha:]]` is fit for git; Python remarks on it.
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(patterns)
