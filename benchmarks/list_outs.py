"""`python -m benchmarks.list_outs REV FOLDER`: every DVC out at a revision, as the gate lists them."""

from __future__ import annotations

import sys
from pathlib import Path

from checker.discover import discover, open_repository


def main() -> None:
    """Print one line an out: hash and path."""
    revision, folder = sys.argv[1:]
    tree = open_repository(Path(folder)).revision(revision)
    for version in discover(tree).versions:
        print(version.hash, version.path)


if __name__ == "__main__":
    main()
