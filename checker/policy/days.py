"""Days in UTC, as policies, waivers and the command line write them: `YYYY-MM-DD`."""

from __future__ import annotations


def is_day(text: str) -> bool:
    """Whether the calendar has such a day, written so."""
    from datetime import date

    digits = text.replace("-", "")
    try:
        # Later versions of Python read other forms as well.
        return len(text) == 10 and digits.isascii() and digits.isdigit() and date.fromisoformat(text) is not None
    except ValueError:
        return False


def days_between(first: str, last: str) -> int:
    """How many days `last` is after `first`; negative where it is before."""
    from datetime import date

    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def today_utc() -> str:
    """What the clock says. Only a command asks it, once."""
    import time

    return time.strftime("%Y-%m-%d", time.gmtime())
