"""What stands for the findings beyond the first fifty."""

from __future__ import annotations

from collections.abc import Sequence

from checker.model.outcome import Outcome, Status
from checker.rules._base import MOST_SHOWN


def rest_of(same: Sequence[Outcome]) -> Outcome:
    """How many findings like the first there are; it takes the place of those that are not listed."""
    first, more = same[0], len(same) - MOST_SHOWN
    return first._replace(
        message=f"{first.dataset}: {len(same):,} findings like these, the first {MOST_SHOWN} are listed",
        scope=(),
        measured=len(same),
        limit=None,
        unit="findings",
        fix="" if first.status is Status.WAIVED else f"mend what is listed, then run the check again for {more:,} more",
        evidence=(),
        content="",
    )
