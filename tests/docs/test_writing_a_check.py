"""`docs/writing-a-check.md` builds a check that works: its blocks are put into a copy of the repository and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "writing-a-check.md"
# A line that ends in a path, then the block that is the file.
BLOCK = re.compile(r"`([\w./-]+)`\n\n```(?:python|yaml)\n(.*?)```", re.DOTALL)
COPIED = ("checker", "docs", "policies", "tests/rules")


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(repository), "HEADWATER_CACHE_DIR": str(repository / "cache")}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the files of the page."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in COPIED:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return copy


def test_the_page_has_the_check_its_cases_and_a_policy() -> None:
    paths = [path for path, _ in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    assert [path.rpartition("/")[0] for path in paths] == ["checker/rules", *["tests/rules/shard-size"] * 3, "policies"]


def test_the_cases_pass(repository: Path) -> None:
    done = run(repository, "pytest", "-q", "-n", "0", "tests/rules/test_rule_cases.py", "-k", "shard-size")
    assert done.returncode == 0, done.stdout
    # Three cases, and that there is one of each kind.
    assert "4 passed" in done.stdout


def test_the_cases_notice_a_wrong_limit(repository: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "copy"
    shutil.copytree(repository, wrong)
    check = wrong / "checker" / "rules" / "shard_size.py"
    check.write_text(check.read_text(encoding="utf-8").replace("<= params.max_bytes", "< params.max_bytes"), "utf-8")
    done = run(wrong, "pytest", "-q", "-n", "0", "tests/rules/test_rule_cases.py", "-k", "shard-size")
    assert "1 failed" in done.stdout


def test_the_policy_and_the_page_of_the_check_are_made(repository: Path) -> None:
    linted = run(repository, "checker", "policy", "lint", "policies/team.yaml")
    assert linted.returncode == 0, linted.stdout + linted.stderr
    explained = run(repository, "checker", "policy", "explain", "shard-size")
    assert "The most bytes that a shard may have." in explained.stdout
