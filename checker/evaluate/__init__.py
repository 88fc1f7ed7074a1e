"""Policies over evidence: which rules judge which datasets, and what their judgements mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from checker import rules
from checker.evaluate.paths import narrowed, reaches
from checker.evaluate.ratchets import ACROSS, Wanted, ratcheted, wanted, when_missing
from checker.evaluate.relief import NO_RELIEF, Relief, relieved, told_whole
from checker.model.dataset import Dataset
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement, Outcome, Status, Verdict
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage, WhenMissing
from checker.policy.select import selects
from checker.rules import _digests
from checker.rules._base import Check, Missing
from checker.rules._soundness import sound
from checker.rules._where import OF_RECORDS, applies, axes, settings_say

MUST_EVALUATE = frozenset({Stage.PR, Stage.RELEASE})


def apply(
    policies: tuple[Policy, ...],
    gathered: Mapping[str, Evidence],
    stage: Stage,
    *,
    everything: bool | None = None,
    relief: Relief = NO_RELIEF,
) -> tuple[Outcome, ...]:
    """Every rule of this stage over every dataset it selects, in the order of the policies, then by dataset.

    `everything` tells whether `gathered` holds all datasets, as it does at pr and release; only then can a rule be
    said to match nothing.
    """
    complete = stage in MUST_EVALUATE if everything is None else everything
    seen = [sound(evidence) for _, evidence in sorted(gathered.items())]
    told = told_whole(relief)
    outcomes: list[Outcome] = []
    for rule in (rule for policy in policies for rule in policy.rules if _is_active(rule, stage)):
        matched = False
        for evidence in seen:
            scope = _scope(rule, evidence)
            if scope is not False:
                matched = True
                if relief.every_part or (rule.id, evidence.dataset.name) in told:
                    evidence = evidence._replace(every_part=True)  # noqa: PLW2901 - the same, to be told in full
                judged = _judge(rule, evidence, scope)
                found = [_outcome(rule, evidence, judgement, stage) for judgement in judged]
                again, tell = partial(_judge, scope=scope), partial(_outcome, stage=stage)
                outcomes += relieved(rule, evidence, judged, found, relief, again, tell)
        if complete and not matched:
            outcomes.append(_unmatched(rule, demanded=_misses_its_match(rule, seen)))
    return tuple(outcomes)


def needs(policies: tuple[Policy, ...], dataset: Dataset, stage: Stage) -> frozenset[Need]:
    """What must be gathered of a dataset so that the rules of this stage can judge it."""
    wanted: set[Need] = set()
    for rule in (rule for policy in policies for rule in policy.rules):
        if _is_active(rule, stage) and selects(rule.select, dataset):
            check = rules.by_id(rule.check)
            wanted |= check.needs(rule.params)
            if check.group not in OF_RECORDS and not settings_say(rule.select.where, dataset.settings):
                wanted |= {Need.CARD, Need.SHARDS, Need.COMPOSITION}
            of_some = bool(rule.select.where or rule.select.paths)
            if of_some and dataset.base is not None and stage in MUST_EVALUATE:
                # Records that fit before, and are said to be of something else now, are told apart from deleted ones.
                wanted |= {Need.SHARDS, Need.COMPOSITION, Need.BASE, Need.BASE_COMPOSITION}
    return frozenset(wanted)


def references(policies: tuple[Policy, ...], dataset: Dataset, stage: Stage) -> Mapping[str, frozenset[Need]]:
    """The other data that the rules of this stage compare a dataset with, and what is needed of the comparison."""
    wanted: dict[str, frozenset[Need]] = {}
    for rule in (rule for policy in policies for rule in policy.rules):
        if _is_active(rule, stage) and selects(rule.select, dataset):
            check = rules.by_id(rule.check)
            for name in check.references(rule.params):
                wanted[name] = wanted.get(name, frozenset()) | (check.needs(rule.params) & ACROSS)
    return wanted


def earlier(policies: tuple[Policy, ...], dataset: Dataset, stage: Stage) -> Mapping[str, Wanted]:
    """What the ratchets of this stage hold a dataset against, and what must be gathered of it."""
    used = (rule for policy in policies for rule in policy.rules if rule.ratchet is not None)
    return wanted(rule for rule in used if _is_active(rule, stage) and selects(rule.select, dataset))


def governs(policies: tuple[Policy, ...], dataset: Dataset, stage: Stage) -> bool:
    """Whether any rule of this stage is for the dataset."""
    return any(
        _is_active(rule, stage) and selects(rule.select, dataset) for policy in policies for rule in policy.rules
    )


def is_for_some(rule: RuleUse, stage: Stage) -> bool:
    """Whether a rule of this stage judges some records of its datasets, and not others."""
    narrow = bool(rule.select.where or rule.select.paths)
    return narrow and _is_active(rule, stage) and rules.by_id(rule.check).group in OF_RECORDS


def _is_active(rule: RuleUse, stage: Stage) -> bool:
    return rule.level is not Level.OFF and stage in rule.stages


def _scope(rule: RuleUse, evidence: Evidence) -> bool | None:
    """Whether the rule is for this dataset, or for some of its records; None when nobody can tell."""
    where, paths, check = rule.select.where, rule.select.paths, rules.by_id(rule.check)
    before = bool(paths) and Need.BASE in check.needs(rule.params)
    if not selects(rule.select, evidence.dataset) or not reaches(evidence, paths, before=before):
        return False
    return applies(where, check, rule.params, narrowed(evidence, paths))


def _judge(rule: RuleUse, evidence: Evidence, scope: bool | None) -> tuple[Judgement, ...]:
    """Where nobody knows whether the rule is for the dataset, only a check that counts records can say more."""
    check = rules.by_id(rule.check)
    if scope is None and check.group not in OF_RECORDS:
        return (_unknown_scope(rule, evidence),)
    evidence = narrowed(evidence, rule.select.paths)._replace(where=rule.select.where)
    return tuple(ratcheted(rule, evidence, _judgements(check, rule, evidence)))


def _judgements(check: Check[Any], rule: RuleUse, evidence: Evidence) -> Iterator[Judgement]:
    """What the check says. What it cannot tell, and saying nothing at all, is unknown: silence is not a pass."""
    said = False
    try:
        for judgement in check.judge(evidence, rule.params):
            said = True
            yield judgement
    except Missing as missing:
        said = True
        yield _unknown(evidence, missing.what, missing.fix, deferred=missing.deferred)
    if not said:
        yield _unknown(evidence, f"{rule.check} found nothing to judge in {evidence.dataset.name}")


def _unknown(evidence: Evidence, message: str, fix: str = "", *, deferred: bool = False) -> Judgement:
    version = evidence.dataset.version
    digests = _digests.of_version(version)
    return Judgement(Verdict.UNKNOWN, message, version.definition, fix=fix, evidence=digests, deferred=deferred)


def _unknown_scope(rule: RuleUse, evidence: Evidence) -> Judgement:
    wanted = " and ".join(axes(rule.select.where))
    return _unknown(
        evidence,
        f"{evidence.dataset.name}: nobody knows whether it has records of {wanted}, which this rule is for",
        f"state {' and '.join(sorted(rule.select.where))} of the records, or of the dataset in headwater.yaml",
    )


def _outcome(rule: RuleUse, evidence: Evidence, judgement: Judgement, stage: Stage) -> Outcome:
    status = _status(rule, judgement)
    unknown = judgement.verdict is Verdict.UNKNOWN
    return Outcome(
        rule=rule.id,
        check=rule.check,
        status=status,
        level=rule.level,
        dataset=evidence.dataset.name,
        message=f"{judgement.message}{_among(rule.select.paths)}",
        location=judgement.location,
        scope=judgement.scope,
        measured=judgement.measured,
        limit=judgement.limit,
        unit=judgement.unit,
        fix=_fix(rule, judgement),
        evidence=judgement.evidence,
        reason=_reason(judgement) if unknown else "",
        blocking=status is Status.FAIL or (unknown and _missing_blocks(rule, judgement, stage)),
        reference=judgement.reference,
        content=_content(evidence, judgement),
    )


def _content(evidence: Evidence, judgement: Judgement) -> str:
    if judgement.verdict not in (Verdict.BROKEN, Verdict.DOUBTFUL):
        return ""
    cards = (evidence.card, evidence.base_card)
    return _digests.of_content(judgement.evidence, cards, evidence.dataset.version)


def _among(paths: tuple[str, ...]) -> str:
    return f" (only among the shards {', '.join(paths)})" if paths else ""


def _status(rule: RuleUse, judgement: Judgement) -> Status:
    match judgement.verdict:
        case Verdict.HOLDS:
            return Status.PASS
        case Verdict.DOUBTFUL:
            return Status.WARN
        case Verdict.BROKEN:
            return Status.FAIL if rule.level is Level.BLOCK else Status.WARN
        case Verdict.UNKNOWN:
            return Status.NOT_EVALUATED


def _missing_blocks(rule: RuleUse, judgement: Judgement, stage: Stage) -> bool:
    """A rule that may not block when broken does not block when open. Deferred work blocks a commit only if told so."""
    if rule.level is not Level.BLOCK:
        return False
    missing = when_missing(rule, judgement)
    return stage in MUST_EVALUATE if missing is None else missing is WhenMissing.BLOCK


def _reason(judgement: Judgement) -> str:
    return f"deferred to a later stage: {judgement.message}" if judgement.deferred else judgement.message


def _fix(rule: RuleUse, judgement: Judgement) -> str:
    """The computed numbers first, then the policy's own advice, which is on breaches, not on missing evidence."""
    match judgement.verdict:
        case Verdict.HOLDS:
            return ""
        case Verdict.UNKNOWN:
            return judgement.fix
        case _:
            return "; ".join(text for text in (judgement.fix, rule.fix) if text)


