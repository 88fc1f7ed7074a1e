"""A log of our own fault: what ran, on what, where it broke."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from checker import __version__


def save_log(argv: list[str]) -> Path:
    """Write the current exception with versions to a file that only the user can read; returns its path."""
    handle, name = tempfile.mkstemp(prefix="headwater-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(f"headwater {__version__}\npython {sys.version}\nplatform {platform.platform()}\n")
        log.write(f"arguments {list(map(_public, argv))!r}\n\n{traceback.format_exc()}")
    return Path(name)


def _public(argument: str) -> str:
    """People attach the log to an issue: of the address of a server, which may hold a token, only the host."""
    from checker.engine.choice import public

    before, scheme, rest = argument.partition("sc://")
    return f"{before}{public(scheme + rest)}" if scheme else argument
