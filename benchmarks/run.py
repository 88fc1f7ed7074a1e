"""`python -m benchmarks.run [--only PART] [--readme]`: every row is printed, and kept in benchmarks/out."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
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
    "rollup",
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
    parts = given.only or PARTS
    rows = []
    for part in parts:
        if len(parts) == 1:
            keep(part, measure(part))
            print(table(kept(part)), flush=True)
        else:
            # Each in a process of its own: what the children of one part need is no figure of the next.
            subprocess.run([sys.executable, "-m", "benchmarks.run", "--only", part], cwd=ROOT, check=False)
        rows += kept(part)
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
    target = place_of(part)
    target.parent.mkdir(exist_ok=True)
    whole = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    target.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def kept(part: str) -> list[Row]:
    """The rows that the last run of a part has left."""
    whole = json.loads(place_of(part).read_text(encoding="utf-8"))
    return [Row(**{name: value for name, value in row.items() if name != "met"}) for row in whole["rows"]]


def place_of(part: str) -> Path:
    """Where the rows of a part are kept."""
    return ROOT / "benchmarks" / "out" / f"{part}.json"


def with_table(readme: str, lines: str) -> str:
    """The README with a new table between its markers. Raises ValueError when it has no such place."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN.strip()} ... {END}")
    return f"{before}{BEGIN}{lines}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
