"""What ratchets hold a dataset against: its version in the base, at the last release, at a revision, or gold."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from checker.discover import discover
from checker.discover.ambiguous import refuse_ambiguous
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import HeadwaterError, PolicyError, RepositoryError, UsageError
from checker.governance import Rules
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Role, Shard, SnapshotKind
from checker.model.evidence import Evidence
from checker.model.likeness import Gap
from checker.model.location import Location
from checker.scope import Found

BASE, RELEASE, GOLD = "base", "release", "gold"
FIXED = frozenset({BASE, RELEASE, GOLD})
_FETCH = "fetch the whole history and its tags (fetch-depth: 0 and fetch-tags: true in actions/checkout)"


class Reference(NamedTuple):
    """The datasets that are one reference (several only of gold), and what it is called: `release v1.2 (a1b2c3d4)`."""

    datasets: tuple[Dataset, ...]
    label: str


class References:
    """Finds references; each state of the repository is read once a run.

    Where a trusted revision binds, only what is part of its history counts: a change may bring a tag of its own along,
    or be made on top of another one that nobody has accepted.
    """

    def __init__(self, repository: Repository, found: Found, rules: Rules) -> None:
        self._repository, self._found, self._rules = repository, found, rules
        self._states: dict[str, dict[str, DatasetVersion] | Gap] = {}

    def of(self, dataset: Dataset, against: str) -> Reference | Gap:
        """The reference of a dataset. Raises PolicyError for a revision of a binding policy that means two things."""
        if against == GOLD:
            return self._gold(dataset)
        if against == BASE:
            return self._at_base(dataset)
        if against == RELEASE:
            return self._released(dataset)
        return self._named(dataset, against)

    def _at_base(self, dataset: Dataset) -> Reference | Gap:
        state = self._base
        if isinstance(state, Gap):
            return state
        return self._version(dataset, state, f"base {_short(state)}")

    def _released(self, dataset: Dataset) -> Reference | Gap:
        tag = self._release
        if isinstance(tag, Gap):
            return tag
        state = self._repository.revision(f"refs/tags/{tag}")
        return self._version(dataset, state, f"release {tag} ({_short(state)})")

    def _named(self, dataset: Dataset, name: str) -> Reference | Gap:
        self._refuse_ambiguous(name)
        try:
            state = self._repository.revision(name)
        except RepositoryError as error:
            return Gap(error.message, error.hint)
        commit = state.snapshot.commit
        if commit is None:
            return Gap(f"{name} is no commit", "name a tag, a branch or the whole id of a commit")
        if name.casefold() != commit and not self._is_trusted(commit):
            return Gap(
                f"{name} is not part of the history of {self._trusted_name}, so anybody might have made it",
                "merge it, or name the commit by its whole id",
            )
        return self._version(dataset, state, f"{name} ({_short(state)})")

    def _gold(self, dataset: Dataset) -> Reference | Gap:
        """Gold as it was before the change: a change could bring its own yardstick along."""
        state = self._base
        versions = state if isinstance(state, Gap) else self._versions(state)
        if isinstance(versions, Gap):
            return versions
        settings = self._rules.settings
        chosen = []
        for version in versions.values():
            own = settings.of(version.path) or DatasetSettings()
            if own.role is Role.GOLD and version.path != dataset.name:
                chosen.append(Dataset(version.path, version, own))
        if not chosen:
            return Gap("no other dataset of the base has the role gold", "give one `role: gold` in headwater.yaml")
        names = chosen[0].name if len(chosen) == 1 else f"of {len(chosen):,} datasets"
        return Reference(tuple(chosen), f"gold {names} ({_digest(chosen)[:12]})")

    def _version(self, dataset: Dataset, state: Tree, label: str) -> Reference | Gap:
        """The same path in another state; a dataset that was renamed has none there, and must not be taken for new."""
        versions = self._versions(state)
        if isinstance(versions, Gap):
            return versions
        version = versions.get(dataset.version.path)
        if version is None:
            return Gap(
                f"{label} has no {dataset.name}",
                "if it is new, say what that means under ratchet.when_missing; if it was renamed, keep its name",
            )
        return Reference((Dataset(dataset.name, version, dataset.settings),), label)

    def _versions(self, state: Tree) -> dict[str, DatasetVersion] | Gap:
        key = state.snapshot.tree or state.snapshot.label
        if key not in self._states:
            try:
                self._states[key] = {version.path: version for version in discover(state).versions}
            except HeadwaterError as error:
                self._states[key] = Gap(error.message, error.hint)
        return self._states[key]

    @cached_property
    def _base(self) -> Tree | Gap:
        """The state before the change; where that is not part of the trusted history, the state where it left it."""
        state, trusted = self._found.base.tree, self._rules.trusted
        if state.snapshot.kind is SnapshotKind.EMPTY:
            return Gap("there is no version before", "the first version has nothing to be held against")
        commit, head = state.snapshot.commit, self._found.head.tree.snapshot.commit
        if trusted is None or (commit is not None and self._is_trusted(commit)):
            return state
        try:
            return self._repository.revision(self._repository.merge_base(trusted.snapshot.commit or "", head or ""))
        except (RepositoryError, UsageError) as error:
            return Gap(f"the base is not part of the history of {self._trusted_name}: {error.message}", _FETCH)

    @cached_property
    def _release(self) -> str | Gap:
        """The nearest tag before what is judged; before the index or the work tree that may be HEAD's own."""
        from checker.discover.history import previous_release

        judged, trusted = self._found.head.tree.snapshot, self._rules.trusted
        if judged.commit is None:
            return Gap("what is judged is no commit, so no release comes before it", "judge a commit")
        among = None if trusted is None else self._tags_before(trusted.snapshot.commit or "")
        uncommitted = judged.kind in (SnapshotKind.INDEX, SnapshotKind.WORKTREE)
        tag = previous_release(self._repository.git_dir, judged.commit, among, or_itself=uncommitted)
        if tag is not None:
            return tag
        where = "" if trusted is None else f" and is part of the history of {self._trusted_name}"
        return Gap(f"no release tag comes before {judged.label}{where}", f"tag a release, or {_FETCH}")

    def _tags_before(self, commit: str) -> frozenset[str]:
        answer = self._repository.git.tell("for-each-ref", "--merged", commit, "--format=%(refname)", "refs/tags")
        return frozenset(os.fsdecode(line).removeprefix("refs/tags/") for line in answer.splitlines())

    def _is_trusted(self, commit: str) -> bool:
        trusted = self._rules.trusted
        if trusted is None:
            return True
        return self._repository.is_ancestor(commit, trusted.snapshot.commit or "")

    @property
    def _trusted_name(self) -> str:
        trusted = self._rules.trusted
        return trusted.snapshot.label[:40] if trusted else ""

    def _refuse_ambiguous(self, name: str) -> None:
        try:
            refuse_ambiguous(self._repository, (name,))
        except UsageError as error:
            place = self._place_of(name)
            raise PolicyError(f"ratchet.against: {error.message}", hint=error.hint, location=place) from error

    def _place_of(self, name: str) -> Location | None:
        """Where a binding policy says so."""
        for rule in (rule for policy in self._rules.policies for rule in policy.rules):
            if rule.ratchet is not None and rule.ratchet.against == name:
                return rule.stated.get("ratchet.against", rule.location)
        return None


def merged(parts: Sequence[Evidence], label: str) -> Evidence | Gap:
    """The evidence of several datasets as one; `parts` were only measured, not compared with anything."""
    if len(parts) == 1:
        return parts[0]._replace(label=label)
    shards: list[Shard] = []
    for part in parts:
        version = part.dataset.version
        if version.shards is None:
            return Gap(version.shards_problem or f"the shards of {version.path} are not known", version.shards_fix)
        shards += [shard._replace(path=f"{version.path}/{shard.path}") for shard in version.shards]
    datasets = [part.dataset for part in parts]
    whole = datasets[0].version._replace(
        path=GOLD, hash=_digest(datasets), hash_name="sha256", shards=tuple(shards), is_dir=True
    )
    measured = {key: found for part in parts for key, found in part.measurements.items()}
    return Evidence(Dataset(GOLD, whole, datasets[0].settings), measurements=measured, label=label)


def _digest(datasets: Sequence[Dataset]) -> str:
    hashes = [dataset.version.hash or "" for dataset in datasets]
    return hashes[0] if len(hashes) == 1 else sha256("\n".join(hashes).encode()).hexdigest()


def _short(state: Tree) -> str:
    return (state.snapshot.commit or state.snapshot.tree or state.snapshot.label)[:12]
