"""The generated tables of docs/scale.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.row import table
from benchmarks.scale.costs import table_of
from benchmarks.scale.figures import Figures, laws

PAGE = Path("docs", "scale.md")


def with_figures(page: str, found: Mapping[str, Figures]) -> str:
    """The page with new tables between its markers. Raises ValueError where it lacks them."""
    for name, lines in (("figures", _figures(found)), ("laws", _laws(found)), ("costs", table_of(found))):
        page = _between(page, name, lines)
    return page


def _figures(found: Mapping[str, Figures]) -> str:
    small = [part for part, one in found.items() if one.small]
    if small:
        raise ValueError(f"{', '.join(small)}: small sizes say nothing of large ones; run without --small")
    missing = "".join(f"\nNot measured: {part} ({one.skipped}).\n" for part, one in found.items() if one.skipped)
    return table([row for one in found.values() for row in one.rows]) + missing


def _laws(found: Mapping[str, Figures]) -> str:
    return laws([series for one in found.values() for series in one.series])


def _between(page: str, name: str, lines: str) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE} has no {begin.strip()} ... {end}")
    return f"{before}{begin}{lines}{end}{after}"
