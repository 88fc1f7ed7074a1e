"""`--require-evidence`: nothing is measured and no record is read; what is not known is told by name."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from checker.discover import discover
from checker.discover.objects import ObjectStore
from checker.engine.measuring import recall_all
from checker.engine.slices import slice_with
from checker.errors import DatasetError, ObjectMissing
from checker.governance import built_in
from checker.measure.shards import tasks_of
from checker.model.composition import Absence, Measurement, Unmeasured
from checker.model.dataset import DatasetVersion, Shard
from checker.model.likeness import Gap
from checker.model.outcome import Outcome, Status
from checker.shards import NOT_RECORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from checker.discover import Discovery, Tree
    from checker.measure.shards import Plan
    from checker.scope import Found
    from checker.store import EvidenceCache

    # The judged state and the one before, each with path and hash of all its versions.
    _States: TypeAlias = Sequence[tuple[Tree, frozenset[tuple[str, str | None]]]]

NAME = "evidence-required"
_NOTHING_IS_MEASURED = "its evidence is not known, and nothing is measured here"
_NOTHING_IS_READ = "it is not read where evidence is required"
_SHOWN = 3
_SHORT = 12
_MOST_SLICES = 8


class ListsAndCards(ObjectStore):
    """Lists of shards, and of the files in them those that by their names are no records."""

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        """As any store; ObjectMissing for what may be records."""
        if version.is_dir and (shard.path in NOT_RECORDS or shard.path.lower() == "readme.md"):
            return super().open(version, shard)
        raise ObjectMissing(_NOTHING_IS_READ, hint="leave out --require-evidence where the data is")

    def has_local(self, version: DatasetVersion, shard: Shard) -> bool:
        """Never: what is not opened is not here."""
        return False

    def local_size(self, version: DatasetVersion, shard: Shard) -> int | None:
        """None: what is not opened is not here."""
        return None


class _Lacking(NamedTuple):
    """The shards of a version whose evidence is not known, out of so many; none, where they are not listed."""

    version: DatasetVersion
    shards: tuple[Shard, ...]
    of: int


class Required:
    """Finds what is known of shards, and remembers what is not.

    `slices` is in how many of them the data was measured, where that is known; `store` is where evidence is shared.
    """

    # What is opened meanwhile.
    kind = ListsAndCards

    def __init__(self, slices: int | None = None, store: str = "") -> None:
        self._slices, self._store = slices, store
        self._lacking: dict[tuple[str, str | None], _Lacking] = {}
        self._gaps: dict[str, tuple[DatasetVersion, Gap]] = {}

    def known(
        self, version: DatasetVersion, plan: Plan, cache: EvidenceCache
    ) -> Mapping[str, Measurement | Unmeasured]:
        """The shards of a version, by hash. Nothing is opened but the evidence."""
        tasks = tasks_of(((version, shard) for shard in version.shards or ()), plan.settings)
        found = recall_all(tasks, plan, cache)
        lacking = tuple(task.shard for task in tasks if task.shard.hash not in found)
        if lacking or version.shards is None:
            self._remember(_Lacking(version, lacking, len(tasks)))
        step = f"run `{self._command(version.path)}` where the data is"
        absent = {
            shard.hash: Unmeasured(shard.hash, Absence.UNKNOWN, f"{shard.path}: {_NOTHING_IS_MEASURED}", step)
            for shard in lacking
        }
        return {task.shard.hash: found.get(task.shard.hash) or absent[task.shard.hash] for task in tasks}

    def extras(self, version: DatasetVersion, extras: Mapping[str, object]) -> Mapping[str, object]:
        """What the metrics of plug-ins made of a version, the first that lacks something remembered."""
        gaps = [value for value in extras.values() if isinstance(value, Gap)]
        if gaps:
            self._gaps.setdefault(version.path, (version, gaps[0]))
        return extras

    def outcomes(self, found: Found) -> tuple[Outcome, ...]:
        """One for each version that lacks evidence. They block: what is required is not there."""
        return (*self._of_shards(found), *(_of_metrics(*self._gaps[path]) for path in sorted(self._gaps)))

    def _of_shards(self, found: Found) -> tuple[Outcome, ...]:
        if not self._lacking:
            return ()
        states = [(one.tree, _versions(one, complete=found.complete)) for one in (found.head, found.base)]
        ordered = sorted(self._lacking.values(), key=lambda one: (one.version.path, one.version.hash or ""))
        return tuple(self._outcome(lacking, states) for lacking in ordered)

    def _remember(self, more: _Lacking) -> None:
        """Rules that ask for more evidence of the same version lack more of it."""
        key = (more.version.path, more.version.hash)
        known = self._lacking.get(key, more)
        shards = tuple(dict.fromkeys((*known.shards, *more.shards)))
        self._lacking[key] = _Lacking(known.version, shards, max(known.of, more.of))

    def _outcome(self, lacking: _Lacking, states: _States) -> Outcome:
        version = lacking.version
        judged = (version.path, version.hash) in states[0][1]
        label, rev = ("", "") if judged else _earlier(version, states)
        if version.shards is None:
            why = version.shards_problem or f"{version.path} has no hash yet"
            words, fix = f"the shards of {version.path}{label} are not known: {why}", version.shards_fix
        else:
            of = f" of {lacking.of:,}" if judged else ""
            shown = _named([shard.path for shard in lacking.shards], _SHOWN)
            words = f"{version.path}{label}: the evidence of {len(lacking.shards):,}{of} shards is not known ({shown})"
            fix = f"{self._steps(lacking, rev)}{_about_names(lacking.shards)}"
        return built_in(NAME, Status.NOT_EVALUATED, words, version.definition, fix, dataset=version.path)

    def _steps(self, lacking: _Lacking, rev: str) -> str:
        path = lacking.version.path
        if self._slices is None:
            return f"run `{self._command(path, rev)}` where the data is, or the slices that have not ended with 0"
        wanted = sorted({slice_with(shard.hash, self._slices) for shard in lacking.shards})
        first, *others = (f"{one.number}/{one.of}" for one in wanted)
        rest = f"; the same for {_named(others, _MOST_SLICES)}" if others else ""
        return f"run `{self._command(path, rev, first)}` where the data is{rest}"

    def _command(self, path: str, rev: str = "", share: str = "") -> str:
        options = (("--rev", rev), ("--slice", share), ("--store", self._store))
        words = [word for option, value in options if value for word in (option, value)]
        return shlex.join(["headwater", "measure", path, *words])


def _of_metrics(version: DatasetVersion, gap: Gap) -> Outcome:
    words = f"{version.path}: what a metric of a plug-in says is not known: {gap.what}"
    return built_in(NAME, Status.NOT_EVALUATED, words, version.definition, gap.fix, dataset=version.path)


def _versions(state: Discovery, *, complete: bool) -> frozenset[tuple[str, str | None]]:
    """All versions of a state; a commit has read only the definitions that it touches."""
    try:
        every = state.versions if complete else discover(state.tree, None).versions
    except DatasetError:  # from before `dvc init`
        return frozenset()
    return frozenset((version.path, version.hash) for version in every)


def _earlier(version: DatasetVersion, states: _States) -> tuple[str, str]:
    """How to call a version that is not the judged one, and the revision to measure it at."""
    snapshot = states[1][0].snapshot
    if (version.path, version.hash) in states[1][1] and snapshot.commit:
        return f" at {snapshot.commit[:_SHORT]}", snapshot.commit[:_SHORT]
    return f" as an earlier revision has it ({version.hash_name} {(version.hash or '')[:_SHORT]})", "REV"


def _named(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _about_names(shards: Sequence[Shard]) -> str:
    """Files that no `measure` makes evidence of, if they are what they are called."""
    named = [shard.path for shard in shards if shard.path in NOT_RECORDS]
    return f"; {named[0]} is told from records by its bytes: add --download" if named else ""
