"""Where the `headwater` command starts: leaves at once when a commit has nothing to judge."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    from checker.cli import main as full  # noqa: PLC0415

    return full(sys.argv[1:] if argv is None else argv)
