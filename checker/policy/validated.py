"""Remembers which files the schema has accepted, so that an unchanged policy does not pay for jsonschema again."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checker.resources import policy_root

_KEPT = 500


def memory_folder() -> Path:
    """Beside the user's other caches (`docs/design.md`, evidence store). Raises RuntimeError without a home."""
    if own := os.environ.get("HEADWATER_CACHE_DIR"):
        return Path(own).absolute() / "validated"
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if shared.is_absolute():  # the specification says to ignore a relative one
        return shared / "headwater" / "validated"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "headwater" / "validated"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "headwater" / "Cache" / "validated"
    return Path.home() / ".cache" / "headwater" / "validated"


def schema_digest(name: str) -> bytes | None:
    """sha256 of a published schema; None when it is not there. Building it anew would import every check."""
    try:
        return hashlib.sha256((policy_root() / "schema" / name).read_bytes()).digest()
    except OSError:
        return None


def unless_known(data: bytes, schema: bytes | None, validate: Callable[[], bool], folder: Path | None = None) -> None:
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
        mark = (folder or memory_folder()) / key[:40]
    except RuntimeError:  # no home folder
        validate()
        return
    with suppress(OSError, UnicodeDecodeError):
        if mark.read_text(encoding="ascii") == key:
            return
    if validate():
        with suppress(OSError):
            _remember(mark, key)


def _remember(mark: Path, key: str) -> None:
    import tempfile  # slow to import, and seldom needed

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
