"""How many worker processes a command may start."""

from __future__ import annotations

from checker.errors import UsageError

MOST_JOBS = 512


def jobs_of(text: str | None) -> int:
    """As asked, else one for each core that this process may use. Raises UsageError."""
    from checker.engine.workers import cores

    if text is None:
        return cores()
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= MOST_JOBS:
        raise UsageError(f"--jobs {text} is no number of processes", hint=f"use 1 to {MOST_JOBS}")
    return int(text)
