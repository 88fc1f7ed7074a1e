"""The parts of a dataset that are judged each on its own: what was measured, what was not, cells by scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checker.model.composition import Absence, Cell, Measurement, Tally, Unmeasured
from checker.model.dataset import Dataset, DatasetVersion, Shard
from checker.model.evidence import Evidence
from checker.model.location import Location
from checker.model.outcome import Scope
from checker.rules import _digests
from checker.rules._base import Missing

NOT_STATED = "(not stated)"
Tallies = list[tuple[Cell, Tally]]


class Part(NamedTuple):
    """One part: `dimension` is `dataset`, `shard` or an axis of the cells; `name` is empty for the dataset.

    `within` says which of its records count, where the rule is for some only.
    """

    dataset: str
    dimension: str
    name: str
    tallies: Tallies
    shard: Shard | None = None
    within: str = ""
    measurement: Measurement | None = None

    @property
    def scope(self) -> Scope:
        """As outcomes carry it."""
        return ((self.dimension, self.name),) if self.name else ()

    @property
    def label(self) -> str:
        """As messages name it."""
        if self.dimension == "dataset":
            return f"{self.dataset}{self.within}"
        place = f"{self.dataset}/{self.name}" if self.shard else f"{self.dataset}, {self.dimension} {self.name}"
        return f"{place}{self.within}"

    @property
    def records(self) -> int:
        """How many records it has."""
        return sum(tally.records for _, tally in self.tallies)


class Survey(NamedTuple):
    """What is known of the records of one dataset version, within the rule's `where`.

    `unstated` counts records that do not state an axis of `where`, so that nobody knows whether the rule is theirs.
    `every_part` asks for a judgement on each part.
    """

    dataset: Dataset
    version: DatasetVersion
    where: Mapping[str, tuple[str, ...]]
    measured: tuple[tuple[Shard, Measurement, Tallies], ...]
    unmeasured: tuple[tuple[Shard, Unmeasured], ...]
    unstated: int = 0
    every_part: bool = False

    @property
    def within(self) -> str:
        """` (domain health or legal)`, or nothing."""
        return f" ({', '.join(axes(self.where))})" if self.where else ""

    @property
    def complete(self) -> bool:
        """Whether every shard was measured."""
        return not self.unmeasured

    @property
    def records(self) -> int:
        """How many measured records are within `where`."""
        return sum(tally.records for _, _, tallies in self.measured for _, tally in tallies)

    @property
    def location(self) -> Location:
        """The line in git that defines this version."""
        return self.version.definition

    def digests(self, part: Part | None = None) -> tuple[str, ...]:
        """The evidence for a part, or for the whole version."""
        if part is not None and part.shard is not None and part.measurement is not None:
            return _digests.of_shard(part.shard, part.measurement)
        return _digests.of_measurements(self.version, (measurement for _, measurement, _ in self.measured))


def survey(evidence: Evidence) -> Survey:
    """The judged version. Raises Missing when its shards are not known or there are none."""
    version = evidence.dataset.version
    return survey_shards(evidence, version, shards_of(version), evidence.measurements)


def survey_shards(
    evidence: Evidence,
    version: DatasetVersion,
    shards: tuple[Shard, ...],
    measurements: Mapping[str, Measurement | Unmeasured],
) -> Survey:
    """Some shards of a version with their measurements, within the rule's `where`."""
    measured: list[tuple[Shard, Measurement, Tallies]] = []
    unmeasured, unstated = [], 0
    for shard in shards:
        found = measurements.get(shard.hash) or Unmeasured(shard.hash, Absence.NO_BYTES, "no measurement was made")
        if isinstance(found, Unmeasured):
            unmeasured.append((shard, found))
            continue
        tallies: Tallies = []
        measured.append((shard, found, tallies))
        if not evidence.where:
            tallies += found.composition.cells.items()
            continue
        for cell, tally in found.composition.cells.items():
            mine = admits(evidence.where, cell)
            if mine:
                tallies.append((cell, tally))
            elif mine is None:
                unstated += tally.records
    every = evidence.every_part
    return Survey(evidence.dataset, version, evidence.where, tuple(measured), tuple(unmeasured), unstated, every)


def shards_of(version: DatasetVersion, *, may_be_empty: bool = False) -> tuple[Shard, ...]:
    """The shards. Raises Missing when they are not known or there are none: nothing to judge is not a pass."""
    if version.hash is None:
        raise Missing(
            f"{version.path} has not been made: no run has recorded its hash", "run `dvc repro` and commit dvc.lock"
        )
    if version.shards is None:
        reason = version.shards_problem or "the list of its shards is not here"
        what = reason if reason.startswith(f"{version.path} ") else f"{version.path}: {reason}"
        raise Missing(what, version.shards_fix or f"run `dvc fetch {version.path}`")
    if not version.shards and not may_be_empty:
        raise Missing(f"{version.path} has no shards, so there is nothing to judge", "add data, or select it no more")
    return version.shards


def admits(where: Mapping[str, tuple[str, ...]], cell: Cell) -> bool | None:
    """Whether the records of a cell are within `where`; None when they do not state what it asks."""
    answer: bool | None = True
    for axis, values in where.items():
        value = getattr(cell, axis, "")
        if not value:
            answer = None
        elif value.casefold() not in {wanted.casefold() for wanted in values}:
            return False
    return answer


def axes(where: Mapping[str, tuple[str, ...]]) -> list[str]:
    """`domain health or legal`, for each axis of `where`."""
    return [f"{axis} {' or '.join(values)}" for axis, values in sorted(where.items())]


def dimensions(known: Survey, per: tuple[str, ...]) -> tuple[str, ...]:
    """`per` without `shard` where the only shard is the dataset, which would say everything twice."""
    single = len(known.version.shards or ()) == 1 and "dataset" in per
    return tuple(dimension for dimension in per if not (single and dimension == "shard"))


def parts(known: Survey, dimension: str) -> Iterator[Part]:
    """The measured parts that have records."""
    name, within = known.dataset.name, known.within
    if dimension == "shard":
        for shard, measurement, tallies in known.measured:
            if any(tally.records for _, tally in tallies):
                yield Part(name, dimension, shard.path, tallies, shard, within, measurement)
        return
    groups: dict[str, Tallies] = {}
    for _, _, tallies in known.measured:
        for cell, tally in tallies:
            if tally.records:
                key = "" if dimension == "dataset" else getattr(cell, dimension) or NOT_STATED
                groups.setdefault(key, []).append((cell, tally))
    for key in sorted(groups):
        yield Part(name, dimension, key, groups[key], within=within)
