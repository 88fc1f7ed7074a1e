"""Objects asked of git: one process answers small questions in turn, and never gives one the answer of another."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import open_repository
from checker.discover.git import Git, TooLarge
from checker.errors import RepositoryError


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "data")
    made.commit({f"{number:03}.txt": f"file {number}\n" for number in range(60)}, "first")
    return made


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Counts the processes of git by a git of our own before the real one on PATH."""
    log, folder = tmp_path / "log", tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho x >> "{log}"\nPATH="${{PATH#*:}}"\nexec git "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0


def blob(repo: GitRepo, number: int) -> str:
    return repo.git("rev-parse", f"HEAD:{number:03}.txt").strip()


def content(number: int) -> bytes:
    return f"file {number}\n".encode()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for git is a shell script")
def test_small_questions_share_one_process(repo: GitRepo, started: Callable[[], int]) -> None:
    git, first, second = Git(repo.folder), blob(repo, 1), blob(repo, 2)
    before = started()
    assert git.objects(["HEAD", "nowhere", ":001.txt"]) == [repo.git("rev-parse", "HEAD").strip(), None, first]
    before += 1  # our own rev-parse
    assert dict(git.blobs([first])) == {first: content(1)}
    assert dict(git.blobs([second, first])) == {first: content(1), second: content(2)}
    assert started() - before == 1


@pytest.mark.parametrize(
    "count", [pytest.param(50, id="the most of a small question"), pytest.param(51, id="one more")]
)
def test_questions_of_any_size(repo: GitRepo, count: int) -> None:
    git = Git(repo.folder)
    ids = git.objects(f"HEAD:{number:03}.txt" for number in range(count))
    found = list(git.blobs(str(oid) for oid in ids))
    assert [data for _, data in found] == [content(number) for number in range(count)]


def test_a_question_inside_a_question(repo: GitRepo) -> None:
    git, ids = Git(repo.folder), [blob(repo, number) for number in range(3)]
    seen = [(data, dict(git.blobs([ids[0]]))[ids[0]]) for _, data in git.blobs(ids)]
    assert seen == [(content(number), content(0)) for number in range(3)]


def test_an_answer_that_nobody_reads_to_its_end(repo: GitRepo) -> None:
    git, ids = Git(repo.folder), [blob(repo, number) for number in range(3)]
    answers = git.blobs(ids)
    assert next(answers) == (ids[0], content(0))
    del answers
    assert dict(git.blobs([ids[2]])) == {ids[2]: content(2)}


def test_absent_and_large_objects_between_others(repo: GitRepo) -> None:
    git, first, absent = Git(repo.folder), blob(repo, 1), "0" * 40
    large = repo.git("rev-parse", "HEAD^{tree}").strip()
    assert list(git.blobs([absent, large, first], max_bytes=20)) == [
        (absent, None),
        (large, TooLarge(int(repo.git("cat-file", "-s", large)))),
        (first, content(1)),
    ]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("two words", id="two words"),
        pytest.param("a blob 12", id="what looks like an answer"),
        pytest.param("HEAD missing", id="what looks like a refusal"),
    ],
)
def test_names_that_are_none_do_not_shift_the_answers(repo: GitRepo, name: str) -> None:
    git = Git(repo.folder)
    head = repo.git("rev-parse", "HEAD").strip()
    assert git.objects(["HEAD", f"{name}^{{commit}}", "HEAD"]) == [head, None, head]


def test_a_tree_that_a_partial_clone_left_behind(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--filter=tree:0", "--no-checkout", f"file://{repo.folder}", str(clone))
    with pytest.raises(RepositoryError, match="an object that is not in this clone") as caught:
        open_repository(clone).head_or_empty()
    assert "--refetch" in caught.value.hint


def test_travels_to_another_process_without_its_own(repo: GitRepo) -> None:
    git = Git(repo.folder)
    first = blob(repo, 1)
    assert dict(git.blobs([first])) == dict(pickle.loads(pickle.dumps(git)).blobs([first]))
