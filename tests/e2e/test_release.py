"""A release is held against the release before it."""

from __future__ import annotations

import json
from pathlib import Path

from e2e.data_repository import DataRepository, write_shard

from checker.discover.history import previous_release

FLOOR = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
select: {datasets: ["data/**"]}
rules:
  - {id: floor, check: real-floor, level: block, with: {min_new_real: 1}}
"""


def release(repository: DataRepository, name: str) -> None:
    repository.git("add", "--all")
    repository.git("commit", "--no-verify", "--allow-empty", "--quiet", "-m", name)
    repository.git("tag", "-a", name, "-m", name)


def floor(repository: DataRepository) -> tuple[int, str, str]:
    done = repository.headwater("check", "--rev", "HEAD", "--stage", "release", "--format", "json")
    report = json.loads(done.stdout)
    outcome = next(outcome for outcome in report["outcomes"] if outcome["rule"] == "team/floor")
    return done.returncode, outcome["status"], report["base"]["label"]


def test_release_without_fresh_real_data_is_refused(repository: DataRepository) -> None:
    (repository.path / "policies/team.yaml").write_text(FLOOR)
    release(repository, "v1")
    (repository.path / "notes.txt").write_text("nothing new\n")
    repository.git("add", "--all")
    repository.git("commit", "--no-verify", "--quiet", "-m", "Notes")
    assert floor(repository) == (1, "fail", "v1")
    write_shard(repository.path / "data/train/c.jsonl", 5)
    repository.track("data/train")
    repository.git("commit", "--no-verify", "--quiet", "-m", "Fresh notes")
    assert floor(repository) == (0, "pass", "v1")


def test_nearest_release_counts_and_the_tag_on_the_commit_itself_does_not(repository: DataRepository) -> None:
    git_dir = repository.path / ".git"
    assert previous_release(git_dir, "HEAD") is None
    release(repository, "v1")
    release(repository, "v2")
    repository.git("tag", "not-a-release", "HEAD^{tree}")
    assert previous_release(git_dir, "HEAD") == "v1"
    release(repository, "v3")
    assert previous_release(git_dir, "HEAD") == "v2"


def test_no_history_at_all(tmp_path: Path) -> None:
    repository = DataRepository(tmp_path / "empty")
    repository.path.mkdir()
    repository.git("init", "--quiet", "-b", "main")
    repository.git("commit", "--quiet", "--allow-empty", "-m", "Start")
    assert previous_release(repository.path / ".git", "HEAD") is None
