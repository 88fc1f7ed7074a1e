"""The parts of a dataset that are judged each on its own: what was measured, what was not, cells by scope."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from checker.model.composition import Absence, Cell, Measurement, Origin, Tally, Unmeasured
from checker.model.dataset import Dataset, DatasetVersion, Shard
from checker.model.evidence import Evidence
from checker.model.location import Location
from checker.model.outcome import Scope
from checker.rules import _digests
from checker.rules._base import Missing
from checker.rules._merging import merged
from checker.rules._where import admits, axes

NOT_STATED = "(not stated)"
Tallies = list[tuple[Cell, Tally]]
T = TypeVar("T")


class Part(NamedTuple):
    """One part: `dimension` is `dataset`, `shard` or an axis of the cells; `name` is empty for the dataset.

    `within` says which of its records count, where the rule is for some only; `counted` is `records`, where known.
    """

    dataset: str
    dimension: str
    name: str
    tallies: Tallies
    shard: Shard | None = None
    within: str = ""
    measurement: Measurement | None = None
    counted: int | None = None

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
        return _records(self.tallies) if self.counted is None else self.counted


class Survey(NamedTuple):
    """What is known of the records of one dataset version, within the rule's `where`.

    `unstated` counts records that do not state an axis of `where`, so that nobody knows whether the rule is theirs.
    `every_part` asks for a judgement on each part. `unrestricted` is the survey without `where`. `memory` keeps what
    no limit changes: rules that differ in their limits share it.
    """

    dataset: Dataset
    version: DatasetVersion
    where: Mapping[str, tuple[str, ...]]
    measured: tuple[tuple[Shard, Measurement, Tallies], ...]
    unmeasured: tuple[tuple[Shard, Unmeasured], ...]
    memory: dict[Any, Any]
    unstated: int = 0
    every_part: bool = False
    unrestricted: Survey | None = None

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` makes, made only the first time. `key` names it and all that it depends on beside the survey."""
        if key not in self.memory:
            self.memory[key] = make()
        made: T = self.memory[key]
        return made

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
        return self.once("records", lambda: sum(tally.records for _, tally in self.whole))

    @property
    def bad_rows(self) -> int:
        """How many rows of the measured shards are unreadable."""
        return self.once("bad rows", lambda: sum(found.composition.bad_rows for _, found, _ in self.measured))

    @property
    def whole(self) -> Tallies:
        """The cells that have records, those of all shards together: equal cells are one."""
        return self.once("whole", self._whole)

    def _whole(self) -> Tallies:
        if self.unrestricted is not None:
            return [entry for entry in self.unrestricted.whole if admits(self.where, entry[0])]
        return merged(tallies for _, _, tallies in self.measured)

    @property
    def location(self) -> Location:
        """The line in git that defines this version."""
        return self.version.definition

    def digests(self, part: Part | None = None) -> tuple[str, ...]:
        """The evidence for a part, or for the whole version."""
        if part is not None and part.shard is not None and part.measurement is not None:
            return _digests.of_shard(part.shard, part.measurement)
        return self.once("digests", self._digests)

    def _digests(self) -> tuple[str, ...]:
        return _digests.of_measurements(self.version, (measurement for _, measurement, _ in self.measured))


def survey(evidence: Evidence) -> Survey:
    """The judged version. Raises Missing when its shards are not known or there are none."""
    if evidence.every_part:
        # What is known of the records is the same, and so is what the rules made of it.
        return survey(evidence._replace(every_part=False))._replace(every_part=True)
    version = evidence.dataset.version
    shards = shards_of(version)

    def make() -> Survey:
        if evidence.shared is None or not evidence.where:
            return survey_shards(evidence, version, shards, evidence.measurements)
        return restricted(survey(evidence._replace(where={})), evidence.where)

    return shared(evidence, "survey", make)


def shared(evidence: Evidence, name: str, make: Callable[[], T]) -> T:
    """What `make` makes of the evidence, made only the first time that any rule asks for it in this run."""
    if evidence.shared is None:
        return make()
    dataset = evidence.dataset
    of = (dataset.version, dataset.base, evidence.measurements, evidence.base_measurements)
    key = (name, *map(id, of), tuple(evidence.where.items()), evidence.every_part)
    if key not in evidence.shared:
        # The ids stay those of these objects: what is shared holds on to them.
        evidence.shared[key] = (make(), of)
    made: T = evidence.shared[key][0]
    return made


