"""Records that a change takes out of a rule's `where`: said to be of another domain, language or source than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checker import rules as checks
from checker.gather import Before, Gathered
from checker.globs import matches
from checker.governance import Rules, built_in
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import DatasetVersion
from checker.model.evidence import Evidence
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, RuleUse
from checker.policy.comparing.change import counted
from checker.policy.select import selects
from checker.rules._where import OF_RECORDS, admits, axes, card_says, settings_say

_Measured = Mapping[str, Measurement | Unmeasured]


class _Count(NamedTuple):
    """The records of some datasets, and those that a rule is for."""

    all: int = 0
    fitting: int = 0

    def plus(self, other: _Count) -> _Count:
        """Both together."""
        return _Count(self.all + other.all, self.fitting + other.fitting)


def outcomes(rules: Rules, gathered: Gathered) -> tuple[Outcome, ...]:
    """Datasets that fit the `where` of a trusted rule before, and less now although their records are still there.

    Each dataset by itself, then what is gone together with what is new: a dataset may be renamed, too.
    """
    said: dict[Outcome, None] = {}
    for use in (use for policy in rules.policies for use in policy.rules if use.level is not Level.OFF):
        if not use.select.where and not use.select.paths:
            continue
        here = [one for one in gathered.evidence.values() if one.dataset.base and selects(use.select, one.dataset)]
        found = [finding for evidence in here for finding in _escaped(use, evidence)]
        if not found and checks.by_id(use.check).group in OF_RECORDS:
            found = [finding for before in gathered.before for finding in _together(use, before, gathered.evidence)]
        said.update(dict.fromkeys(found))
    return tuple(said)


def _escaped(use: RuleUse, evidence: Evidence) -> Iterator[Outcome]:
    where, dataset = use.select.where, evidence.dataset
    of_records = checks.by_id(use.check).group in OF_RECORDS
    if not of_records and settings_say(where, dataset.settings):
        return
    if not of_records and card_says(where, evidence.base_card) and not card_says(where, evidence.card):
        yield _fail(
            evidence, f"the card of {dataset.name} says {' and '.join(axes(where))} no longer, for which {use.id} is"
        )
        return
    now = _counted(use, dataset.version, evidence.measurements)
    before = dataset.base and _counted(use, dataset.base, {**evidence.measurements, **evidence.base_measurements})
    if not now or not before:
        return  # some shard is not measured, of which the rule itself has to say so
    if _became_others(before, now):
        gone = f"{dataset.name}: {before.fitting - now.fitting:,} of {before.fitting:,} records"
        size = f"the dataset has {now.all:,} records, had {before.all:,}"
        yield _fail(evidence, f"{gone} are {_wanted(use)} no longer, for which {use.id} is, and {size}")


def _together(use: RuleUse, before: Before, now: Mapping[str, Evidence]) -> Iterator[Outcome]:
    """The same of the datasets that lost such records, with those that are new."""
    then = {name: one for name, one in before.evidence.items() if selects(use.select, one.dataset)}
    new = [one for name, one in now.items() if name not in before.known and selects(use.select, one.dataset)]
    counts = [_counted(use, one.dataset.version, one.measurements) for one in new]
    lost: list[str] = []
    had, has = _Count(), _Count()
    for name, evidence in then.items():
        was = _counted(use, evidence.dataset.version, evidence.measurements)
        heir = now.get(name)
        left = _counted(use, heir.dataset.version, heir.measurements) if heir else _Count()
        if was is None or left is None:
            return
        if left.fitting < was.fitting:
            had, has = had.plus(was), has.plus(left)
            lost.append(name)
    for count in counts:
        if count is None:
            return
        has = has.plus(count)
    if lost and _became_others(had, has):
        gone = f"{had.fitting - has.fitting:,} of {had.fitting:,} records of {counted(lost)}"
        message = f"{gone} are {_wanted(use)} no longer, for which {use.id} is"
        names = [one.dataset.name for one in new]
        beside = f": with {counted(names)} there are {has.all:,} records, were {had.all:,}" if names else ""
        yield _fail(new[0] if new else now.get(lost[0], then[lost[0]]), f"{message}{beside}")


def _became_others(before: _Count, now: _Count) -> bool:
    """Records that were deleted are not there to be judged; those that became others are."""
    left = before.fitting - now.fitting
    return left > 0 and (now.all == before.all or (now.fitting == 0 and now.all > before.all - left))


def _wanted(use: RuleUse) -> str:
    """`of domain health`, `in [notes/**]`."""
    where = f"of {' and '.join(axes(use.select.where))}" if use.select.where else ""
    paths = f"in [{', '.join(use.select.paths)}]" if use.select.paths else ""
    return " ".join(part for part in (where, paths) if part)


def _fail(evidence: Evidence, message: str) -> Outcome:
    dataset = evidence.dataset
    fix = "keep what the data says of itself, or delete the records in a change before this one"
    found = built_in("moved-out", Status.FAIL, message, dataset.version.definition, fix, dataset=dataset.name)
    return found._replace(rule="policy/moved-out")


def _counted(use: RuleUse, version: DatasetVersion, measured: _Measured) -> _Count | None:
    """How many records a version has, and how many of them may be what the rule is for."""
    total = fitting = 0
    for shard in version.shards or ():
        found = measured.get(shard.hash)
        if not isinstance(found, Measurement):
            return None
        reached = not use.select.paths or any(matches(glob, shard.path) for glob in use.select.paths)
        for cell, tally in found.composition.cells.items():
            total += tally.records
            fitting += tally.records if reached and admits(use.select.where, cell) is not False else 0
    return None if version.shards is None else _Count(total, fitting)
