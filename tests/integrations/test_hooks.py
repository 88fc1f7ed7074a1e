"""pre-commit's catalogue, the plain git hooks, and the snippets for other CI systems."""

from __future__ import annotations

import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from integrations.actions_runner import BIN, ROOT, Runner, git

from checker import __version__, hooks_catalog

CATALOG = yaml.safe_load(hooks_catalog.render())
SCRIPTS = sorted([*(ROOT / "hooks/action").glob("*.sh"), *(ROOT / "hooks/git").iterdir()])


def test_every_hook_has_a_twin_for_an_installed_headwater() -> None:
    by_id = {hook["id"]: hook for hook in CATALOG}
    assert set(by_id) == {f"headwater-{name}{end}" for name in ("commit", "push", "policy") for end in ("", "-system")}
    for name, hook in by_id.items():
        if name.endswith("-system"):
            own = by_id[name.removesuffix("-system")]
            assert {**hook, "id": 0, "description": 0, "language": 0} == {
                **own,
                "id": 0,
                "description": 0,
                "language": 0,
            }
            assert (hook["language"], own["language"]) == ("system", "python")


def test_no_hook_takes_file_names_and_every_hook_runs_once() -> None:
    for hook in CATALOG:
        assert hook["pass_filenames"] is False and hook["require_serial"] is True
        assert hook.get("always_run", False) is ("files" not in hook)


def test_a_clean_merge_is_judged_too() -> None:
    assert all("pre-merge-commit" in hook["stages"] for hook in CATALOG if "push" not in hook["id"])


@pytest.mark.parametrize(
    ("path", "triggers"),
    [
        pytest.param("policies/core.yaml", True, id="policy"),
        pytest.param("policies/team/core.yml", True, id="policy in a folder"),
        pytest.param("headwater.yaml", True, id="settings"),
        pytest.param("policies/tests/fixtures/notes/a.jsonl", True, id="a record that a policy is tested with"),
        pytest.param("waivers/wv-1.yaml", True, id="waiver"),
        pytest.param("governance/groups.yaml", True, id="approvers"),
        pytest.param("data/policies/core.yaml", False, id="not at the top"),
        pytest.param("policies/README.md", False, id="not YAML"),
        pytest.param("headwater.yaml.bak", False, id="a copy"),
    ],
)
def test_the_policy_hook_runs_for_policy_files(path: str, triggers: bool) -> None:
    pattern = next(hook["files"] for hook in CATALOG if hook["id"] == "headwater-policy")
    assert bool(re.search(pattern, path)) is triggers


