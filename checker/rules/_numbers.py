"""Limits as exact numbers, and numbers as people read them."""

from __future__ import annotations

from fractions import Fraction

from checker.rules._base import Missing


def exact(limit: float, name: str) -> Fraction:
    """The share as it was written: 0.2 is one fifth, not the nearest double. NaN and negative limits allow nothing."""
    try:
        share = Fraction(repr(limit))
    except ValueError as error:
        raise Missing(f"the parameter {name} is {limit}, which is no number", f"set {name} to 0..1") from error
    if not 0 <= share <= 1:
        raise Missing(f"the parameter {name} is {limit}, which is no share", f"set {name} to 0..1")
    return share


def percent(share: Fraction | float, beside: Fraction | float | None = None) -> str:
    """`31%`; with as many digits as it takes to look different from `beside` when it is different."""
    text = ""
    for digits in (2, 4, 6, 9, 12):
        text = _trimmed(share, digits)
        if beside is None or share == beside or text != _trimmed(beside, digits):
            break
    return text


def _trimmed(share: Fraction | float, digits: int) -> str:
    text = f"{float(share * 100):.{digits}f}"
    return f"{text.rstrip('0').rstrip('.')}%"


def count(number: int | float, noun: str) -> str:
    """`1 record`, `1,100 records`, `4.5 records`."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}".removesuffix(".0")
    return f"{text} {noun.removesuffix('s') if number == 1 else noun}"


def are(number: int | float | Fraction) -> str:
    """The verb that goes with a number."""
    return "is" if number == 1 else "are"
