"""A bar on a terminal with rate and time left; nothing in CI or a pipe."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm


class Bar:
    """Counts bytes where it is known how many there are, else shards (or what `of` names)."""

    def __init__(self, shards: int, size_bytes: int, doing: str = "measuring", of: str = "shards") -> None:
        self._shards, self._done = shards, 0
        self._of = of
        self._in_bytes = size_bytes > 0
        total, unit = (size_bytes, "B") if self._in_bytes else (shards, f" {of}")
        self._bar = _drawn(total, unit, doing) if _watched() and shards else None

    def read(self, size_bytes: int) -> None:
        """So many more bytes were read."""
        if self._bar is not None and self._in_bytes:
            self._bar.update(size_bytes)

    def done(self) -> None:
        """One more shard is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._done}/{self._shards} {self._of}", refresh=False)
            if not self._in_bytes:
                self._bar.update(1)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _watched() -> bool:
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def _drawn(total: int, unit: str, doing: str) -> tqdm[None]:
    # DVC brings it; it knows the width of every terminal.
    import tqdm

    tqdm.tqdm.monitor_interval = 0  # no thread beside those that wait for the workers
    return tqdm.tqdm(
        total=total, unit=unit, unit_scale=unit == "B", desc=doing, file=sys.stderr, dynamic_ncols=True, leave=False
    )
