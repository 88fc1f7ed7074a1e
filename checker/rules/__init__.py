"""The checks, one per file. The room finds its members itself: a new file is a new check."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

from checker.rules._base import Check


@cache
def check_ids() -> tuple[str, ...]:
    """The names of all checks, sorted; found by file name, so nothing is imported."""
    names = os.listdir(__path__[0])  # noqa: PTH208 - pathlib is slow to import
    return tuple(sorted(name[:-3].replace("_", "-") for name in names if name.endswith(".py") and name[0] != "_"))


@cache
def by_id(check_id: str) -> Check[Any]:
    """Import one check. Raises KeyError for a name that is no check."""
    if check_id not in check_ids():
        raise KeyError(check_id)
    check: Check[Any] = import_module(f"checker.rules.{check_id.replace('-', '_')}").CHECK
    if check.id != check_id:
        raise ValueError(f"checker/rules/{check_id.replace('-', '_')}.py declares the id {check.id!r}")
    return check
