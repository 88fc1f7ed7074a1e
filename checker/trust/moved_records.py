"""Records that a change takes out of a rule's `where`: said to be of another domain, language or source than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker import rules as checks
from checker.governance import Rules, built_in
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import DatasetVersion
from checker.model.evidence import Evidence
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, RuleUse
from checker.policy.select import selects
from checker.rules._where import OF_RECORDS, admits, axes, card_says, settings_say

_Measured = Mapping[str, Measurement | Unmeasured]


def outcomes(rules: Rules, gathered: Mapping[str, Evidence]) -> tuple[Outcome, ...]:
    """Datasets that fit the `where` of a trusted rule before, and less now although their records are still there."""
    return tuple(
        finding
        for evidence in gathered.values()
        if evidence.dataset.base is not None
        for policy in rules.policies
        for use in policy.rules
        if use.level is not Level.OFF and use.select.where and selects(use.select, evidence.dataset)
        for finding in _escaped(use, evidence)
    )


def _escaped(use: RuleUse, evidence: Evidence) -> Iterator[Outcome]:
    where, dataset = use.select.where, evidence.dataset
    wanted = " and ".join(axes(where))
    of_records = checks.by_id(use.check).group in OF_RECORDS
    if not of_records and settings_say(where, dataset.settings):
        return
    if not of_records and card_says(where, evidence.base_card) and not card_says(where, evidence.card):
        yield _fail(evidence, f"the card of {dataset.name} says {wanted} no longer, for which {use.id} is")
        return
    now = _counted(use, dataset.version, evidence.measurements)
    before = dataset.base and _counted(use, dataset.base, {**evidence.measurements, **evidence.base_measurements})
    if not now or not before:
        return  # some shard is not measured, of which the rule itself has to say so
    (all_then, fit_then), (all_now, fit_now) = before, now
    left = fit_then - fit_now
    # Records that were deleted are not there to be judged; those that became others are.
    if left > 0 and (all_now == all_then or (fit_now == 0 and all_now > all_then - left)):
        yield _fail(
            evidence,
            f"{dataset.name}: {left:,} of {fit_then:,} records are of {wanted} no longer, for which {use.id} is, "
            f"and the dataset has {all_now:,} records, had {all_then:,}",
        )


def _fail(evidence: Evidence, message: str) -> Outcome:
    dataset = evidence.dataset
    fix = "keep what the data says of itself, or delete the records in a change before this one"
    found = built_in("moved-out", Status.FAIL, message, dataset.version.definition, fix, dataset=dataset.name)
    return found._replace(rule="policy/moved-out")


def _counted(use: RuleUse, version: DatasetVersion, measured: _Measured) -> tuple[int, int] | None:
    """How many records a version has, and how many of them may be within `where`."""
    total = fitting = 0
    for shard in version.shards or ():
        found = measured.get(shard.hash)
        if not isinstance(found, Measurement):
            return None
        for cell, tally in found.composition.cells.items():
            total += tally.records
            fitting += tally.records if admits(use.select.where, cell) is not False else 0
    return None if version.shards is None else (total, fitting)
