"""The pipeline: discover, read, measure, evaluate, report."""

from __future__ import annotations

from functools import partial

from checker import __version__, added, gather, governance, judging, relieving
from checker.describing import describe
from checker.discover import open_repository
from checker.model.policy import Stage
from checker.model.report import Report
from checker.request import Progress, Request, Target, Witness
from checker.scope import find, only
from checker.sources import Sources
from checker.states import states_of
from checker.trust import alarms

__all__ = ["Progress", "Request", "Target", "Witness", "check"]


def check(request: Request, progress: Progress | None = None, witness: Witness | None = None) -> Report:
    """Judge one state of a repository. Raises HeadwaterError when the question itself is wrong (exit 2).

    `witness` is shown the policies that bind and the evidence that they are judged by.
    """
    repository = open_repository(request.folder)
    base, head = states_of(repository, request)
    trust = Stage.COMMIT if request.every_finding else request.stage
    rules = governance.read(repository, head, trust, request.policy_ref, fetch=request.download)
    rules = alarms.with_proposal(repository, base, head, rules, request.policy_ref)
    today = relieving.day_of(request.today, rules)
    found = find(repository, base, head, rules, everything=request.of_everything)
    found = only(found, request.only) if request.only else found
    with Sources(repository, request, rules, head) as sources:
        references = partial(sources.references, found)
        effort = sources.effort
        gathered = gather.evidence(found, rules, request.stage, sources.store, effort, progress, references)
        alarmed = alarms.raised(repository, rules, found, gathered, sources.store, today)
        lacking = sources.lacking(found)
    if witness is not None:
        witness(rules.policies, gathered.evidence)
    judged = judging.judge(repository, rules, found, gathered, request, today)
    outcomes = (*alarmed, *lacking, *judged.outcomes)
    return Report(
        tool_version=__version__,
        stage=request.stage,
        snapshot=head.snapshot,
        base=base.snapshot,
        policies=governance.stamps(rules),
        datasets=describe(gathered.evidence),
        outcomes=judging.strict(outcomes) if request.warnings_block else outcomes,
        notes=(
            *rules.book.notes,
            *found.notes,
            *alarms.staged(base, rules, found, request.stage),
            *gathered.notes,
            *sources.notes,
            *judged.notes,
        ),
        repository=repository.name,
        as_of=today,
        plugins=tuple(plugin.stamp for plugin in added.active()),
    )
