"""`.dvcignore`: which definitions DVC itself would not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.discover.paths import is_inside, parent

NAME = ".dvcignore"


def visible(paths: Iterable[str], ignores: Mapping[str, bytes], root_of: Mapping[str, str]) -> list[str]:
    """The paths that no `.dvcignore` hides. `ignores` maps each `.dvcignore` to its bytes; outer files come first."""
    candidates = list(paths)
    ignores = {path: data for path, data in ignores.items() if any(_says_something(line) for line in data.splitlines())}
    if not ignores:
        return candidates
    from pathspec import GitIgnoreSpec

    specs = [
        (parent(path), GitIgnoreSpec.from_lines(filter(_cheap, data.decode("utf-8", "replace").splitlines())))
        for path, data in sorted(ignores.items(), key=lambda item: item[0].count("/"))
    ]
    shown = []
    for path in candidates:
        hidden = False
        for folder, spec in specs:
            if is_inside(path, folder) and is_inside(folder, root_of[path]):
                verdict = spec.check_file(path[len(folder) + 1 :] if folder else path).include
                hidden = hidden if verdict is None else verdict
        if not hidden:
            shown.append(path)
    return shown


def _says_something(line: bytes) -> bool:
    return bool(line.strip()) and not line.startswith(b"#")


def _cheap(pattern: str) -> bool:
    """Patterns become regular expressions; many wildcards in one name would take forever on a long name."""
    return pattern.count("**") <= 3 and all(part.count("*") <= 3 for part in pattern.split("/"))
