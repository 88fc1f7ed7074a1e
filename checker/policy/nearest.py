"""What somebody wrote, and the name that they probably meant."""

from __future__ import annotations

from collections.abc import Iterable

# More names than that are no help in a message.
MOST_NAMES = 20
_NEAR = 3


def did_you_mean(given: object, names: Iterable[str]) -> str:
    """`did you mean x?` for the nearest name, else the names to choose from."""
    from difflib import get_close_matches

    known = sorted(names)
    close = get_close_matches(str(given), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if len(known) > MOST_NAMES:
        near = get_close_matches(str(given), known, n=_NEAR, cutoff=0.0)
        return f"nearest of {len(known):,} names: {', '.join(near)}"
    return f"expected one of: {', '.join(known)}" if known else ""


def shown(value: object) -> str:
    """A value from a file, short enough for a message."""
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
