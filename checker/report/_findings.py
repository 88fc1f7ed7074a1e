"""Which outcomes are findings, how grave, in what order, and under what lasting name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum

from checker.model.outcome import Outcome, Status
from checker.model.policy import Level
from checker.model.report import DatasetReport, Report


class Grade(IntEnum):
    """How loud an outcome is, the same in every format."""

    ERROR = 0
    WARNING = 1
    NOTE = 2
    SILENT = 3


_RANK = {
    Status.FAIL: 0,
    Status.NOT_EVALUATED: 1,
    Status.WARN: 2,
    Status.WAIVED: 3,
    Status.PASS: 4,
}


def grade(outcome: Outcome) -> Grade:
    """Blocking is an error; what only informs is at most a note; passes and waivers are silent."""
    if outcome.status in (Status.PASS, Status.WAIVED):
        return Grade.SILENT
    if outcome.informs_only or outcome.level is Level.AUDIT:
        return Grade.NOTE
    if outcome.blocking:
        return Grade.ERROR
    return Grade.NOTE if outcome.status is Status.NOT_EVALUATED else Grade.WARNING


def ordered(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """What binds before what informs, blocking first, then by dataset, rule and scope: never by the order of work."""
    return tuple(
        sorted(
            outcomes,
            key=lambda outcome: (
                outcome.informs_only,
                not outcome.blocking,
                _RANK[outcome.status],
                outcome.dataset,
                outcome.rule,
                outcome.scope,
                outcome.location.path,
                outcome.location.line or 0,
                outcome.message,
            ),
        )
    )


def binding(report: Report) -> tuple[Outcome, ...]:
    """The outcomes under the policy that decides, in order."""
    return ordered(outcome for outcome in report.outcomes if not outcome.informs_only)


def findings(report: Report) -> tuple[Outcome, ...]:
    """What someone has to look at: broken rules, warnings, and blocking rules that could not be evaluated."""
    return tuple(
        outcome for outcome in binding(report) if outcome.blocking or outcome.status in (Status.FAIL, Status.WARN)
    )


def left_open(report: Report) -> tuple[Outcome, ...]:
    """What could not be evaluated and does not block."""
    return tuple(
        outcome for outcome in binding(report) if outcome.status is Status.NOT_EVALUATED and not outcome.blocking
    )


def datasets(report: Report) -> tuple[DatasetReport, ...]:
    """The datasets by name."""
    return tuple(sorted(report.datasets, key=lambda dataset: (dataset.name, dataset.path)))


def is_deferred(outcome: Outcome) -> bool:
    """Not evaluated only because the budget of this stage was spent; a later stage will."""
    return outcome.status is Status.NOT_EVALUATED and outcome.reason.startswith("deferred")


def fingerprints(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """A lasting name for each: rule, dataset, scope and file. A line that moves or a value that changes keeps it; a
    second finding of the same name gets `:2`."""
    import hashlib

    seen: Counter[str] = Counter()
    names = []
    for outcome in outcomes:
        parts = (
            outcome.rule,
            outcome.dataset,
            *(f"{axis}={value}" for axis, value in outcome.scope),
            outcome.location.path,
        )
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        names.append(f"{digest}:{seen[digest]}")
    return tuple(names)
