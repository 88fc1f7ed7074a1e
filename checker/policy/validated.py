"""Remembers which files the schema has accepted, so that an unchanged policy does not pay for jsonschema again."""

# ruff: noqa: PTH100, PTH111, PTH117, PTH123 - pathlib is slow to import, and a hook reads its marks at each commit
from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from checker import added
from checker.resources import schema_file

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 500
_join = os.path.join


def memory_folder() -> str:
    """Beside the user's other caches (`docs/design.md`, evidence store). Raises RuntimeError without a home."""
    if own := os.environ.get("HEADWATER_CACHE_DIR"):
        return _join(os.path.abspath(own), "validated")
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(shared):  # the specification says to ignore a relative one
        return _join(shared, "headwater", "validated")
    home = os.path.expanduser("~")
    if home == "~":
        raise RuntimeError("there is no home folder")
    if sys.platform == "darwin":
        return _join(home, "Library", "Caches", "headwater", "validated")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or _join(home, "AppData", "Local")
        return _join(local, "headwater", "Cache", "validated")
    return _join(home, ".cache", "headwater", "validated")


def schema_digest(name: str) -> bytes | None:
    """sha256 of a published schema and of the plug-ins, which add to it; None when it is not there.

    Building it anew would import every check.
    """
    try:
        with open(schema_file(name), "rb") as file:
            return hashlib.sha256(file.read() + added.digest().encode()).digest()
    except OSError:
        return None


def unless_known(
    data: bytes, schema: bytes | None, validate: Callable[[], bool], folder: str | Path | None = None
) -> None:
    """Call `validate` unless these very bytes were accepted before under the schema with this digest.

    They are remembered when `validate` says that they hold. A mark that does not read back as its own key (torn,
    altered) counts as none. A cache that cannot be written, or a schema that is not there, is no fault: the next run
    validates again.
    """
    if schema is None:
        validate()
        return
    key = hashlib.sha256(schema + data).hexdigest()
    try:
        mark = _join(folder or memory_folder(), key[:40])
    except RuntimeError:  # no home folder
        validate()
        return
    with suppress(OSError, UnicodeDecodeError), open(mark, encoding="ascii") as file:
        if file.read() == key:
            return
    if validate():
        with suppress(OSError):
            _remember(mark, key)


def _remember(place: str, key: str) -> None:
    # Slow to import, and seldom needed.
    import tempfile
    from pathlib import Path

    mark = Path(place)
    mark.parent.mkdir(parents=True, exist_ok=True)
    ignore = mark.parent / ".gitignore"  # should the folder lie in a repository, git must not see it
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    handle, temporary = tempfile.mkstemp(dir=mark.parent, prefix=".mark-")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    Path(temporary).replace(mark)
    _forget_oldest(mark.parent)


def _forget_oldest(folder: Path) -> None:
    marks = [path for path in folder.iterdir() if path.name != ".gitignore"]
    if len(marks) <= _KEPT:
        return
    marks.sort(key=lambda mark: mark.stat().st_mtime)
    for mark in marks[: len(marks) // 2]:
        mark.unlink(missing_ok=True)
