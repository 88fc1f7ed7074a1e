"""Changes of DVC's configuration: the judged tree must not choose where bytes come from."""

from __future__ import annotations

from checker.discover.definitions import Problem
from checker.discover.git import TooLarge
from checker.discover.tree import SYMLINK, Tree
from checker.model.location import Location

CONFIG = ".dvc/config"
LOCAL_CONFIG = ".dvc/config.local"


def remote_config_changes(base: Tree, head: Tree) -> tuple[Problem, ...]:
    """Every `.dvc/config` that differs from the trusted tree's, and every `.dvc/config.local` that git tracks."""
    found = []
    old, new = base.entries(), head.entries()
    for path in sorted(old.keys() | new.keys()):
        if _is(path, LOCAL_CONFIG) and path in new:
            found.append(
                Problem(
                    "`.dvc/config.local` is tracked by git: it holds credentials and decides where data comes from",
                    Location(path, 1),
                    f"git rm --cached {path}",
                )
            )
        elif _is(path, CONFIG) and old.get(path) != new.get(path):
            found.append(_changed(path, base, head))
    return tuple(found)


def _is(path: str, name: str) -> bool:
    return path == name or path.endswith(f"/{name}")


def _changed(path: str, base: Tree, head: Tree) -> Problem:
    fix = "have the owner of the remote review it; until it is merged the remotes of the trusted revision are used"
    if path not in head.entries():
        return Problem(f"{path} is removed: DVC's remotes are no longer configured", Location(path), fix)
    if head.entries()[path].mode == SYMLINK:
        return Problem(f"{path} is a symlink", Location(path), "replace it by a regular file")
    before = _lines(base, path) if path in base.entries() else []
    after = _lines(head, path)
    if not before:
        return Problem(f"{path} is new: it decides where data comes from", Location(path, 1), fix)
    line = _first_difference(before, after)
    changed = f" ({_section(after, line)})" if _section(after, line) else ""
    return Problem(f"{path} differs from the trusted revision{changed}", Location(path, line), fix)


def _lines(tree: Tree, path: str) -> list[str]:
    content = tree.fetch((path,))[path]
    return [] if isinstance(content, TooLarge) else content.decode("utf-8", "replace").splitlines()


def _first_difference(before: list[str], after: list[str]) -> int:
    """The first changed line, from 1; where lines were only taken away, the line that now stands there."""
    from difflib import SequenceMatcher

    for operation in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if operation[0] != "equal":
            return max(1, min(operation[3] + 1, len(after)))
    return 1


def _section(lines: list[str], line: int) -> str:
    for text in reversed(lines[:line]):
        if text.strip().startswith("["):
            return text.strip().strip("[]").strip("'")
    return ""
