"""Snapshots of real repositories: index, work tree, revisions, in every place where git may put them."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import Repository, open_repository
from checker.discover.git import Git, TooLarge
from checker.discover.tree import Entry
from checker.errors import RepositoryError
from checker.model.dataset import SnapshotKind


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "data")
    made.commit({"a.txt": "one\n", "deep/b.txt": "two\n"}, "first")
    return made


def opened(repo: GitRepo) -> Repository:
    return open_repository(repo.folder)


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_a_revision_lists_every_file_with_its_blob(repo: GitRepo) -> None:
    tree = opened(repo).revision("HEAD")
    assert tree.entries() == {
        "a.txt": Entry("100644", blob_id(b"one\n")),
        "deep/b.txt": Entry("100644", blob_id(b"two\n")),
    }
    assert tree.read_many(["a.txt", "deep/b.txt"]) == {"a.txt": b"one\n", "deep/b.txt": b"two\n"}
    assert tree.snapshot.kind is SnapshotKind.REVISION
    assert tree.snapshot.commit == repo.git("rev-parse", "HEAD").strip()
    assert tree.snapshot.tree == repo.git("rev-parse", "HEAD^{tree}").strip()


@pytest.mark.parametrize(
    "rev",
    [
        pytest.param("v1", id="lightweight tag"),
        pytest.param("v2", id="annotated tag"),
        pytest.param("main", id="branch"),
        pytest.param("HEAD^{tree}", id="tree object"),
        pytest.param("HEAD:deep/..", id="not a path that git knows"),
    ],
)
def test_what_a_revision_may_be(repo: GitRepo, rev: str) -> None:
    repo.git("tag", "v1")
    repo.git("tag", "-a", "-m", "two", "v2")
    if rev == "HEAD:deep/..":
        with pytest.raises(RepositoryError, match="is not a revision"):
            opened(repo).revision(rev)
    else:
        assert "a.txt" in opened(repo).revision(rev).entries()
        assert len(opened(repo).resolve(rev)) == 40


def test_opened_from_a_sub_folder_everything_is_seen_from_the_top(repo: GitRepo) -> None:
    found = open_repository(repo.folder / "deep")
    assert found.top == repo.folder.resolve()
    assert set(found.index().entries()) == {"a.txt", "deep/b.txt"}
    assert set(found.revision("HEAD").entries()) == {"a.txt", "deep/b.txt"}
    assert set(found.worktree().entries()) == {"a.txt", "deep/b.txt"}


def test_the_index_holds_staged_bytes_and_the_work_tree_those_on_disk(repo: GitRepo) -> None:
    repo.write("a.txt", "staged\n")
    repo.git("add", "a.txt")
    repo.write("a.txt", "on disk\n")
    repo.write("new.txt", "untracked\n")
    repo.write(".gitignore", "ignored.txt\n")
    repo.write("ignored.txt", "ignored\n")
    (repo.folder / "deep/b.txt").unlink()
    found = opened(repo)
    index, work = found.index(), found.worktree()
    assert index.read("a.txt") == b"staged\n"
    assert set(index.entries()) == {"a.txt", "deep/b.txt"}
    assert set(work.entries()) == {"a.txt", "new.txt", ".gitignore"}
    assert work.read("a.txt") == b"on disk\n"
    assert work.entries()["a.txt"] == Entry("100644", blob_id(b"on disk\n"))
    assert found.changed_paths(index, work) == {"a.txt", "deep/b.txt", "new.txt", ".gitignore"}


def test_a_rename_is_both_names_and_a_deletion_is_one(repo: GitRepo) -> None:
    base = repo.git("rev-parse", "HEAD").strip()
    repo.git("mv", "a.txt", "c.txt")
    repo.git("rm", "-q", "deep/b.txt")
    found = opened(repo)
    assert found.changed_paths(found.revision(base), found.index()) == {"a.txt", "c.txt", "deep/b.txt"}
    repo.commit()
    assert found.changed_paths(found.revision(base), found.revision("HEAD")) == {"a.txt", "c.txt", "deep/b.txt"}
    assert found.changed_paths(found.empty(), found.revision(base)) == {"a.txt", "deep/b.txt"}


def test_a_change_of_mode_alone_is_a_change(repo: GitRepo) -> None:
    base = repo.git("rev-parse", "HEAD").strip()
    repo.git("update-index", "--chmod=+x", "a.txt")
    found = opened(repo)
    assert found.changed_paths(found.revision(base), found.index()) == {"a.txt"}


def test_names_that_git_would_quote(repo: GitRepo) -> None:
    names = ['qu"ote.txt', "täb\there.txt", "new\nline.txt", " space .txt", "--option.txt", ":colon.txt", "\udcff.txt"]
    for name in names:
        (repo.folder / name).write_text(name, encoding="utf-8", errors="surrogateescape")
    repo.commit()
    tree = opened(repo).revision("HEAD")
    assert set(names) <= set(tree.entries())
    assert tree.read(names[0]) == names[0].encode()
    assert set(names) <= set(opened(repo).worktree().entries())


def test_symlinks_and_submodules_are_entries_and_are_not_entered(repo: GitRepo, tmp_path: Path) -> None:
    other = init(tmp_path / "other")
    other.commit({"inside.txt": "x"})
    (repo.folder / "link").symlink_to("/etc/hostname")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.folder), "sub")
    repo.commit()
    found = opened(repo)
    for tree in (found.revision("HEAD"), found.index(), found.worktree()):
        assert tree.entries()["link"].mode == "120000"
        assert tree.entries()["sub"].mode == "160000"
        assert not any(path.startswith("sub/") for path in tree.entries())
        assert tree.read("link") == b"/etc/hostname"
        with pytest.raises(RepositoryError, match="sub is not a file"):
            tree.read("sub")
    inside = open_repository(repo.folder / "sub")
    assert inside.top == (repo.folder / "sub").resolve()
    assert set(inside.index().entries()) == {"inside.txt"}


def test_the_work_tree_never_reads_through_a_link(repo: GitRepo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("secret")
    found = opened(repo)
    tree = found.worktree()
    assert set(tree.entries()) == {"a.txt", "deep/b.txt"}
    (repo.folder / "deep/b.txt").unlink()
    (repo.folder / "deep").rmdir()
    (repo.folder / "deep").symlink_to(outside)
    (repo.folder / "a.txt").unlink()
    (repo.folder / "a.txt").symlink_to(outside / "b.txt")
    for path in ("deep/b.txt", "a.txt"):
        with pytest.raises(RepositoryError, match=r"lies behind a symlink|cannot be read"):
            tree.read(path)
    assert set(found.worktree().entries()) == {"a.txt", "deep"}
    assert found.worktree().entries()["a.txt"].mode == "120000"


def test_a_pipe_on_disk_is_no_file(repo: GitRepo) -> None:
    tree = opened(repo).worktree()
    assert "a.txt" in tree.entries()
    (repo.folder / "a.txt").unlink()
    os.mkfifo(repo.folder / "a.txt")
    with pytest.raises(RepositoryError, match="not a regular file"):
        tree.read("a.txt")


def test_a_file_announced_with_intent_to_add_is_not_staged(repo: GitRepo) -> None:
    repo.write("soon.txt", "soon")
    repo.write("empty.txt", "")
    repo.git("add", "-N", "soon.txt")
    repo.git("add", "empty.txt")
    assert set(opened(repo).index().entries()) == {"a.txt", "deep/b.txt", "empty.txt"}


def test_before_the_first_commit(tmp_path: Path) -> None:
    repo = init(tmp_path / "new")
    repo.add({"a.txt": "x"})
    found = opened(repo)
    assert found.head_or_empty().snapshot.kind is SnapshotKind.EMPTY
    assert found.head_or_empty().entries() == {}
    assert set(found.index().entries()) == {"a.txt"}
    assert found.index().snapshot.commit is None
    first = repo.commit()
    assert found.before(first).snapshot.kind is SnapshotKind.EMPTY
    second = repo.commit({"b.txt": "y"})
    assert found.before(second).snapshot.commit == first


def test_a_repository_of_sha256(tmp_path: Path) -> None:
    repo = init(tmp_path / "new", "--object-format=sha256")
    head = repo.commit({"a.txt": "x", "empty.txt": ""})
    repo.write("a.txt", "changed")
    found = opened(repo)
    assert len(head) == 64
    assert found.revision("HEAD").read("a.txt") == b"x"
    assert found.changed_paths(found.index(), found.worktree()) == {"a.txt"}
    assert len(found.worktree().entries()["a.txt"].oid) == 64


def test_a_linked_work_tree_has_its_own_index(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    linked = GitRepo(tmp_path / "linked")
    linked.add({"side.txt": "side"})
    found = opened(linked)
    assert found.top == linked.folder.resolve()
    assert "side.txt" in found.index().entries()
    assert "side.txt" not in opened(repo).index().entries()


def test_a_bare_repository_has_revisions_but_no_work_tree(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "team.git"))
    found = open_repository(tmp_path / "team.git")
    assert (found.bare, found.name) == (True, "team")
    assert found.revision("main").read("a.txt") == b"one\n"
    assert found.trusted_revision(None) == found.resolve("main")
    with pytest.raises(RepositoryError, match="has no work tree"):
        found.worktree()


def test_inside_the_git_folder_revisions_can_be_read(repo: GitRepo) -> None:
    assert open_repository(repo.folder / ".git").revision("HEAD").read("a.txt") == b"one\n"


def test_git_dir_and_work_tree_from_the_environment(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(repo.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repo.folder))
    found = open_repository(tmp_path)
    assert found.top == repo.folder.resolve()
    assert found.worktree().read("a.txt") == b"one\n"


def test_a_replaced_object_is_not_believed(repo: GitRepo) -> None:
    honest = blob_id(b"one\n")
    forged = repo.git("hash-object", "-w", "deep/b.txt").strip()
    repo.git("replace", honest, forged)
    assert opened(repo).revision("HEAD").read("a.txt") == b"one\n"


def test_reading_runs_no_program_of_the_configuration(repo: GitRepo) -> None:
    trap = repo.folder.parent / "ran"
    script = repo.write("../trap.sh", f"#!/bin/sh\necho ran >> '{trap}'\ncat\n")
    script.chmod(0o755)
    repo.commit({".gitattributes": "*.txt filter=evil diff=evil\n"})
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external"):
        repo.git("config", key, str(script))
    repo.write("a.txt", "edited\n")
    found = opened(repo)
    assert found.worktree().read("a.txt") == b"edited\n"
    assert found.index().read("a.txt") == b"one\n"
    assert found.changed_paths(found.revision("HEAD"), found.index()) == frozenset()
    assert not trap.exists()


def test_a_blob_over_the_limit_is_not_read(repo: GitRepo) -> None:
    repo.commit({"big.bin": b"x" * 5000, "small.bin": b"y" * 10})
    tree = opened(repo).revision("HEAD")
    assert tree.fetch(["big.bin", "small.bin", "a.txt"], max_bytes=100) == {
        "big.bin": TooLarge(5000),
        "small.bin": b"y" * 10,
        "a.txt": b"one\n",
    }
    with pytest.raises(RepositoryError, match=r"big\.bin has 5,000 bytes"):
        tree.read("big.bin")


def test_thousands_of_blobs_by_one_process(repo: GitRepo) -> None:
    files = {f"many/{number:04}.txt": f"{number}\n" * (number % 50 + 1) for number in range(2000)}
    repo.commit(dict(files))
    tree = opened(repo).revision("HEAD")
    assert tree.read_many(files) == {path: content.encode() for path, content in files.items()}


def test_the_portable_way_to_start_git_says_the_same(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = opened(repo).revision("HEAD").read_many(["a.txt", "deep/b.txt"])
    monkeypatch.delattr(os, "posix_spawnp")
    found = opened(repo)
    assert found.revision("HEAD").read_many(["a.txt", "deep/b.txt"]) == expected
    assert found.trusted_revision(None) == found.resolve("HEAD")
    with pytest.raises(RepositoryError, match="is not a revision"):
        found.revision("nowhere")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RepositoryError, match="git is not installed"):
        Git(repo.folder).ask("status")


HOOK = """#!{python}
import json, sys
sys.path.insert(0, {package!r})
from pathlib import Path
from checker.discover import open_repository
repository = open_repository(Path.cwd())
index = repository.index()
changed = sorted(repository.changed_paths(repository.head_or_empty(), index))
seen = {{path: index.read(path).decode() for path in changed if path in index.entries()}}
Path({report!r}).write_text(json.dumps({{"changed": changed, "seen": seen}}))
"""


@pytest.fixture
def hooked(repo: GitRepo, tmp_path: Path) -> GitRepo:
    """A repository whose pre-commit hook writes down what it sees."""
    package = str(Path(__file__).resolve().parents[2])
    hook = repo.write(
        ".git/hooks/pre-commit", HOOK.format(python=sys.executable, package=package, report=str(tmp_path / "seen.json"))
    )
    hook.chmod(0o755)
    return repo


def seen(tmp_path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((tmp_path / "seen.json").read_text())
    return found


def test_hook_of_commit_all_sees_what_will_be_committed(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.write("a.txt", "by -a\n")
    (hooked.folder / "deep/b.txt").unlink()
    hooked.git("commit", "-q", "-a", "-m", "all")
    assert seen(tmp_path) == {"changed": ["a.txt", "deep/b.txt"], "seen": {"a.txt": "by -a\n"}}


def test_hook_of_a_partial_commit_sees_only_that_part(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.add({"staged.txt": "staged, but not in this commit\n"})
    hooked.write("a.txt", "the part\n")
    hooked.git("commit", "-q", "-m", "part", "a.txt")
    assert seen(tmp_path) == {"changed": ["a.txt"], "seen": {"a.txt": "the part\n"}}


def test_hook_of_a_commit_with_include_sees_both(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.add({"staged.txt": "staged\n"})
    hooked.write("a.txt", "included\n")
    hooked.git("commit", "-q", "-i", "-m", "both", "a.txt")
    assert seen(tmp_path) == {
        "changed": ["a.txt", "staged.txt"],
        "seen": {"a.txt": "included\n", "staged.txt": "staged\n"},
    }


def test_hook_from_a_sub_folder_sees_paths_from_the_top(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.write("deep/b.txt", "from below\n")
    GitRepo(hooked.folder / "deep").git("commit", "-q", "-a", "-m", "below")
    assert seen(tmp_path) == {"changed": ["deep/b.txt"], "seen": {"deep/b.txt": "from below\n"}}


def test_hook_in_a_linked_work_tree_sees_its_index(hooked: GitRepo, tmp_path: Path) -> None:
    hooked.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    linked = GitRepo(tmp_path / "linked")
    linked.write("a.txt", "linked\n")
    linked.git("commit", "-q", "-a", "-m", "side")
    assert seen(tmp_path) == {"changed": ["a.txt"], "seen": {"a.txt": "linked\n"}}


def test_hook_of_an_amended_and_a_first_commit(tmp_path: Path, hooked: GitRepo) -> None:
    hooked.write("a.txt", "amended\n")
    hooked.git("commit", "-q", "-a", "--amend", "-m", "amended")
    assert seen(tmp_path) == {"changed": ["a.txt"], "seen": {"a.txt": "amended\n"}}
    hooked.git("checkout", "-q", "--orphan", "fresh")
    hooked.git("commit", "-q", "-m", "root")
    assert seen(tmp_path)["changed"] == ["a.txt", "deep/b.txt"]


RECEIVE = """#!{python}
import sys
sys.path.insert(0, {package!r})
from pathlib import Path
from checker.discover import open_repository
old, new, ref = sys.stdin.read().split()
repository = open_repository(Path.cwd())
before = repository.empty() if set(old) == {{"0"}} else repository.revision(old)
after = repository.revision(new)
Path({report!r}).write_text(f"{{sorted(repository.changed_paths(before, after))}} {{after.read('a.txt').decode()}}")
"""


def test_a_servers_pre_receive_hook_reads_what_is_still_in_quarantine(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "team.git"))
    package = str(Path(__file__).resolve().parents[2])
    report = tmp_path / "report"
    hook = tmp_path / "team.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(RECEIVE.format(python=sys.executable, package=package, report=str(report)))
    hook.chmod(0o755)
    repo.commit({"a.txt": "pushed"})
    repo.git("push", "-q", str(tmp_path / "team.git"), "main")
    assert report.read_text() == "['a.txt'] pushed"
