"""`--memory SIZE`: how many workers fit, and how much each of them may take."""

from __future__ import annotations

import re
from typing import NamedTuple

from checker.errors import UsageError

# What this process takes for itself, and the least a worker needs (docs/measuring.md says how both were measured).
PARENT_BYTES = 128 * 2**20
WORKER_BYTES = 384 * 2**20
_FORM = re.compile(r"([0-9]{1,15})\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Share(NamedTuple):
    """So many workers, each with so many bytes for its data; None is without a bound."""

    jobs: int
    worker_bytes: int | None


def size_in_bytes(text: str) -> int:
    """`2G`, `512 MiB`, `800000000`: units are powers of 1,024. Raises UsageError."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no amount of memory", hint="write a number with K, M, G or T, as in 4G")
    return int(found[1]) * _UNITS[found[2].upper()]


def share_of(memory_bytes: int | None, jobs: int) -> Share:
    """At most `jobs` workers, fewer where the memory is too small for them. Raises UsageError where none fits."""
    if memory_bytes is None:
        return Share(jobs, None)
    left = memory_bytes - PARENT_BYTES
    fitting = min(jobs, left // WORKER_BYTES)
    if fitting < 1:
        least = (PARENT_BYTES + WORKER_BYTES) // 2**20
        raise UsageError(
            f"--memory {memory_bytes // 2**20}M is less than one worker needs", hint=f"allow {least}M or more"
        )
    return Share(fitting, left // fitting)
