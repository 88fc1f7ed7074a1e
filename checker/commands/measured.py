"""What a run of `headwater measure` found and did: one line for people, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from checker.model.composition import Unmeasured
from checker.report._escape import terminal

if TYPE_CHECKING:
    from checker.engine.seam import Measured
    from checker.engine.slices import Slice
    from checker.measure.shards import Task
    from checker.survey import Survey

SCHEMA = "headwater/measure/v1"
UNMEASURED = 3


class Summary:
    """Counts as the shards come in. `known` shards were measured before."""

    def __init__(self, found: Survey, share: Slice | None, known: int, jobs: int) -> None:
        self._found, self._share = found, share
        self._known, self._jobs = known, jobs
        self._measured = self._bytes = 0
        self._missing: list[tuple[str, Unmeasured]] = []
        self.seconds = 0.0

    @property
    def exit_code(self) -> int:
        """3 when anything could not be measured."""
        return UNMEASURED if self._missing or self._found.unlisted else 0

    def add(self, task: Task, result: Measured | Unmeasured, size_bytes: int) -> None:
        """One more shard is done."""
        if isinstance(result, Unmeasured):
            self._missing.append((task.version.path, result))
            return
        self._measured += 1
        self._bytes += size_bytes

    def as_text(self) -> str:
        """What is missing, line by line, then one line about the whole."""
        lines = [
            f"{terminal(found.reason)}{f'; {terminal(found.fix)}' if found.fix else ''}" for _, found in self._absent()
        ]
        share = f", slice {self._share.number}/{self._share.of}" if self._share else ""
        rate = self._bytes / self.seconds / 1e6 if self.seconds else 0.0
        whole = (
            f"headwater: {_counted(len(self._found.descriptors), 'shard')} of "
            f"{_counted(len(self._found.datasets), 'dataset')}{share}: {self._measured} measured, {self._known} known"
        )
        if lines:
            whole += f", {len(lines)} not measured"
        if self._measured:
            whole += f"; {self._bytes / 1e6:,.1f} MB in {self.seconds:.1f} s, {rate:,.0f} MB/s with {self._jobs} jobs"
        return "".join(f"{line}\n" for line in [*lines, whole])

    def as_json(self) -> str:
        """`headwater/measure/v1`: fields may be added, never changed or removed."""
        document = {
            "schema": SCHEMA,
            "datasets": list(self._found.datasets),
            "slice": f"{self._share.number}/{self._share.of}" if self._share else None,
            "shards": len(self._found.descriptors),
            "known": self._known,
            "measured": self._measured,
            "bytes": self._bytes,
            "seconds": round(self.seconds, 3),
            "jobs": self._jobs,
            "unmeasured": [
                {
                    "dataset": dataset,
                    "hash": found.shard_hash,
                    "kind": found.absence.name.lower().replace("_", "-"),
                    "reason": found.reason,
                    "fix": found.fix,
                }
                for dataset, found in self._absent()
            ],
            "exit_code": self.exit_code,
        }
        return json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n"

    def _absent(self) -> list[tuple[str, Unmeasured]]:
        """In an order that does not depend on which worker was first."""
        return sorted([*self._found.unlisted, *self._missing], key=lambda entry: (entry[0], entry[1].reason))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
