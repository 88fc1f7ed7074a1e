"""`python -m benchmarks.run [--only PART] [--readme]`: every row is printed, and kept in benchmarks/out."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.row import Row, table

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "latency",
    "composition",
    "measure",
    "workers",
    "evidence_size",
    "signatures",
    "near_dup",
    "grouping",
    "policy",
)
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"


def main() -> int:
    """Measure; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated; without it everything is run")
    parser.add_argument("--readme", action="store_true", help="write the table between the markers in README.md")
    given = parser.parse_args()
    rows = []
    for part in given.only or PARTS:
        found = measure(part)
        keep(part, found)
        print(table(found), flush=True)
        rows += found
    if given.readme:
        readme = ROOT / "README.md"
        readme.write_text(with_table(readme.read_text(encoding="utf-8"), table(rows)), encoding="utf-8", newline="\n")
    return int(not all(row.met for row in rows))


def measure(part: str) -> list[Row]:
    """The rows of one benchmark module."""
    print(f"measuring {part} ...", file=sys.stderr, flush=True)
    rows: list[Row] = import_module(f"benchmarks.{part}").rows()
    return rows


def keep(part: str, rows: list[Row]) -> None:
    """The rows with the machine they were taken on, for comparison over time."""
    target = ROOT / "benchmarks" / "out" / f"{part}.json"
    target.parent.mkdir(exist_ok=True)
    kept = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    target.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def with_table(readme: str, lines: str) -> str:
    """The README with a new table between its markers. Raises ValueError when it has no such place."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN.strip()} ... {END}")
    return f"{before}{BEGIN}{lines}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
