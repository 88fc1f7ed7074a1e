"""The one object that every renderer reads."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.composition import Composition
from checker.model.dataset import Snapshot
from checker.model.lineage import Lineage
from checker.model.outcome import Outcome, Status
from checker.model.policy import Stage


class PolicyStamp(NamedTuple):
    """Which policy judged, and where it was read. `informs_only` marks the proposed policy of a change."""

    id: str
    version: str
    digest: str
    revision: str
    informs_only: bool = False


class PluginStamp(NamedTuple):
    """A plug-in that took part: its distribution, and the sha256 over its installed files."""

    name: str
    version: str
    digest: str
    offers: tuple[str, ...] = ()


class ShardReport(NamedTuple):
    """A shard as the report shows it; `composition` is None when it was not needed or could not be measured."""

    path: str
    hash: str
    size_bytes: int | None = None
    composition: Composition | None = None


class DatasetReport(NamedTuple):
    """A judged dataset with what the report draws: composition and lineage where they were gathered."""

    name: str
    path: str
    hash: str | None
    shards: tuple[ShardReport, ...] = ()
    shard_count: int | None = None
    card: str | None = None
    composition: Composition | None = None
    lineage: Lineage | None = None


class Report(NamedTuple):
    """The result of one run. `as_of` is the day (UTC) that waivers and reviews were judged by, empty where none was.

    No other clock is read: two runs on the same input and the same day are equal.
    """

    tool_version: str
    stage: Stage
    snapshot: Snapshot
    base: Snapshot | None
    policies: tuple[PolicyStamp, ...]
    datasets: tuple[DatasetReport, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    repository: str = ""
    as_of: str = ""
    plugins: tuple[PluginStamp, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 nothing blocking, 1 a blocking finding, 3 a blocking rule not evaluated; 1 beats 3."""
        blocking = [outcome for outcome in self.outcomes if outcome.blocking]
        if any(outcome.status in (Status.FAIL, Status.WARN) for outcome in blocking):
            return 1
        return 3 if blocking else 0

    @property
    def verdict(self) -> str:
        """`pass`, `fail` or `not-evaluated`: the exit code in a word."""
        return {0: "pass", 1: "fail", 3: "not-evaluated"}[self.exit_code]
