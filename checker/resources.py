"""Where the shipped packs and schemas are: inside the wheel, or beside the package in a source tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def policy_root() -> Path:
    """The folder that holds `packs/` and `schema/`."""
    from pathlib import Path

    return Path(_root())


def schema_file(name: str) -> str:
    """The path of a published schema. A hook asks for it at each commit, and pathlib is slow to import."""
    return os.path.join(_root(), "schema", name)  # noqa: PTH118 - as above


def _root() -> str:
    here = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - a hook does without pathlib
    packaged = os.path.join(here, "_data", "policies")  # noqa: PTH118 - as above
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(here), "policies")  # noqa: PTH112, PTH118, PTH120 - as above
