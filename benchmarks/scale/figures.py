"""What a part leaves behind: rows of the speed table, series of measured points, or why it was not measured."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.row import Row
from benchmarks.run import ROOT
from benchmarks.scale.fitting import Law, Point, fitted

OUT = ROOT / "benchmarks" / "out"


@dataclass(frozen=True, slots=True)
class Series:
    """One cost at several sizes: `cost` in `unit` against a number of `of`; `start` is that of a run over nothing."""

    name: str
    unit: str
    of: str
    points: tuple[Point, ...]
    start: float = 0.0

    def law(self) -> Law:
        """The power law through the points. Raises ValueError."""
        return fitted(self.points, self.start)


@dataclass(frozen=True, slots=True)
class Figures:
    """`facts` are what `costs.py` reckons with; `skipped` says why there is nothing."""

    rows: tuple[Row, ...] = ()
    series: tuple[Series, ...] = ()
    facts: dict[str, float] = field(default_factory=dict)
    skipped: str = ""
    small: bool = False
    machine: str = field(default_factory=lambda: f"Python {platform.python_version()}, {platform.machine()}")


def place_of(part: str) -> Path:
    """Where the figures of a part are kept."""
    return OUT / f"scale.{part}.json"


def keep(part: str, figures: Figures) -> None:
    """Write them down."""
    place_of(part).parent.mkdir(exist_ok=True)
    place_of(part).write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")


def kept(part: str) -> Figures:
    """What the last run of a part has left."""
    try:
        whole = json.loads(place_of(part).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Figures(skipped="not run")
    series = [
        Series(**{**one, "points": tuple(Point(*point) for point in one["points"])}) for one in whole.pop("series")
    ]
    rows = [Row(**row) for row in whole.pop("rows")]
    return Figures(**{**whole, "rows": tuple(rows), "series": tuple(series)})


def laws(series: Sequence[Series]) -> str:
    """The points and the laws through them, as Markdown."""
    lines = ["| what | measured | law | R² | largest miss |", "|---|---|---|---|---|"]
    for one in series:
        points = ", ".join(f"{number(point.size)}: {number(point.cost)}" for point in one.points)
        lines.append(f"| {one.name}, {one.unit} by {one.of} | {points} | {_law(one)} |")
    return "\n".join(lines) + "\n"


def _law(one: Series) -> str:
    try:
        law = one.law()
    except ValueError as error:
        return f"none: {error} | | "
    start = f"{number(one.start)} + " if one.start else ""
    fit = f"{law.r2:.4f}" if len(one.points) > 2 else "two points"
    return f"{start}{law.factor:.2g} · n^{law.exponent:.3f} | {fit} | × {law.off:.2f}"


def number(value: float) -> str:
    """Three digits, with separators; powers of ten from a million on."""
    if value >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}·10^{int(exponent)}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
