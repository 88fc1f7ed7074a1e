"""HEAD's files from the index and git's account of what differs are HEAD's files as git lists them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from repos import GitRepo, init

from checker import entry
from checker.discover import open_repository

Change = Callable[[GitRepo], None]


def edit(repo: GitRepo) -> None:
    (repo.folder / "a.dvc").write_text("changed\n")
    (repo.folder / "new é\tfile").write_text("new\n")
    repo.git("add", "--all")


def delete(repo: GitRepo) -> None:
    repo.git("rm", "--quiet", "a.dvc", "sub/b.txt")


def rename(repo: GitRepo) -> None:
    repo.git("mv", "a.dvc", "sub/renamed.dvc")


def link(repo: GitRepo) -> None:
    (repo.folder / "a.dvc").unlink()
    (repo.folder / "a.dvc").symlink_to("sub/b.txt")
    repo.git("add", "--all")


def mode(repo: GitRepo) -> None:
    repo.git("update-index", "--chmod=+x", "sub/b.txt")


def intend(repo: GitRepo) -> None:
    (repo.folder / "later.txt").write_text("")
    repo.git("add", "--intent-to-add", "later.txt")


def intend_again(repo: GitRepo) -> None:
    repo.git("rm", "--quiet", "--cached", "a.dvc")
    repo.git("add", "--intent-to-add", "a.dvc")


def submodule(repo: GitRepo) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    repo.git("config", "diff.ignoreSubmodules", "all")


def settings(repo: GitRepo) -> None:
    edit(repo)
    for name, value in {"diff.relative": "true", "diff.renames": "copies", "core.abbrev": "7"}.items():
        repo.git("config", name, value)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda repo: None, id="nothing"),
        pytest.param(edit, id="edited and added"),
        pytest.param(delete, id="deleted"),
        pytest.param(rename, id="renamed"),
        pytest.param(link, id="a file became a link"),
        pytest.param(mode, id="made executable"),
        pytest.param(intend, id="announced only"),
        pytest.param(intend_again, id="removed, then announced"),
        pytest.param(submodule, id="a submodule that settings hide"),
        pytest.param(settings, id="settings that bend diffs"),
    ],
)
def test_equal_to_what_git_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    repo = init(tmp_path / "repo")
    for name in ("a.dvc", "sub/b.txt", "sub/c.txt"):
        (repo.folder / name).parent.mkdir(exist_ok=True)
        (repo.folder / name).write_text(f"{name}\n")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "-m", "Start")
    change(repo)
    monkeypatch.chdir(repo.folder / "sub")
    opened = open_repository(repo.folder)
    changes = entry._staged_changes()
    assert changes is not None
    index = opened.index()
    told = opened.head_or_empty(index, changes)
    assert dict(told.entries()) == dict(opened.head_or_empty().entries())
    assert opened.changed_paths(told, index) == opened.changed_paths(opened.head_or_empty(), opened.index())