def _misses_its_match(rule: RuleUse, seen: list[Evidence]) -> bool:
    """Whether a match is demanded of what the policy selects itself, and there is none."""
    select = rule.select
    own = select._replace(**{key: Selector._field_defaults[key] for key in select.narrowed_by_pack})
    asked = rule._replace(select=own)
    return select.require_match and all(_scope(asked, evidence) is False for evidence in seen)


def _unmatched(rule: RuleUse, *, demanded: bool) -> Outcome:
    """No dataset, or no record, is within the rule's selection: said aloud, and blocking where a match is demanded."""
    select = rule.select
    wanted = [
        *select.datasets,
        *(f"role {role}" for role in select.roles),
        *(f"label {name}" for name in select.labels),
        *axes(select.where),
        *(f"shards {glob}" for glob in select.paths),
    ]
    message = f"{rule.id} matches nothing ({', '.join(wanted) or 'there are no datasets'}), so nothing was judged"
    return Outcome(
        rule=rule.id,
        check=rule.check,
        status=Status.NOT_EVALUATED,
        level=rule.level,
        dataset="",
        message=message,
        location=rule.location,
        fix="correct the selection, or track the data with DVC" if demanded else "",
        reason=message,
        blocking=demanded and rule.level is Level.BLOCK,
    )
