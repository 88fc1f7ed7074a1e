"""The signals of text in messages, and which of them tell of collapse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from checker.model.signals import NAMES, Comparison, Signal

# The signals that recursion moves in one direction, from the first generations on.
OF_COLLAPSE = (
    "selfrep4",
    "distinct3",
    "cond_entropy",
    "vendi",
    "mean_cosine",
    "dup13",
    "tail_coverage",
    "zlib",
)
OF_SCORE = 3


def name_of(signal: str) -> str:
    """As messages name it."""
    return NAMES.get(signal, signal)


def told(signals: Mapping[str, Signal], chosen: Iterable[str]) -> str:
    """`distinct 3-grams 0.61 (reference 0.72)`, for each of those that were measured."""
    return ", ".join(
        f"{name_of(name)} {figure(signals[name].value)} (reference {figure(signals[name].reference)})"
        for name in chosen
        if name in signals
    )


def figure(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.3g}" if isfinite(value) and abs(value) < 1000 else f"{value:,.0f}"


def insufficient(found: Comparison, label: str) -> tuple[str, str]:
    """That the comparison cannot carry a limit, which side is too small, and the next step."""
    side = "reference" if found.blocks else "sample"
    why = found.insufficient or f"{found.reference} gives no score"
    return f"{label}: insufficient-{side}: {why}", f"add as much text to {found.reference if found.blocks else label}"


def collapse_score(found: Comparison) -> tuple[float, tuple[str, ...]] | None:
    """The mean of the three largest z in the direction of collapse, and whose they are; None without three z."""
    scored = [
        (signal.z * signal.direction, name)
        for name in OF_COLLAPSE
        if (signal := found.signals.get(name)) is not None and signal.z is not None and isfinite(signal.z)
    ]
    largest = sorted(scored, reverse=True)[:OF_SCORE]
    if len(largest) < OF_SCORE:
        return None
    return sum(z for z, _ in largest) / OF_SCORE, tuple(name for _, name in largest)
