"""Limits as exact numbers, and numbers as people read them."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from checker.rules._base import Missing


@lru_cache(maxsize=1024, typed=True)
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
    value, other = _hundredfold(share), None if beside is None or share == beside else _hundredfold(beside)
    text = ""
    for digits in (2, 4, 6, 9, 12):
        text = _trimmed(value, digits)
        if other is None or text != _trimmed(other, digits):
            break
    return text


def _hundredfold(share: Fraction | float) -> float:
    """The float nearest to it; a fraction is not reduced on the way, which would take longer than all else here."""
    return share * 100 if isinstance(share, float) else share.numerator * 100 / share.denominator


def _trimmed(value: float, digits: int) -> str:
    return f"{f'{value:.{digits}f}'.rstrip('0').rstrip('.')}%"


def count(number: int | float, noun: str) -> str:
    """`1 record`, `1,100 records`, `4.5 records`."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}".removesuffix(".0")
    return f"{text} {noun.removesuffix('s') if number == 1 else noun}"


def are(number: int | float | Fraction) -> str:
    """The verb that goes with a number."""
    return "is" if number == 1 else "are"
