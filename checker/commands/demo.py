"""`headwater demo`: the main job on real input, in a temporary folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    command = commands.add_parser("demo", help="watch the gate refuse contaminated data in a real DVC repository")
    command.add_argument("--folder", type=Path, help="build the repository here (must be empty) and keep it")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build the repository and tell the story."""
    from checker.demo import run_demo

    return run_demo(sys.stdout, arguments.folder, keep=True)
