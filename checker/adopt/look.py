"""Looks at a repository: its datasets, what can be measured of them here, and what is set up already."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from checker.adopt import guessing
from checker.discover import discover, open_repository
from checker.discover.cards import card_paths
from checker.discover.objects import ObjectStore, open_store
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import HeadwaterError, RepositoryError
from checker.model.composition import Composition, Origin
from checker.model.dataset import DatasetVersion, Role
from checker.model.policy import Stage
from checker.model.report import DatasetReport
from checker.read.records.sample import Row, first_rows
from checker.run import Progress, Request, Target, check
from checker.shards import listed

# Shards of one dataset that are opened for a look: the first may be an odd one.
_SAMPLED = 3


class Seen(NamedTuple):
    """One dataset. `composition` is there when every shard was measured; `unread` says why it was not looked into."""

    path: str
    role: Role
    domain: str | None
    shards: int | None
    size_bytes: int | None
    formats: tuple[str, ...]
    composition: Composition | None
    card: str | None
    fields: dict[str, str]
    origin_values: tuple[str, ...]
    mixed: bool = False
    unread: str = ""

    @property
    def origins(self) -> Counter[Origin]:
        """Records by origin."""
        found: Counter[Origin] = Counter()
        for cell, tally in self.composition.cells.items() if self.composition else ():
            found[cell.origin] += tally.records
        return found

    def values(self, axis: str) -> Counter[str]:
        """Records by domain or language, those that state one."""
        found: Counter[str] = Counter()
        for cell, tally in self.composition.cells.items() if self.composition else ():
            if getattr(cell, axis):
                found[getattr(cell, axis)] += tally.records
        return found

    @property
    def licenses(self) -> Counter[str]:
        """Records by license, those that state one."""
        found: Counter[str] = Counter()
        for tally in self.composition.cells.values() if self.composition else ():
            found.update(tally.licenses)
        return found


class Sight(NamedTuple):
    """A repository as `init` sees it; `files` are the paths of its work tree, `remote` DVC's default one."""

    top: Path
    name: str
    datasets: tuple[Seen, ...]
    passed_over: tuple[str, ...]
    files: frozenset[str]
    remote: str | None
    branch: str | None
    notes: tuple[str, ...] = ()


def look(folder: str, budget_seconds: float, progress: Progress | None = None) -> Sight:
    """Judge nothing, see what there is. Raises HeadwaterError outside of a git repository that DVC was set up in."""
    repository = open_repository(folder)
    if repository.bare:
        raise RepositoryError(f"{repository.name} is a bare repository", hint="run `headwater init` in a clone of it")
    head = repository.worktree()
    found = discover(head)
    versions = {version.path: version for version in found.versions}
    report = check(
        Request(folder, Target.WORKTREE, Stage.PUSH, budget_seconds=budget_seconds, everything=True), progress
    )
    files = frozenset(head.entries())
    with open_store(repository, head, remotes=False) as store:
        datasets = tuple(_seen(one, versions[one.path], files, store) for one in report.datasets)
    judged = {one.path for one in report.datasets}
    return Sight(
        top=repository.top,
        name=repository.name,
        datasets=datasets,
        passed_over=tuple(sorted(versions.keys() - judged)),
        files=files,
        remote=_remote(head, found.roots),
        branch=_branch(repository),
        notes=tuple(note for note in report.notes if not note.startswith("no policy in")),
    )


def _seen(found: DatasetReport, version: DatasetVersion, files: frozenset[str], store: ObjectStore) -> Seen:
    whole = listed(version, lambda: store)
    rows, unread = _rows(whole, store)
    measured = bool(found.shards) and all(shard.composition is not None for shard in found.shards)
    paths = [shard.path for shard in whole.shards or ()]
    fields = guessing.fields_of(rows)
    sizes = [shard.size_bytes for shard in whole.shards or ()]
    known = sum(size for size in sizes if size is not None) if sizes and None not in sizes else None
    return Seen(
        path=found.path,
        role=guessing.role_of(found.path),
        domain=guessing.domain_of(found.path),
        shards=None if whole.shards is None else len(paths),
        size_bytes=version.size_bytes if version.size_bytes is not None else known,
        formats=tuple(sorted({path.rpartition("/")[2].partition(".")[2] for path in paths} - {""})),
        composition=found.composition if measured else None,
        card=found.card or next(iter(_cards(found.path, files)), None),
        fields=fields,
        origin_values=guessing.foreign_origins(rows, fields),
        mixed=guessing.mixes_roles(paths),
        unread=unread,
    )


def _cards(path: str, files: frozenset[str]) -> tuple[str, ...]:
    """Cards by their place; the repository's own README is one only if it says so, which the report knows."""
    return tuple(card for card in card_paths(path, files) if card.casefold() != "readme.md")


def _rows(version: DatasetVersion, store: ObjectStore) -> tuple[list[Row], str]:
    rows: list[Row] = []
    problem = version.shards_problem or ("" if version.hash else f"{version.path} has not been made yet")
    for shard in (version.shards or ())[:_SAMPLED]:
        try:
            size = store.local_size(version, shard) if shard.size_bytes is None else shard.size_bytes
            with store.open(version, shard) as stream:
                rows += first_rows(shard.path, stream, size)
        except HeadwaterError as error:
            problem = problem or error.message
    return rows, problem


def _remote(tree: Tree, roots: tuple[str, ...]) -> str | None:
    """The default remote that git tracks: what stands in `config.local` is not there for CI."""
    from checker.discover.dvcconfig import parse

    paths = [f"{root}/.dvc/config" if root else ".dvc/config" for root in roots]
    texts = [tree.read(path).decode("utf-8", "replace") for path in paths if path in tree.entries()]
    return next((name for text in texts if (name := parse(text).get("core", {}).get("remote"))), None)


def _branch(repository: Repository) -> str | None:
    """The default branch, where the remote has told it."""
    answer = repository.git.ask("symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD")
    return answer.out.decode("utf-8", "replace").strip().removeprefix("origin/") if answer.code == 0 else None
