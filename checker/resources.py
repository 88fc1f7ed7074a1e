"""Where the shipped packs and schemas are: inside the wheel, or beside the package in a source tree."""

from __future__ import annotations

from pathlib import Path


def policy_root() -> Path:
    """The folder that holds `packs/` and `schema/`."""
    here = Path(__file__).resolve().parent
    packaged = here / "_data" / "policies"
    return packaged if packaged.is_dir() else here.parent / "policies"
