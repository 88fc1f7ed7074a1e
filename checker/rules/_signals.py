"""The signals of text in messages, and what cannot be told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from checker.model.signals import NAMES, Comparison, Signal


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
    return (
        f"{label}: insufficient-{side}: {why}",
        f"add what is lacking to {found.reference if found.blocks else label}",
    )
