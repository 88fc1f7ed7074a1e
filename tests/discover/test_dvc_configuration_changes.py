"""A change of `.dvc/config` is a finding at its line: the judged tree must not choose where bytes come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import open_repository, remote_config_changes

CONFIG = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://team/data\n    region = eu\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "data")
    made.commit({".dvc/config": CONFIG, "sub/.dvc/config": "", "a.txt": "x"})
    return made


def changes(repo: GitRepo) -> list[str]:
    opened = open_repository(repo.folder)
    found = remote_config_changes(opened.revision("HEAD"), opened.index())
    assert all(problem.fix for problem in found)
    return [f"{problem.location}: {problem.message}" for problem in found]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a.txt": "y", "x.dvc/config": "x", "b/my.dvc/config": "x"}, [], id="nothing of DVC's"),
        pytest.param(
            {".dvc/config": CONFIG.replace("s3://team/data", "https://evil.example")},
            ['.dvc/config:4: .dvc/config differs from the trusted revision (remote "storage")'],
            id="the address of a remote",
        ),
        pytest.param(
            {".dvc/config": CONFIG.replace("    region = eu\n", "")},
            ['.dvc/config:4: .dvc/config differs from the trusted revision (remote "storage")'],
            id="an option taken away",
        ),
        pytest.param(
            {".dvc/config": CONFIG + "[cache]\n    dir = elsewhere\n"},
            [".dvc/config:6: .dvc/config differs from the trusted revision (cache)"],
            id="a section added",
        ),
        pytest.param(
            {".dvc/config": CONFIG + "# only a comment\n"},
            ['.dvc/config:6: .dvc/config differs from the trusted revision (remote "storage")'],
            id="even a comment",
        ),
        pytest.param(
            {"sub/.dvc/config": "[core]\n    remote = x\n"},
            ["sub/.dvc/config:1: sub/.dvc/config is new: it decides where data comes from"],
            id="the empty file of another root is filled",
        ),
        pytest.param(
            {"new/.dvc/config": "[core]\n"},
            ["new/.dvc/config:1: new/.dvc/config is new: it decides where data comes from"],
            id="a new root",
        ),
        pytest.param(
            {".dvc/config": b"\xff\x00"}, [".dvc/config:1: .dvc/config differs from the trusted revision"], id="bytes"
        ),
        pytest.param(
            {".dvc/config.local": "[core]\n"},
            [
                ".dvc/config.local:1: `.dvc/config.local` is tracked by git: "
                "it holds credentials and decides where data comes from"
            ],
            id="the file of credentials in git",
        ),
    ],
)
def test_what_is_a_change(repo: GitRepo, files: dict[str, str | bytes], expected: list[str]) -> None:
    repo.add(files)
    assert changes(repo) == expected


def test_a_configuration_that_is_removed(repo: GitRepo) -> None:
    repo.git("rm", "-q", ".dvc/config")
    assert changes(repo) == [".dvc/config: .dvc/config is removed: DVC's remotes are no longer configured"]


def test_a_configuration_that_becomes_a_link(repo: GitRepo) -> None:
    (repo.folder / ".dvc/config").unlink()
    (repo.folder / ".dvc/config").symlink_to("/etc/hostname")
    repo.git("add", ".dvc/config")
    assert changes(repo) == [".dvc/config: .dvc/config is a symlink"]


def test_a_file_of_credentials_that_was_there_before_is_still_a_finding(repo: GitRepo) -> None:
    repo.commit({".dvc/config.local": "[core]\n"})
    assert len(changes(repo)) == 1
