"""The git repository: where it lies, its snapshots, its revisions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from checker.discover.git import Git, failure
from checker.discover.process import OLDEST_GIT
from checker.discover.tree import HeadTree, IndexTree, RevisionTree, Tree, WorkTree, empty_tree
from checker.errors import RepositoryError, UsageError
from checker.model.dataset import Snapshot, SnapshotKind

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)


class Repository:
    """An opened repository. `top` is the work tree's top folder, or the git folder when there is no work tree."""

    __slots__ = ("_git_dir", "_top", "bare", "git")

    def __init__(self, top: str, git_dir: str, bare: bool, git: Git) -> None:
        self._top = top
        self._git_dir = git_dir
        self.bare = bare
        self.git = git

    # A hook at commit asks for neither path, and pathlib is slow to import.
    @property
    def top(self) -> Path:
        """The top folder."""
        from pathlib import Path

        return Path(self._top)

    @property
    def git_dir(self) -> Path:
        """The folder of git's own files: of a linked work tree, its part of them."""
        from pathlib import Path

        return Path(self._git_dir)

    @property
    def folder(self) -> str:
        """The top folder as text."""
        return self._top

    @property
    def name(self) -> str:
        """The repository's folder name, without the `.git` of a bare one."""
        name = os.path.basename(self._top)  # noqa: PTH119 - a hook does without pathlib
        return name.removesuffix(".git") if self.bare else name

    def index(self) -> Tree:
        """What is staged; `GIT_INDEX_FILE` is obeyed."""
        return IndexTree(Snapshot(SnapshotKind.INDEX, "the index", commit=self._commit("HEAD")), self.git)

    def worktree(self) -> Tree:
        """What lies on disk and is not ignored."""
        if self.bare:
            raise RepositoryError(f"{self._top} has no work tree", hint="name a revision with `--rev`")
        snapshot = Snapshot(SnapshotKind.WORKTREE, "the work tree", commit=self._commit("HEAD"))
        return WorkTree(snapshot, self.git, self._top)

    def revision(self, rev: str) -> Tree:
        """A commit, tag, branch or tree object."""
        return self._revision_tree(rev, *self._resolve(rev))

    def empty(self) -> Tree:
        """The snapshot before the first commit."""
        return empty_tree(self.git)

    def head_or_empty(self, index: Tree | None = None, changes: bytes | None = None) -> Tree:
        """HEAD, or the empty snapshot of a repository without a commit.

        With the index and what `git diff --cached --raw` says of it, HEAD's files need not be listed again.
        """
        commit, tree = self.git.objects(("HEAD^{commit}", "HEAD^{tree}"))
        if tree is None:
            return self.empty()
        if index is None or changes is None:
            return self._revision_tree("HEAD", commit, tree)
        snapshot = Snapshot(SnapshotKind.REVISION, "HEAD", commit=commit, tree=tree)
        return HeadTree(snapshot, self.git, index, changes)

    def before(self, rev: str) -> Tree:
        """The first parent of a commit; the empty snapshot for a root commit or a tree."""
        commit, _ = self._resolve(rev)
        if commit is None:
            return self.empty()
        header = self.git.tell("cat-file", "commit", commit).split(b"\n\n", 1)[0]
        parents = [line[7:].decode("ascii") for line in header.split(b"\n") if line.startswith(b"parent ")]
        return self.revision(parents[0]) if parents else self.empty()

    def resolve(self, rev: str) -> str:
        """The id of the commit that `rev` names, or of the tree when it names a bare tree."""
        commit, tree = self._resolve(rev)
        return commit or tree

    def merge_base(self, base: str, head: str) -> str:
        """The best common ancestor of two commits. A clone that does not reach it is an error, never a guess."""
        base_id, head_id = self._resolve(base)[0], self._resolve(head)[0]
        if base_id is None or head_id is None:
            raise RepositoryError(
                f"{base if base_id is None else head} is not a commit", hint="name a commit or branch"
            )
        answer = self.git.ask("merge-base", base_id, head_id)
        if answer.code == 0:
            return answer.out.decode("ascii").split()[0]
        if self.shallow():
            raise _shallow(f"{base} and {head} have no common commit in this clone (shallow=true)", base)
        if answer.code == 1:
            raise RepositoryError(
                f"{base} and {head} have no common commit: their histories are unrelated",
                hint="compare with `--rev`, or merge the histories first",
            )
        raise failure(answer.error, self._top)

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Every best common ancestor of two commits; none where the histories are unrelated, or cut off here."""
        answer = self.git.ask("merge-base", "--all", one, other)
        return tuple(sorted(answer.out.decode("ascii").split())) if answer.code == 0 else ()

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether a commit is in the history of another one, itself included."""
        return self.git.ask("merge-base", "--is-ancestor", one, other).code == 0

    def trusted_revision(self, ref: str | None = None) -> str:
        """The commit that policies are taken from: `ref`, else the tip of the default branch."""
        if ref is not None:
            commit = self._commit(ref)
            if commit is None:
                raise UsageError(f"the policy revision {ref} does not exist here", hint=self._hint_for(ref))
            return commit
        found = next((commit for commit in self._commits(DEFAULT_BRANCHES) if commit is not None), None)
        if found is not None:
            return found
        tried = ", ".join(name.removeprefix("refs/remotes/").removeprefix("refs/heads/") for name in DEFAULT_BRANCHES)
        raise UsageError(
            f"no default branch to take the policies from: tried {tried}",
            hint="name the revision with `--policy-ref`, or fetch the default branch (`fetch-depth: 0`)",
        )

    def changed_paths(self, old: Tree, new: Tree) -> frozenset[str]:
        """Paths that are added, removed or different; a rename is both of its names."""
        if old.snapshot.tree is not None and new.snapshot.tree is not None:
            out = self.git.tell(
                "diff-tree",
                "-r",
                "-z",
                "--name-only",
                "--no-renames",
                "--no-ext-diff",
                old.snapshot.tree,
                new.snapshot.tree,
            )
            return frozenset(os.fsdecode(path) for path in out.split(b"\0") if path)
        before, after = old.entries(), new.entries()
        return frozenset(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))

    def shallow(self) -> bool:
        """Whether history was cut off when cloning."""
        return self.git.ask("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def _revision_tree(self, rev: str, commit: str | None, tree: str) -> Tree:
        return RevisionTree(Snapshot(SnapshotKind.REVISION, rev, commit=commit, tree=tree), self.git)

    def _commit(self, rev: str) -> str | None:
        return self._commits((rev,))[0]

    def _commits(self, revs: Iterable[str]) -> list[str | None]:
        return self.git.objects(f"{_nameable(rev)}^{{commit}}" for rev in revs)

    def _resolve(self, rev: str) -> tuple[str | None, str]:
        name = _nameable(rev)
        commit, tree = self.git.objects((f"{name}^{{commit}}", f"{name}^{{tree}}"))
        if tree is None:
            raise self._unknown(rev)
        return commit, tree

    def _unknown(self, rev: str) -> RepositoryError:
        if self.shallow():
            return _shallow(f"{rev} is not in this clone (shallow=true)", rev)
        if rev == "HEAD":
            return RepositoryError(
                "there is no commit yet, so HEAD is nothing", hint="commit first, or judge `--staged`"
            )
        return RepositoryError(f"{rev} is not a revision of this repository", hint=self._hint_for(rev))

    def _hint_for(self, rev: str) -> str:
        from difflib import get_close_matches

        if self.shallow():
            return f"this clone is shallow: fetch it with `git fetch --unshallow origin {rev}` (fetch-depth: 0)"
        known = self.git.ask("for-each-ref", "--format=%(refname:short)").out.decode("utf-8", "replace").split()
        near = get_close_matches(rev, known, n=3, cutoff=0.5)
        return f"did you mean {' or '.join(near)}?" if near else "see `git branch -a` and `git tag`"


def open_repository(start: str | Path) -> Repository:
    """Open the repository around a folder, as git finds it (`GIT_DIR`, `GIT_WORK_TREE`, linked work trees)."""
    if not os.path.isdir(start):  # noqa: PTH112 - a hook does without pathlib
        raise RepositoryError(f"{start} is not a folder", hint="name a folder of the data repository")
    answer = Git(start).ask("rev-parse", "--absolute-git-dir", "--is-bare-repository", "--show-toplevel")
    lines = os.fsdecode(answer.out).splitlines()
    if any(line.startswith("--") for line in lines):
        raise RepositoryError(_too_old(Git(start)), hint=f"install git {OLDEST_GIT} or newer")
    if len(lines) == 3:
        git_dir, top = os.path.normpath(lines[0]), os.path.normpath(lines[2])
        return Repository(top, git_dir, False, Git(top, (("GIT_DIR", git_dir), ("GIT_WORK_TREE", top))))
    # Bare, or inside the git folder itself (a server's hook): revisions and the index can be read, files cannot.
    if len(lines) == 2 and "work tree" in answer.error:
        git_dir = os.path.normpath(lines[0])
        return Repository(git_dir, git_dir, True, Git(git_dir, (("GIT_DIR", git_dir),)))
    raise failure(answer.error, start)


def _nameable(rev: str) -> str:
    """The revision, unless it could be taken for an option or for two questions."""
    return "" if rev.startswith("-") or any(char in rev for char in "\0\n\r") else rev


def _too_old(git: Git) -> str:
    version = git.ask("--version").out.decode("utf-8", "replace").strip().removeprefix("git version ")
    return f"git {version} is too old: {OLDEST_GIT} or newer is needed"


def _shallow(message: str, rev: str) -> RepositoryError:
    return RepositoryError(
        message, hint=f"set `fetch-depth: 0` in actions/checkout, or run `git fetch --unshallow origin {rev}`"
    )
