"""The hook that has nothing to do: it leaves at once, and never when something could matter."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from checker.cli import parser
from checker.commands import check
from checker.run import Request

HEAVY = {"yaml", "dvc", "git", "jsonschema", "argparse", "dataclasses", "subprocess", "json", "msgspec", "pyarrow"}
LOCK = """\
schema: '2.0'
stages:
  clean:
    cmd: python src/steps/clean.py
    deps:
    - path: src/steps/clean.py
      hash: md5
      md5: d41d8cd98f00b204e9800998ecf8427e
      size: 0
    - path: lib
      hash: md5
      md5: d41d8cd98f00b204e9800998ecf8427e.dir
      size: 0
"""
# What the hook that judges one dataset by its card and lineage must not pay for either.
HEAVY_AT_WORK = HEAVY | {
    "ast",
    "copy",
    "fractions",
    "inspect",
    "numpy",
    "pathlib",
    "pathspec",
    "tempfile",
    "shutil",
    "threading",
}
# Rooms and files of headwater for what this hook does not have: new policies, waivers, a baseline, ratchets, records.
UNASKED = (
    "checker.across",
    "checker.compare",
    "checker.engine",
    "checker.evaluate.baselined",
    "checker.evaluate.no_worse",
    "checker.evaluate.standings",
    "checker.evaluate.waiving",
    "checker.kernels",
    "checker.measure",
    "checker.model.exemption",
    "checker.model.plugin",
    "checker.plugins",
    "checker.policy.comparing",
    "checker.policy.contradictions",
    "checker.policy.days",
    "checker.policy.includes",
    "checker.policy.pack_parameters",
    "checker.policy.reviews",
    "checker.policy.schema",
    "checker.policy.schemas",
    "checker.policy.strictness",
    "checker.policy.waivers",
    "checker.policytest",
    "checker.report._waived",
    "checker.rules._parts",
    "checker.store",
    "checker.trust.approvals",
    "checker.trust.loosening",
    "checker.waiving",
)
POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
rules:
  - {id: card, check: card-required, level: block, with: {fields: [name, license]}}
  - {id: lineage, check: lineage-complete, level: block, with: {require_source: false}}
"""
TRACKED = "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  size: 7\n  hash: md5\n  path: train.jsonl\n"
QUIET = "nothing staged that a policy judges"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run(tmp_path, "git", "init", "--quiet", "--initial-branch=main")
    (tmp_path / "dvc.lock").write_text(LOCK)
    run(tmp_path, "git", "add", ".")
    run(tmp_path, "git", "commit", "--quiet", "-m", "Start")
    return tmp_path


def run(folder: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    user = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        command, cwd=folder, env={**clean, **user, "HOME": str(folder.parent), **extra}, capture_output=True, text=True
    )


def headwater(folder: Path, *options: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, *options, "-m", "checker", "check", "--staged", **extra)


def stage(folder: Path, name: str, text: str = "something\n") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    run(folder, "git", "add", name)


def test_nothing_staged_imports_nothing_heavy(repository: Path) -> None:
    done = headwater(repository, "-X", "importtime")
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0 and QUIET in done.stdout
    assert "checker" in imported
    # runpy, behind `-m`, is not part of the console script
    assert not imported & HEAVY


def test_console_script_imports_nothing_heavy(repository: Path) -> None:
    script = Path(sys.executable).with_name("headwater")
    done = run(repository, str(script), "check", "--staged", PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0 and QUIET in done.stdout
    assert not imported & HEAVY


def test_one_changed_dataset_imports_nothing_heavy(repository: Path, tmp_path: Path) -> None:
    stage(repository, ".dvc/config", "")
    stage(repository, "policies/team.yaml", POLICY)
    stage(repository, "headwater.yaml", "datasets:\n  - {path: data/**, card: cards/data.md}\n")
    stage(repository, "cards/data.md", "---\npretty_name: Data\nlicense: cc0-1.0\n---\n# Data\n")
    run(repository, "git", "rm", "--quiet", "dvc.lock")
    run(repository, "git", "commit", "--quiet", "-m", "Adopt policies")
    stage(repository, "data/train.jsonl.dvc", TRACKED)
    script = str(Path(sys.executable).with_name("headwater"))
    first = run(repository, script, "check", "--staged")  # remembers that the schema accepts the policy
    done = run(repository, script, "check", "--staged", PYTHONPROFILEIMPORTTIME="1")
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0 and "pass: 2 passed; 1 dataset" in done.stdout
    assert first.stdout == done.stdout
    assert not {name.partition(".")[0] for name in modules} & HEAVY_AT_WORK
    assert "checker.evaluate" in modules
    assert not [name for name in modules if name.startswith(tuple(f"{room}." for room in UNASKED)) or name in UNASKED]


@pytest.mark.parametrize("name", UNASKED)
def test_what_a_hook_leaves_out_is_there(name: str) -> None:
    assert find_spec(name) is not None


@pytest.mark.parametrize("arguments", [["check"], ["check", "--staged"]])
def test_the_plain_call_asks_what_the_parser_would(arguments: list[str]) -> None:
    parsed = parser().parse_args(arguments)
    assert check.request_of(parsed) == Request()
    assert (check._outputs(parsed), parsed.color, parsed.exit_zero) == (check.PLAIN_OUTPUT, "auto", False)


def test_unborn_branch_with_code_only(tmp_path: Path) -> None:
    run(tmp_path, "git", "init", "--quiet")
    stage(tmp_path, "main.c")
    assert QUIET in headwater(tmp_path).stdout


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("src/other.py", id="code that no stage names"),
        pytest.param("notes.txt", id="a text file"),
        pytest.param("café/naïve file.bin", id="a name beyond ASCII with a space"),
    ],
)
def test_leaves_at_once(repository: Path, name: str) -> None:
    stage(repository, name)
    assert QUIET in headwater(repository).stdout


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("src/steps/clean.py", id="code that a stage depends on"),
        pytest.param("lib/deep/tool.c", id="a file in a folder that a stage depends on"),
        pytest.param("data/train.dvc", id="a DVC file"),
        pytest.param("dvc.lock", id="the lock"),
        pytest.param("sub/dvc.yaml", id="a pipeline in a folder"),
        pytest.param(".dvc/config", id="the remote configuration"),
        pytest.param("sub/.dvc/config", id="the remote configuration of an inner root"),
        pytest.param("policies/team.yaml", id="a policy"),
        pytest.param("headwater.yaml", id="the settings"),
        pytest.param("cards/train.txt", id="a file among the cards"),
        pytest.param("README.md", id="a possible card"),
        pytest.param("croissant.json", id="a possible Croissant card"),
    ],
)
def test_never_leaves_when_it_could_matter(repository: Path, name: str) -> None:
    stage(repository, name)
    assert QUIET not in headwater(repository).stdout


def test_deletion_of_a_definition_could_matter(repository: Path) -> None:
    run(repository, "git", "rm", "--quiet", "dvc.lock")
    assert QUIET not in headwater(repository).stdout


def test_outside_of_git_the_full_program_explains(tmp_path: Path) -> None:
    done = headwater(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.returncode == 2 and "not inside a git repository" in done.stderr


def test_other_arguments_take_the_full_way(repository: Path) -> None:
    done = run(repository, sys.executable, "-m", "checker", "check", "--help")
    assert done.returncode == 0 and "--staged" in done.stdout
