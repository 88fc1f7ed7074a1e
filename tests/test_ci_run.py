"""The script that CI runs: every lane is run and named, and one that fails is not forgotten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MAKEFILE = """\
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

$(VENV)/run.stamp: pyproject.toml
\tmkdir -p $(BIN)
\ttouch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
\techo set up >> $(VENV)/log
\ttouch $@

$(VENV)/engines.stamp: $(VENV)/run.stamp
	echo engines >> $(VENV)/log
	touch $@

test-engines: $(VENV)/engines.stamp
	cat $(VENV)/log

good: $(VENV)/dev.stamp ## ends well
\techo "good says: $(PYTHON)"

bad: $(VENV)/dev.stamp
\techo before
\tfalse
\techo after

.PHONY: good bad test-engines
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with the script and lanes of its own."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    return tmp_path


def _run(project: Path, lanes: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANES": lanes, "PYTHON": sys.executable, **settings}
    # From elsewhere, because CI does not promise to start in the checkout.
    return subprocess.run(
        [str(project / ".ci" / "run")], cwd=project.parent, env=environment, capture_output=True, text=True
    )


both_ways = pytest.mark.parametrize(
    "settings", [pytest.param({}, id="with make"), pytest.param({"NO_MAKE": "1"}, id="without make")]
)


@both_ways
def test_every_lane_is_named_and_passes(project: Path, settings: dict[str, str]) -> None:
    ended = _run(project, "good good", **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("=== good: passed in ") == 2
    assert f"good says: {sys.executable}\n" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("all lanes passed in ")


@both_ways
def test_a_lane_that_fails_does_not_hide_the_next(project: Path, settings: dict[str, str]) -> None:
    ended = _run(project, "bad good", **settings)
    assert ended.returncode == 1
    assert "=== bad: FAILED in " in ended.stdout
    assert "=== good: passed in " in ended.stdout
    assert "after\n" not in ended.stdout.replace("(after", "")
    assert ended.stdout.splitlines()[-1].startswith("FAILED: bad (after ")


@both_ways
def test_the_environment_is_made_once(project: Path, settings: dict[str, str]) -> None:
    for _ in range(2):
        assert _run(project, "good", **settings).returncode == 0
    assert (project / ".venv" / "log").read_text(encoding="utf-8") == "set up\n"


@both_ways
def test_no_lane_runs_without_the_environment(project: Path, settings: dict[str, str]) -> None:
    (project / "Makefile").write_text(MAKEFILE.replace("mkdir -p $(BIN)", "false"), encoding="utf-8")
    ended = _run(project, "good", **settings)
    assert ended.returncode == 1
    assert "=== good" not in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("FAILED: setup ")


@both_ways
def test_spark_is_installed_once_and_only_for_its_lane(project: Path, settings: dict[str, str]) -> None:
    assert _run(project, "good", **settings).returncode == 0
    assert (project / ".venv" / "log").read_text(encoding="utf-8") == "set up\n"
    for _ in range(2):
        ended = _run(project, "good test-engines", **settings)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "set up\nengines\n" in ended.stdout
    assert (project / ".venv" / "log").read_text(encoding="utf-8") == "set up\nengines\n"


@both_ways
def test_a_spark_that_cannot_be_installed_fails_its_lane_alone(project: Path, settings: dict[str, str]) -> None:
    broken = MAKEFILE.replace("echo engines >> $(VENV)/log", "false").replace(
        "cat $(VENV)/log", "test -e $(VENV)/engines.stamp"
    )
    (project / "Makefile").write_text(broken, encoding="utf-8")
    ended = _run(project, "good test-engines", **settings)
    assert ended.returncode == 1
    assert "=== good: passed in " in ended.stdout
    assert "=== the engines could not be installed\n" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("FAILED: test-engines (after ")


def test_an_outer_repository_does_not_leak_in(project: Path) -> None:
    shown = MAKEFILE.replace('echo "good says: $(PYTHON)"', "env")
    (project / "Makefile").write_text(shown, encoding="utf-8")
    ended = _run(project, "good", GIT_INDEX_FILE="/nowhere", GIT_WORK_TREE="/nowhere", PYTHONPATH="/nowhere")
    assert ended.returncode == 0, ended.stderr
    assert "/nowhere" not in ended.stdout


def test_a_python_that_is_not_there_is_named(project: Path) -> None:
    ended = _run(project, "good", PYTHON="no-such-python")
    assert ended.returncode == 2
    assert "no-such-python is missing or older than 3.10" in ended.stderr
