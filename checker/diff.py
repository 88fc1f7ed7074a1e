"""What changed in the data between two states: shards, records, composition, copies, diversity, tails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

from checker import __version__, governance
from checker.changes import Measuring
from checker.discover import open_repository
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import UsageError
from checker.globs import matches
from checker.model.changes import Changes
from checker.model.dataset import Dataset
from checker.model.policy import Stage
from checker.scope import find
from checker.shards import KnownLists

if TYPE_CHECKING:
    from checker.discover.objects import ObjectStore
    from checker.store import EvidenceCache

Progress = Callable[[int, int, str], None]


class Request(NamedTuple):
    """One question: from the state `before` to the state `after` (None: the index).

    With `download`, shards are read from the DVC remote, and settings and remotes are those of the trusted revision.
    `offline` also leaves out stores of evidence that are no folder of this machine.
    """

    before: str
    after: str | None = None
    folder: str = "."
    datasets: tuple[str, ...] = ()
    download: bool = False
    offline: bool = False
    policy_ref: str | None = None
    jobs: int = 1


def diff(request: Request, progress: Progress | None = None) -> Changes:
    """All datasets of both states. Raises HeadwaterError when the question itself is wrong (exit 2)."""
    repository = open_repository(request.folder)
    from checker.discover.ambiguous import refuse_ambiguous

    refuse_ambiguous(repository, (request.before, request.after, request.policy_ref))
    before = repository.revision(request.before)
    after = repository.revision(request.after) if request.after else repository.index()
    stage = Stage.PR if request.download else Stage.COMMIT
    rules = governance.read(
        repository, after, stage, request.policy_ref, fetch=request.download and not request.offline
    )
    old, new = (_datasets(repository, tree, rules) for tree in (before, after))
    chosen = _chosen(request.datasets, sorted(old.keys() | new.keys()))
    config = rules.trusted or after
    cache = _cache(repository, config, rules, request)
    with _open(repository, config, cache, request) as store:
        measuring = Measuring(store, cache, request.jobs, progress)
        changes = tuple(measuring.change(name, old.get(name), new.get(name)) for name in chosen)
    notes = (*rules.book.notes, *dict.fromkeys(measuring.notes), *cache.notes)
    return Changes(__version__, repository.name, before.snapshot, after.snapshot, changes, notes)


def _datasets(repository: Repository, tree: Tree, rules: governance.Rules) -> Mapping[str, Dataset]:
    found = find(repository, repository.empty(), tree, rules, everything=True)
    return {dataset.name: dataset for dataset in found.datasets}


def _chosen(globs: tuple[str, ...], names: list[str]) -> list[str]:
    """The names that a glob fits. Raises UsageError for a glob that fits none."""
    for glob in globs:
        if not any(matches(glob, name) for name in names):
            raise UsageError(
                f"{glob} names no dataset of the two states", hint=f"there are {', '.join(names) or 'none'}"
            )
    return [name for name in names if not globs or any(matches(glob, name) for glob in globs)]


def _open(
    repository: Repository, config: Tree, cache: EvidenceCache, request: Request
) -> AbstractContextManager[ObjectStore]:
    from checker.discover.objects import open_store

    lists = KnownLists(lambda: cache, keep=True)
    return open_store(repository, config, remotes=request.download, lists=lists)


def _cache(repository: Repository, config: Tree, rules: governance.Rules, request: Request) -> EvidenceCache:
    from checker.stores import evidence_of

    return evidence_of(repository, config, rules.settings.evidence, offline=request.offline)
