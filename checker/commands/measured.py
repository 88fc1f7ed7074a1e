"""What a run of `headwater measure` found and did: one line for people, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.report._escape import terminal

if TYPE_CHECKING:
    from checker.engine.seam import Measured
    from checker.engine.slices import Slice
    from checker.fill import Filled
    from checker.model.composition import Unmeasured
    from checker.survey import Survey

SCHEMA = "headwater/measure/v1"
UNMEASURED = 3


class Summary:
    """The survey, what came of measuring it, and notes on stores and caches."""

    def __init__(self, found: Survey, share: Slice | None, filled: Filled, notes: Sequence[str]) -> None:
        self._found, self._share, self._filled, self._notes = found, share, filled, notes

    @property
    def exit_code(self) -> int:
        """1 when a second measurement differs, 3 when something could not be measured."""
        if self._filled.differing:
            return 1
        return UNMEASURED if self._absent() else 0

    def as_text(self) -> str:
        """What differs and what is missing, line by line, then one line about the whole."""
        lines = [
            f"{dataset}/{shard}: the kept {' and '.join(found.differs)} differ from what its bytes give now; find out "
            f"who wrote entry {found.key}, delete it and measure again"
            for dataset, shard, found in self._differing()
        ]
        lines += [f"{found.reason}{f'; {found.fix}' if found.fix else ''}" for _, found in self._absent()]
        return "".join(f"{terminal(line)}\n" for line in [*lines, *self._notes, self._whole()])

    def _whole(self) -> str:
        filled, found = self._filled, self._found
        share = f", slice {self._share.number}/{self._share.of}" if self._share else ""
        parts = [f"{filled.measured} measured", f"{filled.known} known"]
        if filled.verified:
            parts.append(f"{filled.verified} measured again, {len(filled.differing)} of them differ")
        if self._absent():
            parts.append(f"{len(self._absent())} not measured")
        if filled.sent:
            parts.append(f"{_counted(filled.sent, 'entry', 'entries')} sent")
        line = (
            f"headwater: {_counted(len(found.descriptors), 'shard')} of {_counted(len(found.datasets), 'dataset')}"
            f"{share}: {', '.join(parts)}"
        )
        if not filled.bytes:
            return line
        rate = filled.bytes / max(filled.seconds - filled.start_seconds, 1e-9) / 1e6
        by = _counted(filled.jobs, "job")
        if filled.engine:
            by = f"Spark at {filled.engine}, ready after {filled.start_seconds:,.1f} s"
        return f"{line}; {filled.bytes / 1e6:,.1f} MB in {filled.seconds:,.1f} s, {rate:,.1f} MB/s, {by}"

    def as_json(self) -> str:
        """`headwater/measure/v1`: fields may be added, never changed or removed."""
        filled = self._filled
        document = {
            "schema": SCHEMA,
            "datasets": list(self._found.datasets),
            "slice": f"{self._share.number}/{self._share.of}" if self._share else None,
            "shards": len(self._found.descriptors),
            "known": filled.known,
            "measured": filled.measured,
            "verified": filled.verified,
            "sent": filled.sent,
            "bytes": filled.bytes,
            "seconds": round(filled.seconds, 3),
            "jobs": filled.jobs,
            "engine": filled.engine or None,
            "start_seconds": round(filled.start_seconds, 3),
            "differing": [
                {"dataset": dataset, "shard": shard, "key": found.key, "what": list(found.differs)}
                for dataset, shard, found in self._differing()
            ],
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
            "notes": list(self._notes),
            "exit_code": self.exit_code,
        }
        return json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n"

    def _absent(self) -> list[tuple[str, Unmeasured]]:
        """In an order that does not depend on which worker was first."""
        return sorted([*self._found.unlisted, *self._filled.missing], key=lambda entry: (entry[0], entry[1].reason))

    def _differing(self) -> list[tuple[str, str, Measured]]:
        return sorted(self._filled.differing, key=lambda entry: entry[:2])


def _counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"
