"""The action's steps with the real command on a real git + DVC repository."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, build, copy, environment, write_shard
from integrations.actions_runner import Runner, git
from jsonschema import Draft202012Validator

from checker.report._schema import schema

Propose = Callable[..., Runner]
LOOSE = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.1}
select: {datasets: ["data/**"]}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.95}}
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """The team's repository, its data pushed to the DVC remote."""
    repository = build(tmp_path_factory.mktemp("origin"))
    repository.run("dvc", "push", "--quiet")
    return repository


@pytest.fixture
def propose(origin: DataRepository, tmp_path: Path) -> Iterator[Propose]:
    """Propose a shard on a branch, and check out the merge commit as `actions/checkout` does."""

    def make(shard: str, humans: int, machines: int, files: dict[str, str] | None = None) -> Runner:
        repository = copy(origin, tmp_path)
        (tmp_path / "store").symlink_to(origin.path.parent / "store")
        repository.git("switch", "--quiet", "-c", "proposal")
        write_shard(repository.path / "data/train" / shard, humans, machines)
        for name, content in (files or {}).items():
            (repository.path / name).write_text(content)
        repository.track("data/train")
        repository.run("dvc", "push", "--quiet")
        repository.git("commit", "--quiet", "--no-verify", "-m", "Add a shard")
        git(tmp_path, "clone", "--quiet", str(repository.path), "clone")
        workspace = tmp_path / "clone"
        git(workspace, "switch", "--quiet", "--detach", "origin/main")
        git(workspace, "merge", "--quiet", "--no-ff", "-m", "merge", "origin/proposal")
        (tmp_path / "runner").mkdir()
        return Runner(tmp_path / "runner", workspace, variables=environment(tmp_path))

    yield make


def pull_request(runner: Runner) -> dict[str, object]:
    return {
        "repository": {"default_branch": "main"},
        "pull_request": {
            "number": 7,
            "base": {"ref": "main", "sha": git(runner.workspace, "rev-parse", "origin/main")},
            "head": {"sha": git(runner.workspace, "rev-parse", "origin/proposal")},
        },
    }


def heard(log: str) -> list[str]:
    """The commands that a runner would obey: those outside of what is quoted."""
    found, token = [], ""
    for line in (line.strip() for line in re.split(r"\r\n|\r|\n", log)):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    assert not token
    return found


def test_a_clean_change_passes(propose: Propose) -> None:
    runner = propose("c.jsonl", 95, 5)
    runner.use("pull_request", pull_request(runner), formats="html junit gitlab")
    assert (runner.outputs["verdict"], runner.outputs["exit-code"], runner.code) == ("pass", "0", 0), runner.log
    assert not [command for command in heard(runner.log) if command.startswith("::error")]
    assert runner.summary.startswith("<!-- headwater:report -->\n### ✅ headwater pass")
    Draft202012Validator(schema()).validate(json.loads(Path(runner.outputs["report"]).read_text()))
    assert json.loads(Path(runner.outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    written = {path.name for path in Path(runner.outputs["reports"]).iterdir()}
    assert {"headwater.html", "headwater.junit", "headwater.gitlab"} <= written


def test_a_change_over_the_cap_is_refused_and_annotated(propose: Propose) -> None:
    runner = propose("c.jsonl", 60, 40)
    runner.use("pull_request", pull_request(runner))
    assert (runner.outputs["verdict"], runner.code) == ("fail", 1), runner.log
    errors = [command for command in heard(runner.log) if command.startswith("::error ")]
    assert any("file=data/train.dvc,line=2" in error and "team/cap" in error for error in errors)
    assert "team/cap" in runner.summary and "c.jsonl" in runner.summary
    report = json.loads(Path(runner.outputs["report"]).read_text())
    assert (report["verdict"], report["stage"], report["policy"]["id"]) == ("fail", "pr", "team")


def test_the_policy_of_the_change_does_not_bind(propose: Propose) -> None:
    runner = propose("c.jsonl", 60, 40, {"policies/team.yaml": LOOSE})
    runner.use("pull_request", pull_request(runner))
    assert (runner.outputs["verdict"], runner.code) == ("fail", 1), runner.log
    assert "Under the policy that this change proposes" in runner.summary


def test_a_name_that_commands_a_runner_is_not_heard(propose: Propose) -> None:
    runner = propose("::error::x %0A::error::y ##[error]z @team.jsonl", 10, 90)
    runner.use("pull_request", pull_request(runner))
    assert runner.code == 1
    assert all(re.match(r"::(error|warning|notice) file=[^:]*,line=\d+", line) for line in heard(runner.log))
    assert "##[" not in runner.log
    assert "@team" not in runner.summary


def test_a_merge_queue_entry_is_judged_against_its_base(propose: Propose) -> None:
    runner = propose("c.jsonl", 60, 40)
    shas = {
        "base_sha": git(runner.workspace, "rev-parse", "origin/main"),
        "head_sha": git(runner.workspace, "rev-parse", "HEAD"),
    }
    runner.use("merge_group", {"repository": {"default_branch": "main"}, "merge_group": shas})
    assert (runner.outputs["verdict"], runner.code) == ("fail", 1), runner.log


def test_a_default_branch_that_is_not_in_the_clone_is_an_error_and_no_pass(propose: Propose) -> None:
    runner = propose("c.jsonl", 95, 5)
    event = {**pull_request(runner), "repository": {"default_branch": "trunk"}}
    runner.use("pull_request", event, fail_on="never")
    assert (runner.outputs["verdict"], runner.code) == ("error", 2)
    assert "trunk" in runner.log


def test_a_shallow_clone_says_what_to_set(propose: Propose, tmp_path: Path) -> None:
    runner = propose("c.jsonl", 95, 5)
    event = pull_request(runner)
    source = (tmp_path / "data-repository").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=proposal", source, "shallow")
    runner.workspace = tmp_path / "shallow"
    runner.use("pull_request", event)
    assert (runner.outputs["verdict"], runner.code) == ("error", 2)
    assert "fetch-depth: 0" in runner.log