def survey_shards(
    evidence: Evidence,
    version: DatasetVersion,
    shards: tuple[Shard, ...],
    measurements: Mapping[str, Measurement | Unmeasured],
) -> Survey:
    """Some shards of a version with their measurements, within the rule's `where`."""
    measured: list[tuple[Shard, Measurement, Tallies]] = []
    unmeasured = []
    for shard in shards:
        found = measurements.get(shard.hash) or Unmeasured(shard.hash, Absence.NO_BYTES, "no measurement was made")
        if isinstance(found, Unmeasured):
            unmeasured.append((shard, found))
        else:
            measured.append((shard, found, list(found.composition.cells.items())))
    known = Survey(
        dataset=evidence.dataset,
        version=version,
        where={},
        measured=tuple(measured),
        unmeasured=tuple(unmeasured),
        memory={},
        every_part=evidence.every_part,
    )
    return restricted(known, evidence.where)


def restricted(known: Survey, where: Mapping[str, tuple[str, ...]]) -> Survey:
    """The same of the records within `where` alone."""
    if not where:
        return known
    mine = _admitting(where)
    measured = tuple(
        (shard, found, [entry for entry in tallies if mine(entry[0])]) for shard, found, tallies in known.measured
    )
    unstated = sum(tally.records for cell, tally in known.whole if mine(cell) is None)
    return known._replace(where=where, measured=measured, memory={}, unstated=unstated, unrestricted=known)


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


def _admitting(where: Mapping[str, tuple[str, ...]]) -> Callable[[Cell], bool | None]:
    """`admits`; where one axis is asked about, with a memory, since its values come again and again."""
    if len(where) != 1:
        return partial(admits, where)
    (axis,) = where
    value_of, known = attrgetter(axis), _Answers(where, axis)
    return lambda cell: known[value_of(cell)]


class _Answers(dict[str, "bool | None"]):
    """The answers of `admits` by the value of one axis, each found out once."""

    def __init__(self, where: Mapping[str, tuple[str, ...]], axis: str) -> None:
        super().__init__()
        self.where, self.axis = where, axis

    def __missing__(self, value: str) -> bool | None:
        self[value] = admits(self.where, Cell(Origin.UNKNOWN, **{self.axis: value}))
        return self[value]


def dimensions(known: Survey, per: tuple[str, ...]) -> tuple[str, ...]:
    """`per` without `shard` where the only shard is the dataset, which would say everything twice."""
    single = len(known.version.shards or ()) == 1 and "dataset" in per
    return tuple(dimension for dimension in per if not (single and dimension == "shard"))


def parts(known: Survey, dimension: str) -> list[Part]:
    """The measured parts that have records, by name."""
    return known.once(("parts", dimension), lambda: _parts(known, dimension))


def too_small(known: Survey, dimension: str, least: int) -> int:
    """How many parts have fewer records than this."""
    sizes = known.once(("sizes", dimension), lambda: sorted(part.records for part in parts(known, dimension)))
    return bisect_left(sizes, least)


def _parts(known: Survey, dimension: str) -> list[Part]:
    name, within = known.dataset.name, known.within
    if dimension == "shard":
        found = [
            Part(name, dimension, shard.path, tallies, shard, within, measurement, records)
            for shard, measurement, tallies in known.measured
            if (records := _records(tallies))
        ]
        return sorted(found, key=lambda part: part.name)
    groups: dict[str, Tallies] = {}
    for cell, tally in known.whole:
        key = "" if dimension == "dataset" else getattr(cell, dimension) or NOT_STATED
        groups.setdefault(key, []).append((cell, tally))
    return [
        Part(name, dimension, key, groups[key], within=within, counted=_records(groups[key])) for key in sorted(groups)
    ]


def _records(tallies: Iterable[tuple[Cell, Tally]]) -> int:
    return sum([tally.records for _, tally in tallies])