def test_pre_commit_accepts_the_catalogue(tmp_path: Path) -> None:
    manifest = tmp_path / ".pre-commit-hooks.yaml"
    manifest.write_text(hooks_catalog.render())
    done = subprocess.run(
        [str(BIN / "pre-commit"), "validate-manifest", str(manifest)], capture_output=True, encoding="utf-8", timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_sh(script: Path, shellcheck: str) -> None:
    done = subprocess.run(
        [shellcheck, "-x", "-s", "sh", str(script)], capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["pre-commit", "pre-push"])
def test_git_hooks_are_short_and_executable(name: str) -> None:
    script = ROOT / "hooks/git" / name
    assert len(script.read_text().splitlines()) <= 15
    assert os.access(script, os.X_OK)


def hooked(clone: Path, tmp_path: Path, name: str, verdict: str) -> Path:
    """The hook installed as the README says, and a `headwater` that notes what it is asked."""
    seen = tmp_path / "asked"
    program = tmp_path / "bin" / "headwater"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$* $PRE_COMMIT_FROM_REF $PRE_COMMIT_TO_REF" >>"{seen}"\n{verdict}\n')
    program.chmod(0o755)
    target = clone / ".git/hooks" / name
    target.write_bytes((ROOT / "hooks/git" / name).read_bytes())
    target.chmod(0o755)
    return seen


def run_git(clone: Path, path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_commit_stands_or_falls_with_the_verdict(code: int, clone: Path, tmp_path: Path) -> None:
    seen = hooked(clone, tmp_path, "pre-commit", f"exit {code}")
    done = run_git(clone, f"{tmp_path / 'bin'}:{os.environ['PATH']}", "commit", "--allow-empty", "-m", "x")
    assert (done.returncode == 0) is (code == 0)
    assert seen.read_text().strip() == "check --staged"


@pytest.mark.parametrize("hook", ["pre-commit", "pre-push"])
def test_a_missing_headwater_refuses_and_says_why(hook: str, clone: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for tool in ("sh", "git"):
        (empty / tool).symlink_to(f"/usr/bin/{tool}")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "hooks/git" / hook)],
        env={"PATH": str(empty)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 1
    assert "headwater is not on PATH" in done.stderr


def test_every_pushed_branch_is_judged_and_one_refusal_refuses_all(clone: Path, tmp_path: Path) -> None:
    seen = hooked(clone, tmp_path, "pre-push", 'case "$PRE_COMMIT_TO_REF" in "$(git rev-parse one)") exit 1;; esac')
    git(clone, "branch", "one", "origin/proposal")
    git(clone, "branch", "two", "origin/main")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    assert run_git(clone, path, "push", "origin", "one", "two").returncode == 1
    assert run_git(clone, path, "push", "origin", "two").returncode == 0
    asked = seen.read_text().splitlines()
    assert len(asked) == 3
    assert asked[2] == f"check --stage push {'0' * 40} {git(clone, 'rev-parse', 'two')}"


def test_deleting_a_branch_is_asked_about_too(clone: Path, tmp_path: Path) -> None:
    seen = hooked(clone, tmp_path, "pre-push", "exit 0")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    old = git(clone, "rev-parse", "origin/proposal")
    assert run_git(clone, path, "push", "origin", ":proposal").returncode == 0
    assert seen.read_text().strip() == f"check --stage push {old} {'0' * 40}"


def snippet(name: str) -> str:
    return (ROOT / "hooks/ci" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["gitlab.yml", "azure.yml", "Jenkinsfile"])
def test_snippets_install_this_version(name: str) -> None:
    assert re.search(r"HEADWATER_VERSION\s*[:=]\s*['\"]" + re.escape(__version__), snippet(name))


def test_the_example_workflow_is_careful() -> None:
    workflow = yaml.safe_load(snippet("github.yml"))
    events = workflow[True]  # YAML 1.1 reads the key `on` as true
    assert set(events) == {"pull_request", "merge_group"}
    assert workflow["permissions"] == {}
    checkout = workflow["jobs"]["headwater"]["steps"][0]["with"]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}
    assert all("run" not in step for step in workflow["jobs"]["headwater"]["steps"])


def judge(runner: Runner, shell: str, script: str, **given: str) -> list[str]:
    """Run a snippet's judging part with a `headwater` that notes its arguments; the arguments come back."""
    tools = runner.folder / "bin"
    tools.mkdir()
    program = tools / "headwater"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", **given}
    done = subprocess.run(
        [shell, "-eu", "-c", script],
        cwd=runner.workspace,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def pairs(arguments: list[str]) -> dict[str, str]:
    return {name: value for name, value in pairwise(arguments) if name.startswith("--")}


def test_the_gitlab_job_runs(runner: Runner, clone: Path) -> None:
    job = yaml.safe_load(snippet("gitlab.yml"))["headwater"]
    given = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(clone, "rev-parse", "origin/main~1"),
        "CI_COMMIT_SHA": git(clone, "rev-parse", "HEAD"),
    }
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")
    found = pairs(judge(runner, "sh", "\n".join(job["script"]), **given))
    assert found["--base"] == given["CI_MERGE_REQUEST_DIFF_BASE_SHA"] and found["--head"] == given["CI_COMMIT_SHA"]
    assert git(clone, "rev-parse", "--verify", found["--policy-ref"])
    assert job["variables"]["GIT_DEPTH"] == "0"


def test_the_azure_job_runs(runner: Runner, clone: Path) -> None:
    steps = yaml.safe_load(snippet("azure.yml"))["jobs"][0]["steps"]
    script = next(step["bash"] for step in steps if step.get("displayName") == "Judge the change")
    assert "$(" not in script  # Azure would fill it in before the shell sees it
    found = pairs(
        judge(
            runner,
            "bash",
            script,
            AGENT_TEMPDIRECTORY="/nowhere",
            BUILD_ARTIFACTSTAGINGDIRECTORY=str(runner.folder),
            BUILD_SOURCEVERSION=git(clone, "rev-parse", "HEAD"),
            SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main",
            DEFAULT_BRANCH="main",
        )
    )
    assert found["--base"] == found["--policy-ref"] == "refs/remotes/origin/main"


def test_the_jenkins_stage_runs(runner: Runner, clone: Path) -> None:
    scripts = re.findall(r"sh '''(.*?)'''", snippet("Jenkinsfile"), re.DOTALL)
    given = {"WORKSPACE_TMP": "/nowhere", "CHANGE_TARGET": "main", "DEFAULT_BRANCH": "main"}
    found = pairs(judge(runner, "sh", scripts[1], **given))
    assert (found["--base"], found["--head"]) == ("refs/remotes/origin/main", "HEAD")
    assert git(clone, "rev-parse", "--verify", found["--policy-ref"])
