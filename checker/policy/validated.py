"""Remembers which files the schema has accepted, so that an unchanged policy does not pay for jsonschema again."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checker.policy.schema import Schema

_KEPT = 500


def cache_folder() -> Path:
    """Where this user's caches are; `HEADWATER_CACHE_DIR` overrides."""
    if own := os.environ.get("HEADWATER_CACHE_DIR"):
        return Path(own)
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "headwater"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "headwater"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"


def key_of(data: bytes, schema: Schema) -> str:
    """Changes with the file and with the schema, hence with any check's parameters."""
    digest = hashlib.sha256(json.dumps(schema, sort_keys=True).encode())
    digest.update(b"\n")
    digest.update(data)
    return digest.hexdigest()


def unless_known(data: bytes, schema: Schema, validate: Callable[[], bool], folder: Path | None = None) -> None:
    """Call `validate` unless these very bytes were accepted before; remember them when it says that they hold.

    A mark that does not read back as its own key (torn, altered) counts as none. A cache that cannot be written is no
    fault: the next run validates again.
    """
    key = key_of(data, schema)
    try:
        mark = (folder or cache_folder() / "validated") / key[:40]
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
    handle, temporary = tempfile.mkstemp(dir=mark.parent, prefix=".mark-")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    Path(temporary).replace(mark)
    _forget_oldest(mark.parent)


def _forget_oldest(folder: Path) -> None:
    marks = list(folder.iterdir())
    if len(marks) <= _KEPT:
        return
    marks.sort(key=lambda mark: mark.stat().st_mtime)
    for mark in marks[: len(marks) // 2]:
        mark.unlink(missing_ok=True)
