"""Rows that cannot be read: all are counted, the first few are kept with line and reason."""

from __future__ import annotations

from checker.model.composition import BadRow

SAMPLES = 5


class BadRows:
    """Collects in the order of the file. No reason quotes the data."""

    def __init__(self) -> None:
        self.count = 0
        self._samples: list[BadRow] = []

    def add(self, line: int, reason: str, rows: int = 1) -> None:
        """Count `rows` bad rows, the first of them at `line`."""
        self.count += rows
        if len(self._samples) < SAMPLES:
            self._samples.append(BadRow(line, reason))

    @property
    def samples(self) -> tuple[BadRow, ...]:
        """The first bad rows by line."""
        return tuple(sorted(self._samples))
