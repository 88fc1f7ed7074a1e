"""A clone, a job on it, and programs that only note how they are called."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from integrations.actions_runner import Runner, git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone as `actions/checkout` with `fetch-depth: 0` leaves it, on the merge commit of a pull request."""
    origin = tmp_path / "origin"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(origin))
    for name in ("first", "second"):
        (origin / name).write_text(name)
        git(origin, "add", name)
        git(origin, "commit", "--quiet", "-m", name)
    git(origin, "switch", "--quiet", "-c", "proposal", "HEAD~1")
    (origin / "third").write_text("third")
    git(origin, "add", "third")
    git(origin, "commit", "--quiet", "-m", "third")
    git(origin, "switch", "--quiet", "main")
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    workspace = tmp_path / "clone"
    git(workspace, "switch", "--quiet", "--detach", "origin/main")
    git(workspace, "merge", "--quiet", "--no-ff", "-m", "merge", "origin/proposal")
    return workspace


@pytest.fixture
def runner(tmp_path: Path, clone: Path) -> Runner:
    """A job on that clone with the real `headwater`."""
    folder = tmp_path / "runner"
    folder.mkdir()
    return Runner(folder, clone)


@pytest.fixture
def stand_in(tmp_path: Path, runner: Runner) -> Callable[[str, str], Path]:
    """Put a program of that name first on PATH; it notes its arguments. Returns where."""

    def make(name: str, script: str) -> Path:
        runner.tools = tmp_path / "tools"
        runner.tools.mkdir(exist_ok=True)
        seen = tmp_path / f"{name}-arguments"
        program = runner.tools / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>"{seen}"\n{script}\n')
        program.chmod(0o755)
        return seen

    return make


@pytest.fixture(scope="session")
def shellcheck() -> str:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("no shellcheck on PATH")
    return program
