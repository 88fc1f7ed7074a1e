"""Where compiled code is kept: a folder that only its owner writes to, since what lies there is executed."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple


class Keeping(NamedTuple):
    """`folder` is None where compiled code cannot be kept, and `problem` says why."""

    folder: Path | None
    problem: str = ""

    @property
    def warm(self) -> bool:
        """Whether something compiled lies there."""
        return self.folder is not None and any(self.folder.rglob("*.nbi"))


def keeping(environment: Mapping[str, str]) -> Keeping:
    """The folder for this numba, this Python and these sources, made if need be; only its owner may write to it."""
    home = _caches(environment)
    if home is None:
        return Keeping(None, "there is no home folder")
    folder = home / "compiled" / _tag()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        problem = next(filter(None, map(_unsafe, (home, home / "compiled", folder))), "")
    except OSError as error:
        return Keeping(None, f"{home} cannot be written to ({error.strerror})")
    return Keeping(None, problem) if problem else Keeping(folder)


def _caches(environment: Mapping[str, str]) -> Path | None:
    """The folder in which evidence is kept too (docs/records.md, Evidence)."""
    if given := environment.get("HEADWATER_CACHE_DIR"):
        return Path(given).absolute()
    shared = environment.get("XDG_CACHE_HOME", "")
    if shared and Path(shared).is_absolute():
        return Path(shared, "headwater")
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if os.name == "nt":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local", "headwater", "Cache")
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "headwater"


def _unsafe(folder: Path) -> str:
    """Why code from this folder must not be executed; empty when it may."""
    if os.name == "nt":  # no owner or mode to look at; the profile is the user's
        return ""
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode):
        return f"{folder} is not a folder"
    if state.st_uid != os.geteuid():
        return f"{folder} belongs to another user"
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"{folder} can be written to by other users"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written to"


@cache
def _tag() -> str:
    """All sources count: numba looks at the time and size of the file it compiles, not at what that file imports."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    return f"{sys.implementation.cache_tag}-numba-{_version('numba')}-{_version('numpy')}-{digest}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
