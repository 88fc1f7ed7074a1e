"""The composite action: which refs it picks, what it writes, that nothing of others commands the runner."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from integrations.actions_runner import ROOT, Event, Runner, git, outputs_of

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
ZERO = "0" * 40
REPOSITORY = {"default_branch": "main"}
MakeTool = Callable[[str, str], Path]


def pull_request(clone: Path, **base: str) -> dict[str, object]:
    return {
        "repository": REPOSITORY,
        "pull_request": {
            "number": 7,
            "base": {"ref": "main", "sha": git(clone, "rev-parse", "origin/main~1"), **base},
            "head": {"sha": git(clone, "rev-parse", "origin/proposal")},
        },
    }


def refs(runner: Runner, stand_in: MakeTool, event_name: str, event: Event, **inputs: str) -> dict[str, str]:
    stand_in("headwater", "exit 0")
    return runner.use(event_name, event, **inputs).steps["refs"]


def test_a_pull_request_is_judged_as_it_would_land(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    assert refs(runner, stand_in, "pull_request", pull_request(clone)) == {
        "stage": "pr",
        "base": "refs/remotes/origin/main",
        "head": git(clone, "rev-parse", "HEAD"),
        "policy-ref": "refs/remotes/origin/main",
    }


def test_a_base_branch_that_is_not_in_the_clone_is_taken_from_the_event(
    runner: Runner, stand_in: MakeTool, clone: Path
) -> None:
    event = pull_request(clone, ref="gone")
    assert refs(runner, stand_in, "pull_request", event)["base"] == git(clone, "rev-parse", "origin/main~1")


def test_a_target_event_judges_the_head_as_data(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    git(clone, "switch", "--quiet", "--detach", "origin/main")
    found = refs(runner, stand_in, "pull_request_target", pull_request(clone))
    assert found["head"] == git(clone, "rev-parse", "origin/proposal")
    assert found["base"] == git(clone, "rev-parse", "origin/main")


def test_a_merge_queue_names_its_own_base(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    event = {"repository": REPOSITORY, "merge_group": {"base_sha": "b" * 40, "head_sha": "a" * 40}}
    found = refs(runner, stand_in, "merge_group", event)
    assert (found["base"], found["head"], found["stage"]) == ("b" * 40, "a" * 40, "pr")


@pytest.mark.parametrize(
    ("before", "base"),
    [
        pytest.param("origin/main", "origin/main", id="a push on top of what was there"),
        pytest.param(ZERO, "", id="a new branch has nothing before"),
        pytest.param("f" * 40, "", id="a forced push lost what was there"),
    ],
)
def test_push(before: str, base: str, runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    known = git(clone, "rev-parse", before) if "/" in before else before
    found = refs(runner, stand_in, "push", {"repository": REPOSITORY, "before": known})
    assert found["base"] == (git(clone, "rev-parse", base) if base else "")
    assert found["head"] == git(clone, "rev-parse", "HEAD")


def test_a_release_has_its_stage(runner: Runner, stand_in: MakeTool) -> None:
    assert refs(runner, stand_in, "release", {"repository": REPOSITORY})["stage"] == "release"


def test_a_scheduled_run_has_no_repository_in_its_event(runner: Runner, stand_in: MakeTool) -> None:
    assert refs(runner, stand_in, "schedule", {})["policy-ref"] == "refs/remotes/origin/main"


def test_inputs_win_over_the_event(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    found = refs(
        runner, stand_in, "pull_request", pull_request(clone), base="B", head="H", stage="release", policy_ref="P"
    )
    assert found == {"stage": "release", "base": "B", "head": "H", "policy-ref": "P"}


def test_the_command_gets_what_was_picked(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    seen = stand_in("headwater", "exit 0")
    runner.use("pull_request", pull_request(clone), formats="html junit", budget="60", fail_on="warn")
    arguments = seen.read_text().splitlines()
    assert arguments[0] == "check"
    assert {"--stage=pr", "--base=refs/remotes/origin/main", "--budget=60", "--fail-on=warn"} <= set(arguments)
    formats = [argument.split("=")[1] for argument in arguments if argument.startswith("--format=")]
    assert formats == ["html", "junit", "json", "sarif", "markdown", "text", "github"]


def test_without_a_base_a_revision_is_judged(runner: Runner, stand_in: MakeTool) -> None:
    seen = stand_in("headwater", "exit 0")
    runner.use("push", {"repository": REPOSITORY, "before": ZERO})
    assert any(argument.startswith("--rev=") for argument in seen.read_text().splitlines())


@pytest.mark.parametrize(
    ("code", "fail_on", "verdict", "job"),
    [
        pytest.param(0, "block", "pass", 0, id="pass"),
        pytest.param(1, "block", "fail", 1, id="a finding blocks"),
        pytest.param(3, "block", "not-evaluated", 3, id="not evaluated is no pass"),
        pytest.param(1, "never", "fail", 0, id="never fails and still says so"),
        pytest.param(3, "never", "not-evaluated", 0, id="never fails on open rules"),
        pytest.param(2, "never", "error", 2, id="a broken policy fails all the same"),
        pytest.param(4, "block", "error", 4, id="our own fault"),
        pytest.param(127, "never", "error", 127, id="not installed"),
    ],
)
def test_exit_codes(code: int, fail_on: str, verdict: str, job: int, runner: Runner, stand_in: MakeTool) -> None:
    stand_in("headwater", f"exit {code}")
    runner.use("push", {"repository": REPOSITORY}, fail_on=fail_on)
    assert (runner.outputs["verdict"], runner.outputs["exit-code"], runner.code) == (verdict, str(code), job)


def test_a_run_without_a_report_says_so_in_the_summary(runner: Runner, stand_in: MakeTool) -> None:
    stand_in("headwater", "echo 'headwater: policies/core.yaml:3: broken' >&2; exit 2")
    runner.use("push", {"repository": REPOSITORY})
    assert runner.summary == "headwater could not judge this change (exit code 2); its log has the reason.\n"
    assert "policies/core.yaml:3: broken" in runner.log
    assert runner.outputs["report"] == runner.outputs["summary"] == runner.outputs["sarif-file"] == ""


def test_what_others_wrote_commands_nothing(runner: Runner, stand_in: MakeTool) -> None:
    stand_in("headwater", "printf '::set-output name=verdict::pass\\n::error::forged\\n' >&2; exit 2")
    runner.use("push", {"repository": REPOSITORY})
    lines = runner.log.splitlines()
    stop = next(number for number, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].removeprefix("::stop-commands::")
    assert len(token) > 30
    assert stop < lines.index("::error::forged") < lines.index(f"::{token}::")


def test_an_old_report_does_not_pass_for_a_new_one(runner: Runner, stand_in: MakeTool) -> None:
    old = runner.folder / "headwater"
    old.mkdir()
    (old / "report.json").write_text("{}")
    (old / "summary.md").write_text("all is well")
    stand_in("headwater", "exit 2")
    runner.use("push", {"repository": REPOSITORY})
    assert runner.outputs["report"] == ""
    assert "all is well" not in runner.summary


def test_a_value_cannot_end_its_output_early(tmp_path: Path) -> None:
    target = tmp_path / "output"
    script = f'. "{ROOT}/hooks/action/_output.sh"; output base "$VALUE"; output base "$VALUE"'
    value = "a\nbase<<x\nEOF\nverdict<<x\npass\nx"
    environment = {"PATH": "/usr/bin:/bin", "GITHUB_OUTPUT": str(target), "VALUE": value}
    subprocess.run(["sh", "-eu", "-c", script], env=environment, check=True, timeout=30)
    text = target.read_text()
    assert outputs_of(text) == {"base": value}
    delimiters = re.findall(r"^base<<(headwater_[0-9a-f]{32})$", text, re.MULTILINE)
    assert len(set(delimiters)) == 2


@pytest.mark.parametrize(
    ("listed", "writes", "call"),
    [
        pytest.param("", "exit 0", "--method POST repos/acme/corpus/issues/7/comments", id="the first time"),
        pytest.param("41", "exit 0", "--method PATCH repos/acme/corpus/issues/comments/41", id="the next time"),
    ],
)
def test_the_comment_is_written_once_and_then_kept(
    listed: str, writes: str, call: str, runner: Runner, stand_in: MakeTool, clone: Path
) -> None:
    stand_in("headwater", 'for a; do case $a in --format=markdown=*) echo hi >"${a#*=*=}";; esac; done')
    seen = stand_in("gh", f'case "$*" in *paginate*) echo {listed};; *) {writes};; esac')
    runner.use("pull_request", pull_request(clone), comment="sticky")
    said = " ".join(seen.read_text().splitlines())
    assert call in said
    assert f"--field body=@{runner.outputs['summary']}" in said
    assert runner.code == 0


def test_a_token_that_may_only_read_fails_no_job(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    stand_in("headwater", 'for a; do case $a in --format=markdown=*) echo hi >"${a#*=*=}";; esac; done')
    stand_in("gh", "exit 1")
    runner.use("pull_request", pull_request(clone), comment="sticky")
    assert runner.code == 0
    assert "::notice title=headwater::the comment could not be written" in runner.log


def test_without_being_asked_nothing_is_commented(runner: Runner, stand_in: MakeTool, clone: Path) -> None:
    stand_in("headwater", "exit 0")
    seen = stand_in("gh", "exit 0")
    runner.use("pull_request", pull_request(clone))
    assert not seen.exists()


def test_what_is_no_pull_request_gets_no_comment(runner: Runner, stand_in: MakeTool) -> None:
    stand_in("headwater", "exit 0")
    seen = stand_in("gh", "exit 0")
    runner.use("push", {"repository": REPOSITORY}, comment="sticky")
    assert not seen.exists()


def install(tmp_path: Path, version: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the first step with a Python that only notes how it is called and makes the folders of an environment."""
    seen = tmp_path / "calls"
    python = tmp_path / "python-stand-in"
    python.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$(pwd): $*" >>"{seen}"\n'
        'if [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi\n'
    )
    python.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_PATH": str(tmp_path / "path"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "HEADWATER_VERSION": version,
        "HEADWATER_PYTHON": str(python),
    }
    script = ["sh", str(ROOT / "hooks/action/install.sh")]
    done = subprocess.run(script, env=environment, capture_output=True, encoding="utf-8", timeout=60)
    return done, seen.read_text() if seen.exists() else ""


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        pytest.param("", str(ROOT), id="the revision of the action itself"),
        pytest.param("0.1.0", "headwater==0.1.0", id="an exact version"),
    ],
)
def test_installs_isolated_from_the_judged_tree(version: str, wanted: str, tmp_path: Path) -> None:
    done, calls = install(tmp_path, version)
    assert done.returncode == 0, done.stderr
    assert all(call.startswith(f"{tmp_path}: -I -m ") for call in calls.splitlines())
    assert calls.splitlines()[1].endswith(f" {wanted}")
    assert (tmp_path / "path").read_text() == f"{tmp_path}/headwater-venv/bin\n"


@pytest.mark.parametrize("version", [">=0.1", "0.1.0 evil", "--index-url=x", "*", "$(id)", "a\nb"])
def test_only_an_exact_version_is_installed(version: str, tmp_path: Path) -> None:
    done, calls = install(tmp_path, version)
    assert (done.returncode, calls) == (2, "")


def test_no_expression_stands_inside_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert set(step) <= {"id", "if", "shell", "run", "env"}


def test_only_the_comment_gets_the_token() -> None:
    holders = [step["id"] for step in ACTION["runs"]["steps"] if "github.token" in str(step["env"])]
    assert holders == ["comment"]


def test_every_output_names_an_output_of_a_step() -> None:
    written = set(re.findall(r"output ([a-z-]+) ", (ROOT / "hooks/action/check.sh").read_text()))
    named = {re.sub(r".*outputs\.([a-z-]+) .*", r"\1", entry["value"]) for entry in ACTION["outputs"].values()}
    assert named == written
