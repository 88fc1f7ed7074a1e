"""The checks, one per file. The room finds its members itself: a new file is a new check."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

from checker import added
from checker.rules._base import Check


def check_ids() -> tuple[str, ...]:
    """The names of all checks, sorted: those that are shipped, and those of plug-ins that take part."""
    return tuple(sorted((*shipped_ids(), *added.check_ids()))) if added.active() else shipped_ids()


@cache
def shipped_ids() -> tuple[str, ...]:
    """The names of the checks that headwater ships; found by file name, so nothing is imported."""
    names = os.listdir(__path__[0])  # noqa: PTH208 - pathlib is slow to import
    return tuple(sorted(name[:-3].replace("_", "-") for name in names if name.endswith(".py") and name[0] != "_"))


def by_id(check_id: str) -> Check[Any]:
    """One check. Raises KeyError for a name that is no check."""
    return _shipped(check_id) if check_id in shipped_ids() else _of_plugin(check_id)


def _of_plugin(check_id: str) -> Check[Any]:
    check: Check[Any] | None = added.check(check_id)
    if check is None:
        raise KeyError(check_id)
    return check


@cache
def _shipped(check_id: str) -> Check[Any]:
    check: Check[Any] = import_module(f"checker.rules.{check_id.replace('-', '_')}").CHECK
    if check.id != check_id:
        raise ValueError(f"checker/rules/{check_id.replace('-', '_')}.py declares the id {check.id!r}")
    return check
