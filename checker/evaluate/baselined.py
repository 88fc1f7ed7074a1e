"""The baseline at work: which breaches were known at adoption, and which entries are of no use any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from checker.evaluate.rest import rest_of
from checker.model.exemption import BaselineEntry
from checker.model.location import Location
from checker.model.outcome import Exemption, Outcome, Scope, Status
from checker.model.policy import Level, Policy, RuleUse, Stage
from checker.policy.places import BASELINE
from checker.rules._base import MOST_SHOWN

KIND = "baseline"
REASON = f"known since adoption ({BASELINE})"
_BREACHES = (Status.FAIL, Status.WARN)


class State(Enum):
    """What has become of an entry of the baseline."""

    KNOWN = "known"
    CHANGED = "void: the content changed"
    MENDED = "void: nothing is broken there any more"
    NO_RULE = "void: no rule of that name can be relieved here"
    NO_DATASET = "void: no such dataset is judged"
    OPEN = "not judged in this run"

    @property
    def void(self) -> bool:
        """Whether the entry can go: it covers nothing, and never will again."""
        return self not in (State.KNOWN, State.OPEN)


def entry_of(outcome: Outcome) -> BaselineEntry:
    """The line that would make a breach a known one."""
    return BaselineEntry(outcome.rule, outcome.dataset, outcome.scope, outcome.content)


def watched(baseline: frozenset[BaselineEntry]) -> frozenset[tuple[str, str]]:
    """The rules and datasets that the baseline speaks of: of these every breach is told, so that none hides another."""
    return frozenset((entry.rule, entry.dataset) for entry in baseline)


def baselined(rule: RuleUse, outcomes: Sequence[Outcome], baseline: frozenset[BaselineEntry]) -> list[Outcome]:
    """The outcomes of one rule on one dataset; a breach that the baseline knows is waived. UNKNOWN never is."""
    if not rule.waivable:
        return list(outcomes)
    return [_waived(outcome) if _is_known(outcome, baseline) else outcome for outcome in outcomes]


def shortened(outcomes: Sequence[Outcome], baseline: frozenset[BaselineEntry]) -> tuple[Outcome, ...]:
    """What a report shows where every part was told: of each status the first 50, and how many more there are.

    Of what holds, the nearest to its limit in each dimension, as where not every part is told.
    """
    told = watched(baseline)
    shelves: dict[tuple[object, ...], list[Outcome]] = {}
    kept: list[Outcome] = []
    for outcome in outcomes:
        place = (outcome.rule, outcome.dataset)
        if place not in told or outcome.status is Status.NOT_EVALUATED:
            kept.append(outcome)
            continue
        axes = tuple(axis for axis, _ in outcome.scope) if outcome.status is Status.PASS else ()
        same = shelves.setdefault((*place, outcome.status, outcome.informs_only, axes), [])
        same.append(outcome)
        most = 1 if outcome.status is Status.PASS else MOST_SHOWN
        if len(same) <= most:
            kept.append(outcome)
        elif len(same) == most + 1 and most > 1:
            kept.append(outcome)  # its place is taken by what is said of the rest
    rest = {same[MOST_SHOWN]: rest_of(same) for same in shelves.values() if len(same) > MOST_SHOWN}
    return tuple(rest.get(outcome, outcome) for outcome in kept)


def states(
    baseline: Iterable[BaselineEntry], policies: tuple[Policy, ...], outcomes: Sequence[Outcome], stage: Stage
) -> Iterator[tuple[BaselineEntry, State]]:
    """What has become of each entry, by a run over all datasets."""
    rules = {rule.id: rule for policy in policies for rule in policy.rules if rule.level is not Level.OFF}
    broken = {entry_of(outcome) for outcome in outcomes if outcome.content}
    places = {entry[:3] for entry in broken}
    judged = {(outcome.rule, outcome.dataset) for outcome in outcomes}
    datasets = {dataset for _, dataset in judged}
    unknown = {(outcome.rule, outcome.dataset) for outcome in outcomes if outcome.status is Status.NOT_EVALUATED}
    for entry in sorted(baseline):
        rule = rules.get(entry.rule)
        yield entry, _state(entry, rule, broken, places, datasets, unknown, stage)


def note_of(found: Mapping[BaselineEntry, State]) -> tuple[str, ...]:
    """What a complete run says of entries that are of no use any more."""
    void = sum(1 for state in found.values() if state.void)
    if not void:
        return ()
    counted = "1 entry of the baseline is void" if void == 1 else f"{void:,} entries of the baseline are void"
    return (f"{counted}: `headwater baseline prune` takes {'it' if void == 1 else 'them'} out",)


def _state(
    entry: BaselineEntry,
    rule: RuleUse | None,
    broken: set[BaselineEntry],
    places: set[tuple[str, str, Scope]],
    datasets: set[str],
    unknown: set[tuple[str, str]],
    stage: Stage,
) -> State:
    if rule is None or not rule.waivable:
        return State.NO_RULE
    if entry in broken:
        return State.KNOWN
    if stage not in rule.stages or (entry.rule, entry.dataset) in unknown:
        return State.OPEN
    if entry.dataset not in datasets:
        return State.NO_DATASET
    return State.CHANGED if entry[:3] in places else State.MENDED


def _is_known(outcome: Outcome, baseline: frozenset[BaselineEntry]) -> bool:
    return outcome.status in _BREACHES and bool(outcome.content) and entry_of(outcome) in baseline


def _waived(outcome: Outcome) -> Outcome:
    exemption = Exemption(KIND, id=outcome.content, location=Location(BASELINE))
    return outcome._replace(status=Status.WAIVED, blocking=False, reason=REASON, exemption=exemption)
