"""The pipeline: discover, read, measure, evaluate, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from checker import __version__, added, evaluate, gather, governance, relieving
from checker.discover import open_repository
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.evaluate.relief import Relief
from checker.model.dataset import Dataset
from checker.model.evidence import Evidence
from checker.model.outcome import Outcome, Status
from checker.model.policy import Policy, Stage
from checker.model.report import Report
from checker.policy.rulebook import Rulebook
from checker.scope import Found, find, only
from checker.shards import KnownLists

if TYPE_CHECKING:
    from checker.across.references import References
    from checker.discover.objects import ObjectStore
    from checker.store import EvidenceCache

COMMIT_BUDGET_SECONDS = 5.0
Progress = Callable[[int, int, str], None]
Witness = Callable[[tuple[Policy, ...], Mapping[str, Evidence]], None]


class Target(Enum):
    """What is judged."""

    INDEX = "index"
    WORKTREE = "worktree"
    REVISION = "revision"
    CHANGE = "change"


class Request(NamedTuple):
    """One question to headwater. `rev` is the head of a change. No `budget_seconds`: as stage and settings say.

    `jobs` are worker processes (None: one a core); `reverify` is the share of known evidence to measure again.
    `every_finding`: every part of all datasets, under the judged state's own policies at any stage (for a baseline).
    `only` are the names of the datasets to judge (empty: as the rest says).
    `today` is the day (UTC, `YYYY-MM-DD`) that waivers and reviews are judged by; None: the clock's.
    `staged_changes`, where they are known, are what `git diff --cached --raw -z --no-abbrev --no-renames` says.
    """

    folder: str = "."
    target: Target = Target.INDEX
    stage: Stage = Stage.COMMIT
    rev: str | None = None
    base: str | None = None
    policy_ref: str | None = None
    budget_seconds: float | None = None
    download: bool = False
    everything: bool = False
    every_finding: bool = False
    only: tuple[str, ...] = ()
    warnings_block: bool = False
    jobs: int | None = None
    reverify: float | None = None
    staged_changes: bytes | None = None
    today: str | None = None


def check(request: Request, progress: Progress | None = None, witness: Witness | None = None) -> Report:
    """Judge one state of a repository. Raises HeadwaterError when the question itself is wrong (exit 2).

    `witness` is shown the policies that bind and the evidence that they are judged by.
    """
    repository = open_repository(request.folder)
    if request.rev or request.base or request.policy_ref:
        from checker.discover.ambiguous import refuse_ambiguous

        refuse_ambiguous(repository, (request.rev, request.base, request.policy_ref))
    base, head = _trees(repository, request)
    trust = Stage.COMMIT if request.every_finding else request.stage
    rules = governance.read(repository, head, trust, request.policy_ref, fetch=request.download)
    rules, anchors = _proposed(repository, base, head, rules, request)
    everything = request.everything or request.stage in (Stage.PR, Stage.RELEASE)
    today = relieving.day_of(request.today, rules)
    found = find(repository, base, head, rules, everything=everything)
    found = only(found, request.only) if request.only else found
    cache = _Evidence(request, rules, repository, head)
    lists = KnownLists(cache, keep=request.stage is not Stage.COMMIT)
    with _Store(repository, rules.trusted or head, lists, remotes=request.download) as store:
        effort = gather.Effort(cache, _budget(request, rules), request.jobs, request.reverify)
        references = partial(_references, repository, found, rules)
        gathered = gather.evidence(found, rules, request.stage, store, effort, progress, references)
        alarmed = _alarms(repository, rules, (anchors, head), found, gathered, store, today)
    tree = rules.trusted or head
    relief = relieving.relief_of(repository, rules.book, tree, today, every_part=request.every_finding)
    proposed = relieving.relief_proposed(repository, rules.proposed_book, head, today)
    if witness is not None:
        witness(rules.policies, gathered.evidence)
    judged = _judge(rules.policies, gathered, found, request, relief)
    informing = (
        *_shown(_judge(rules.proposed, gathered, found, request, proposed), rules.proposed_book, request),
        *relieving.findings(proposed, (), request.stage, complete=False),
    )
    outcomes = (
        *governance.outcomes(rules, found.head.problems, found.passed_over),
        *governance.ungoverned(_ungoverned(rules, found, request.stage)),
        *gathered.reverified,
        *alarmed,
        *_shown(judged, rules.book, request),
        *relieving.findings(relief, judged, request.stage, complete=found.complete),
        *relieving.overdue(rules.book, today),
        *(outcome._replace(informs_only=True, blocking=False) for outcome in informing),
    )
    if request.warnings_block:
        outcomes = tuple(
            outcome._replace(blocking=True) if outcome.status is Status.WARN and not outcome.informs_only else outcome
            for outcome in outcomes
        )
    return Report(
        tool_version=__version__,
        stage=request.stage,
        snapshot=head.snapshot,
        base=base.snapshot,
        policies=governance.stamps(rules),
        datasets=gather.describe(gathered.evidence),
        outcomes=outcomes,
        notes=(
            *rules.book.notes,
            *found.notes,
            *_staged_notes(base, rules, found, request.stage),
            *gathered.notes,
            *cache.notes,
            *_idle(rules.book, judged, found, request.stage),
        ),
        repository=repository.name,
        as_of=today,
        plugins=tuple(plugin.stamp for plugin in added.active()),
    )


def _proposed(
    repository: Repository, base: Tree, head: Tree, rules: governance.Rules, request: Request
) -> tuple[governance.Rules, tuple[Tree, ...]]:
    """The rules with what the change would make of them, and where it left the trusted history."""
    if rules.trusted is None:
        return rules, ()
    from checker.trust import proposals

    proposals.refuse_own_judge(repository, base, head, rules, request.policy_ref)
    anchors = proposals.anchors_of(repository, rules.trusted, head)
    return proposals.propose(rules, anchors, head), anchors


def _alarms(
    repository: Repository,
    rules: governance.Rules,
    states: tuple[tuple[Tree, ...], Tree],
    found: Found,
    gathered: gather.Gathered,
    store: _Store,
    today: str,
) -> tuple[Outcome, ...]:
    """What the change does to weaken its judge: nothing exempts from it."""
    if rules.trusted is None:
        return ()
    from checker.trust import loosening, moved_out, moved_records

    anchors, head = states
    return (
        *loosening.outcomes(repository, rules, moved_out.states_of(anchors, found), head, today),
        *moved_out.outcomes(rules, anchors, found, store),
        *moved_records.outcomes(rules, gathered.evidence),
    )


def _staged_notes(base: Tree, rules: governance.Rules, found: Found, stage: Stage) -> tuple[str, ...]:
    """What staged policies loosen, told where somebody is about to commit them."""
    if stage is not Stage.COMMIT or rules.trusted is not None or not found.rules_changed:
        return ()
    from checker.trust.loosening import staged_notes

    return staged_notes(base, rules)


def _judge(
    policies: tuple[Policy, ...], gathered: gather.Gathered, found: Found, request: Request, relief: Relief
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


def _references(repository: Repository, found: Found, rules: governance.Rules) -> References:
    from checker.across.references import References

    return References(repository, found, rules)


def _ungoverned(rules: governance.Rules, found: Found, stage: Stage) -> tuple[Dataset, ...]:
    """The new and changed datasets that no rule is for, where a trusted policy judges."""
    if rules.trusted is None:
        return ()
    changed = (dataset for dataset in found.datasets if dataset.changed)
    return tuple(dataset for dataset in changed if not evaluate.governs(rules.policies, dataset, stage))


class _Store:
    """Opens the object store when the first byte or list of shards is asked for, and closes it at the end."""

    def __init__(self, repository: Repository, config: Tree, lists: KnownLists, *, remotes: bool) -> None:
        self._repository, self._config, self._lists, self._remotes = repository, config, lists, remotes
        self._opened: ObjectStore | None = None

    def __call__(self) -> ObjectStore:
        if self._opened is None:
            from checker.discover.objects import open_store

            self._opened = open_store(self._repository, self._config, remotes=self._remotes, lists=self._lists)
        return self._opened

    def __enter__(self) -> _Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()


class _Evidence:
    """Opens the evidence when it is first asked for; `notes` are what it has to say then."""

    def __init__(self, request: Request, rules: governance.Rules, repository: Repository, head: Tree) -> None:
        self._offline, self._rules, self._repository, self._head = not request.download, rules, repository, head
        self._opened: EvidenceCache | None = None

    def __call__(self) -> EvidenceCache:
        if self._opened is None:
            from checker.stores import evidence_of

            rules = self._rules
            self._opened = evidence_of(
                self._repository, rules.trusted or self._head, rules.settings.evidence, offline=self._offline
            )
        return self._opened

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self._opened is None else self._opened.notes


def _budget(request: Request, rules: governance.Rules) -> float | None:
    """Seconds for measuring: as asked, else at commit as `headwater.yaml` says."""
    if request.budget_seconds is not None or request.stage is not Stage.COMMIT:
        return request.budget_seconds
    stated = rules.settings.budget_seconds
    return COMMIT_BUDGET_SECONDS if stated is None else stated


def _trees(repository: Repository, request: Request) -> tuple[Tree, Tree]:
    """The state before and the state to judge. The base of a change is the merge base, never the other branch's tip."""
    if request.target in (Target.INDEX, Target.WORKTREE):
        head = repository.index() if request.target is Target.INDEX else repository.worktree()
        return repository.head_or_empty(head, request.staged_changes), head
    revision = request.rev or "HEAD"
    head = repository.revision(revision)
    if request.base is not None:
        return repository.revision(repository.merge_base(request.base, revision)), head
    if request.target is Target.CHANGE:
        # A first push: the remote has nothing yet, so everything is new.
        return repository.empty(), head
    earlier = _earlier_release(repository, head.snapshot.commit) if request.stage is Stage.RELEASE else None
    return repository.revision(earlier) if earlier else repository.before(revision), head


def _earlier_release(repository: Repository, commit: str | None) -> str | None:
    from checker.discover.history import previous_release

    return previous_release(repository.git_dir, commit) if commit else None
