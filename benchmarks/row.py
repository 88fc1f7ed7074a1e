"""One line of the speed table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` is compared with `goal`; `at_most` says on which side of the goal is good. `basis` says times what."""

    name: str
    measured: float
    goal: float
    at_most: bool
    basis: str
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.measured <= self.goal if self.at_most else self.measured >= self.goal


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| what | measured | goal | compared with |", "|---|---|---|---|"]
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        verdict = "" if row.met else " (missed)"
        lines.append(f"| {row.name} | {shown(row.measured)}{verdict} | {sign} {shown(row.goal)} | {row.basis} |")
    return "\n".join(lines) + "\n"


def shown(number: float) -> str:
    """Two decimals below ten, so that a goal just missed is seen; whole numbers from a hundred."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.3g}"
