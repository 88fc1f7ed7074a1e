"""Both rulebooks over the evidence: the one that binds, and what a change would make of it, which informs."""

from __future__ import annotations

from typing import NamedTuple

from checker import evaluate, governance, relieving
from checker.discover.repository import Repository
from checker.evaluate.relief import Relief
from checker.gather import Gathered
from checker.governance import Rules
from checker.model.dataset import Dataset
from checker.model.outcome import Outcome, Status
from checker.model.policy import Policy, Stage
from checker.policy.rulebook import Rulebook
from checker.request import Request
from checker.scope import Found


class Judged(NamedTuple):
    """The outcomes in the order of a report, and what is to be said of the baseline."""

    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]


def judge(
    repository: Repository, rules: Rules, found: Found, gathered: Gathered, request: Request, today: str
) -> Judged:
    """What binds, with waivers and the baseline; then what the proposed rulebook would say."""
    head = found.head.tree
    tree = rules.trusted or head
    relief = relieving.relief_of(repository, rules.book, tree, today, every_part=request.every_finding)
    binding = _apply(rules.policies, gathered, found, request, relief)
    outcomes = (
        *governance.outcomes(rules, found.head.problems, found.passed_over),
        *governance.ungoverned(_ungoverned(rules, found, request.stage)),
        *gathered.reverified,
        *_shown(binding, rules.book, request),
        *relieving.findings(relief, binding, request.stage, complete=found.complete),
        *relieving.overdue(rules.book, today),
        *_informing(repository, rules, found, gathered, request, today),
    )
    return Judged(outcomes, _idle(rules.book, binding, found, request.stage))


def strict(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Where warnings block, too."""
    return tuple(
        outcome._replace(blocking=True) if outcome.status is Status.WARN and not outcome.informs_only else outcome
        for outcome in outcomes
    )


def _informing(
    repository: Repository, rules: Rules, found: Found, gathered: Gathered, request: Request, today: str
) -> tuple[Outcome, ...]:
    relief = relieving.relief_proposed(repository, rules.proposed_book, found.head.tree, today)
    judged = _apply(rules.proposed, gathered, found, request, relief)
    said = (
        *_shown(judged, rules.proposed_book, request),
        *relieving.findings(relief, (), request.stage, complete=False),
    )
    return tuple(outcome._replace(informs_only=True, blocking=False) for outcome in said)


def _apply(
    policies: tuple[Policy, ...], gathered: Gathered, found: Found, request: Request, relief: Relief
) -> tuple[Outcome, ...]:
    return evaluate.apply(policies, gathered.evidence, request.stage, everything=found.complete, relief=relief)


def _shown(judged: tuple[Outcome, ...], book: Rulebook | None, request: Request) -> tuple[Outcome, ...]:
    """What the report shows: where the baseline had every part told, the first of many."""
    if book is None or not book.baseline or request.every_finding:
        return judged
    from checker.evaluate.baselined import shortened

    return shortened(judged, book.baseline)


def _idle(book: Rulebook, judged: tuple[Outcome, ...], found: Found, stage: Stage) -> tuple[str, ...]:
    """How much of the baseline is of no use any more: only a run over all datasets can tell."""
    if not book.baseline or not found.complete:
        return ()
    from checker.evaluate.baselined import note_of, states

    return note_of(dict(states(book.baseline, book.policies, judged, stage)))


def _ungoverned(rules: Rules, found: Found, stage: Stage) -> tuple[Dataset, ...]:
    """The new and changed datasets that no rule is for, where a trusted policy judges."""
    if rules.trusted is None:
        return ()
    changed = (dataset for dataset in found.datasets if dataset.changed)
    return tuple(dataset for dataset in changed if not evaluate.governs(rules.policies, dataset, stage))
