"""`python -m benchmarks.scale [--only PART] [--small] [--docs]`: what was measured, also kept in benchmarks/out.

Each part is run in a process of its own. `--small` only shows that everything runs; `--docs` writes the tables into
docs/scale.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib import import_module

from benchmarks.row import Row, table
from benchmarks.run import ROOT
from benchmarks.scale import spark
from benchmarks.scale.figures import Figures, keep, kept, laws
from benchmarks.scale.page import PAGE, with_figures

ON_SPARK = ("spark_map", "spark_group")
PARTS = ("evaluation", "mapping", "grouping", *ON_SPARK)


def main() -> int:
    """Measure; 1 when a goal was missed or a part failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated; without it everything is run")
    parser.add_argument("--small", action="store_true", help="small sizes, which say nothing of large ones")
    parser.add_argument("--docs", action="store_true", help="write what was kept into docs/scale.md, measuring nothing")
    given = parser.parse_args()
    if given.docs:
        page = ROOT / PAGE
        found = {part: kept(part) for part in PARTS}
        page.write_text(with_figures(page.read_text(encoding="utf-8"), found), encoding="utf-8", newline="\n")
        return 0
    parts = tuple(given.only or PARTS)
    if len(parts) == 1:
        return _measured(parts[0], small=given.small)
    size = ["--small"] if given.small else []
    commands = [[sys.executable, "-m", "benchmarks.scale", "--only", part, *size] for part in parts]
    # Each in a process of its own: what one part has loaded is no figure of the next.
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands)


def _measured(part: str, *, small: bool) -> int:
    print(f"measuring {part} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    figures = _figures(part, small=small)
    keep(part, figures)
    if figures.skipped:
        print(f"{part}: skipped, {figures.skipped}\n", flush=True)
        return 0
    rows: tuple[Row, ...] = figures.rows
    told = _details(rows) if part in ON_SPARK else laws(figures.series)
    print(f"{part}: {time.monotonic() - started:.0f} s\n\n{table(rows)}\n{told}", flush=True)
    return int(not small and not all(row.met for row in rows))


def _details(rows: Iterable[Row]) -> str:
    """What else was measured on Spark, its start above all, which is the same for any corpus."""
    return "".join(f"{name}: {value}\n" for row in rows for name, value in row.details.items())


def _figures(part: str, *, small: bool) -> Figures:
    if part in ON_SPARK:
        return spark.figures(part, small=small)
    found: Figures = import_module(f"benchmarks.scale.{part}").figures(small=small)
    return found


if __name__ == "__main__":
    sys.exit(main())
