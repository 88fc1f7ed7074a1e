"""What is said of the waivers themselves: those that lapse, have lapsed, help nothing, or that nobody has approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.evaluate.relief import Relief
from checker.globs import matches
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Stage
from checker.policy.waivers.relaxing import written
from checker.policy.waivers.standing import Standing, State

_BREACH = (Status.FAIL, Status.WARN, Status.WAIVED)


def of_waivers(relief: Relief, outcomes: Sequence[Outcome], stage: Stage, *, complete: bool) -> Iterator[Outcome]:
    """An outcome for each waiver that somebody has to see to. `complete`: the outcomes are those of all datasets."""
    for standing in (standing for same in relief.standings.values() for standing in same):
        match standing.state:
            case State.UNAPPROVED:
                yield _unapproved(standing, stage)
            case State.EXPIRED:
                yield _expired(standing)
            case State.EXPIRING:
                yield _expiring(standing)
        if standing.counts:
            yield from _idle(standing, outcomes, complete)


def _unapproved(standing: Standing, stage: Stage) -> Outcome:
    """At commit and push a waiver may still be a proposal, which somebody has to be able to commit."""
    waiver = standing.waiver
    binds = stage in (Stage.PR, Stage.RELEASE)
    return _finding(
        standing,
        "waiver-unapproved",
        f"the waiver {waiver.id} for {waiver.rule} has no effect: {standing.problem}",
        f"add who approves to {waiver.location.path}, and their signature where the policy requires it, or remove it",
        Status.FAIL if binds else Status.WARN,
    )


def _expired(standing: Standing) -> Outcome:
    waiver = standing.waiver
    return _finding(
        standing,
        "waiver-expired",
        f"the waiver {waiver.id} lapsed on {waiver.expires} ({_days(-standing.days_left)} ago), {waiver.rule} applies"
        " again",
        f"remove {waiver.location.path}, and mend what still breaks the rule or ask for a new waiver{_who(standing)}",
    )


def _expiring(standing: Standing) -> Outcome:
    waiver = standing.waiver
    when = f"in {_days(standing.days_left)}, after {waiver.expires}" if standing.days_left else "after today"
    return _finding(
        standing,
        "waiver-expiring",
        f"the waiver {waiver.id} lapses {when}: from then on {waiver.rule} applies again",
        f"mend the data by then, or ask for a new waiver{_who(standing)}",
    )


def _idle(standing: Standing, outcomes: Sequence[Outcome], complete: bool) -> Iterator[Outcome]:
    """A waiver that nothing needs, or that is not enough for anything it is for."""
    waiver = standing.waiver
    covered = [outcome for outcome in outcomes if waiver.id in outcome.covered_by and outcome.status in _BREACH]
    if covered:
        if not any(_relieves(waiver.id, outcome) for outcome in covered):
            yield _finding(
                standing,
                "waiver-ineffective",
                f"the waiver {waiver.id} allows {written(waiver.relax)}, which is not enough for"
                f" {_counted(covered)} that it is for",
                f"mend what goes beyond, or ask for a waiver that is enough{_who(standing)}",
            )
        return
    judged = [outcome for outcome in outcomes if outcome.rule == waiver.rule]
    here = [outcome for outcome in judged if matches(waiver.match.dataset, outcome.dataset)]
    if not complete or not judged or any(outcome.status is Status.NOT_EVALUATED for outcome in here):
        return
    why = f"{waiver.rule} finds nothing there" if here else f"{waiver.rule} judges no dataset {waiver.match.dataset}"
    yield _finding(
        standing, "waiver-unused", f"nothing needs the waiver {waiver.id}: {why}", f"remove {waiver.location.path}"
    )


def _relieves(name: str, outcome: Outcome) -> bool:
    exemption = outcome.exemption
    return exemption is not None and (exemption.id == name or name in exemption.others)


def _finding(standing: Standing, name: str, message: str, fix: str, status: Status = Status.WARN) -> Outcome:
    """An outcome of headwater itself: no rule of a policy, and nothing relieves it."""
    blocking = status is Status.FAIL
    return Outcome(
        rule=f"headwater/{name}",
        check=name,
        status=status,
        level=Level.BLOCK if blocking else Level.WARN,
        dataset="",
        message=message,
        location=standing.waiver.location,
        fix=fix,
        blocking=blocking,
    )


def _who(standing: Standing) -> str:
    """` (ticket DATA-1182, owner ana)`, or nothing."""
    waiver = standing.waiver
    named = ((f"ticket {waiver.ticket}", waiver.ticket), (f"owner {waiver.owner}", waiver.owner))
    said = ", ".join(words for words, stated in named if stated)
    return f" ({said})" if said else ""


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def _counted(covered: Sequence[Outcome]) -> str:
    return "the finding" if len(covered) == 1 else f"any of the {len(covered):,} findings"
