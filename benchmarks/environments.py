"""Environments of their own for the programs that headwater is compared with, so that it does not depend on them."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of `.venvs/NAME`, made anew when it has other requirements."""
    home = ROOT / ".venvs" / f"bench-{name}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = home / "installed", "\n".join(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements], check=True)
        stamp.write_text(wanted)
    return python
