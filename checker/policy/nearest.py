"""Suggests the name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(given: object, names: Iterable[str]) -> str:
    """`did you mean x?` for the nearest name, else the names to choose from."""
    from difflib import get_close_matches

    known = sorted(names)
    close = get_close_matches(str(given), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"expected one of: {', '.join(known)}" if known else ""
