"""Each way in which a repository cannot be judged has its own sentence and its own next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import open_repository
from checker.errors import RepositoryError, UsageError


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "data")
    made.commit({"a.txt": "one\n"}, "first")
    made.commit({"a.txt": "two\n"}, "second")
    return made


def shallow_clone(repo: GitRepo, folder: Path) -> GitRepo:
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.folder}", str(folder))
    return GitRepo(folder)


def test_not_a_git_repository(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError) as caught:
        open_repository(tmp_path)
    assert caught.value.message == f"{tmp_path} is not inside a git repository"
    assert "git init" in caught.value.hint


def test_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="is not a folder"):
        open_repository(tmp_path / "nowhere")


def test_git_is_not_installed(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git is not installed, or not on PATH; install git"):
        open_repository(repo.folder)


def test_git_is_too_old(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # git 2.7 echoes options of rev-parse that it does not know.
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(
        "#!/bin/sh\n"
        'case "$*" in *--version*) echo git version 2.7.4;; *) echo --absolute-git-dir; echo false; echo /;; esac\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    with pytest.raises(RepositoryError, match=r"git 2\.7\.4 is too old: 2\.25 or newer is needed"):
        open_repository(repo.folder)


def test_dubious_ownership(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    # git's own switch for testing its ownership check.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(RepositoryError) as caught:
        open_repository(repo.folder)
    assert "dubious ownership" in caught.value.message
    assert f"safe.directory {repo.folder}" in caught.value.hint


def test_a_broken_configuration(repo: GitRepo) -> None:
    repo.write(".git/config", "[core\n")
    with pytest.raises(RepositoryError, match=r"the git configuration of .* is broken: bad config line 1"):
        open_repository(repo.folder)


@pytest.mark.parametrize(
    ("rev", "hint"),
    [
        pytest.param("relase-1", "did you mean release-1", id="misspelt tag"),
        pytest.param("mian", "did you mean main", id="misspelt branch"),
        pytest.param("0" * 40, "git branch -a", id="an id that nobody has"),
        pytest.param("qqqqqqqq", "git branch -a", id="nothing like it"),
    ],
)
def test_unknown_revision(repo: GitRepo, rev: str, hint: str) -> None:
    repo.git("tag", "release-1")
    with pytest.raises(RepositoryError) as caught:
        open_repository(repo.folder).revision(rev)
    assert caught.value.message == f"{rev} is not a revision of this repository"
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "rev",
    [
        pytest.param("--all", id="an option"),
        pytest.param("-h", id="a short option"),
        pytest.param("", id="empty"),
        pytest.param("HEAD\nHEAD", id="two lines"),
        pytest.param("HEAD\0", id="NUL"),
        pytest.param("HEAD:a.txt", id="a blob"),
        pytest.param("HEAD..HEAD", id="a range"),
        pytest.param("\udcff", id="not UTF-8"),
    ],
)
def test_what_is_no_revision(repo: GitRepo, rev: str) -> None:
    with pytest.raises(RepositoryError, match="is not a revision of this repository"):
        open_repository(repo.folder).revision(rev)


def test_the_base_of_a_change_is_not_in_a_shallow_clone(repo: GitRepo, tmp_path: Path) -> None:
    base = repo.git("rev-parse", "HEAD^").strip()
    clone = open_repository(shallow_clone(repo, tmp_path / "clone").folder)
    with pytest.raises(RepositoryError) as caught:
        clone.merge_base(base, "HEAD")
    assert caught.value.message == f"{base} is not in this clone (shallow=true)"
    assert "fetch-depth: 0" in caught.value.hint


def test_both_ends_fetched_shallow_have_no_merge_base(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    base = repo.git("rev-parse", "HEAD^").strip()
    clone = shallow_clone(repo, tmp_path / "clone")
    clone.git("fetch", "-q", "--depth", "1", "origin", base)
    with pytest.raises(RepositoryError) as caught:
        open_repository(clone.folder).merge_base(base, "HEAD")
    assert "no common commit in this clone (shallow=true)" in caught.value.message
    assert "fetch-depth: 0" in caught.value.hint


def test_the_merge_base_is_the_fork_point_not_the_tip(repo: GitRepo) -> None:
    fork = repo.git("rev-parse", "HEAD").strip()
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"b.txt": "topic"})
    repo.git("checkout", "-q", "main")
    repo.commit({"c.txt": "main moved on"})
    assert open_repository(repo.folder).merge_base("main", "topic") == fork


def test_unrelated_histories(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit(message="root of another history")
    with pytest.raises(RepositoryError, match="no common commit: their histories are unrelated"):
        open_repository(repo.folder).merge_base("main", "other")


def test_a_tree_has_no_merge_base(repo: GitRepo) -> None:
    with pytest.raises(RepositoryError, match=r"HEAD\^\{tree\} is not a commit"):
        open_repository(repo.folder).merge_base("HEAD^{tree}", "HEAD")


def test_unmerged_index_names_the_paths(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "-b", "topic", "HEAD^")
    repo.commit({"a.txt": "theirs\n"})
    repo.git("merge", "-q", "main", check=False)
    with pytest.raises(RepositoryError) as caught:
        open_repository(repo.folder).index().entries()
    assert caught.value.message == "the index has unmerged paths: a.txt"
    assert "git add" in caught.value.hint


def test_a_blob_that_a_partial_clone_left_behind_is_not_fetched(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = GitRepo(tmp_path / "clone")
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.folder}", str(clone.folder))
    tree = open_repository(clone.folder).revision("HEAD")
    assert set(tree.entries()) == {"a.txt"}
    with pytest.raises(RepositoryError) as caught:
        tree.read("a.txt")
    assert "a.txt (blob " in caught.value.message
    assert "partial" in caught.value.message
    assert "--refetch" in caught.value.hint


def test_a_lost_blob(repo: GitRepo) -> None:
    blob = repo.git("rev-parse", "HEAD:a.txt").strip()
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepositoryError, match=f"blob {blob}"):
        open_repository(repo.folder).revision("HEAD").read("a.txt")


def test_a_lost_tree(repo: GitRepo) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}").strip()
    found = open_repository(repo.folder).revision("HEAD")
    (repo.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(RepositoryError, match=r"git failed in .*; run `git fsck`"):
        found.entries()


def test_an_absent_file(repo: GitRepo) -> None:
    with pytest.raises(RepositoryError, match=r"nope\.txt is not a file of HEAD"):
        open_repository(repo.folder).revision("HEAD").read("nope.txt")


def test_policies_come_from_the_default_branch_of_origin_first(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "-q", str(repo.folder), str(tmp_path / "clone"))
    clone = GitRepo(tmp_path / "clone")
    tip = clone.git("rev-parse", "origin/main").strip()
    clone.commit({"a.txt": "mine\n"})
    found = open_repository(clone.folder)
    assert found.trusted_revision(None) == tip
    clone.git("remote", "set-head", "origin", "-d")
    assert found.trusted_revision() == tip
    assert found.trusted_revision("HEAD") == clone.git("rev-parse", "HEAD").strip()


@pytest.mark.parametrize("name", ["main", "master"])
def test_without_a_remote_the_local_default_branch_is_trusted(tmp_path: Path, name: str) -> None:
    repo = init(tmp_path / "data")
    head = repo.commit({"a.txt": "x"})
    repo.git("branch", "-M", name)
    assert open_repository(repo.folder).trusted_revision(None) == head


def test_no_default_branch_names_what_was_tried(repo: GitRepo) -> None:
    repo.git("branch", "-M", "trunk")
    with pytest.raises(UsageError) as caught:
        open_repository(repo.folder).trusted_revision(None)
    assert "tried origin/HEAD, origin/main, origin/master, main, master" in caught.value.message
    assert "--policy-ref" in caught.value.hint


def test_an_unknown_policy_revision(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the policy revision mian does not exist here; did you mean main"):
        open_repository(repo.folder).trusted_revision("mian")
    clone = shallow_clone(repo, tmp_path / "clone")
    with pytest.raises(UsageError, match="fetch-depth: 0"):
        open_repository(clone.folder).trusted_revision("v1")
