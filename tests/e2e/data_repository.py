"""A small real data repository: git, DVC with a local remote, a card, a policy and real pre-commit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from real_dvc import run_dvc

BIN = Path(sys.executable).parent
POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0, owners: ["@org/data"]}
extends: [{pack: baseline@1}]
select: {datasets: ["data/**"], require_match: true}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    with: {max: 0.2, per: [shard, dataset]}
    rationale: {why: caps feedback loops, source: ablation/2026-10-03, confidence: measured}
"""
CARD = """\
---
license: cc-by-4.0
language: [en]
pretty_name: Field notes
size_categories: n<1K
headwater:
  synthetic: false
  sources: [{name: field notes, url: "https://example.org/notes"}]
---
# Dataset Card for field notes

## Dataset Details

### Dataset Description

Notes taken in the field by people.
"""
HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: headwater-commit
        name: headwater
        entry: headwater check --staged
        language: system
        pass_filenames: false
        always_run: true
        stages: [pre-commit, pre-merge-commit]
      - id: headwater-push
        name: headwater (push)
        entry: headwater check --stage push
        language: system
        pass_filenames: false
        always_run: true
        stages: [pre-push]
"""


def record(number: int, origin: str = "human") -> dict[str, object]:
    """One record with full provenance."""
    return {
        "id": f"{origin}-{number}",
        "text": f"Note {number}: the river stood {number % 7} hands below the mark, and the wind came from the west.",
        "source": "field-notes",
        "url": f"https://example.org/notes/{number}",
        "collected_at": "2026-05-04T08:00:00Z",
        "license": "CC-BY-4.0",
        "capture_method": "manual",
        "origin": origin,
        "origin_confidence": 0.99,
        "language": "en",
        "generator": "trigram-1" if origin == "machine" else None,
    }


def write_shard(path: Path, humans: int, machines: int = 0) -> None:
    """A JSONL shard with that many records of each origin."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [record(i) for i in range(humans)] + [record(i, "machine") for i in range(machines)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@dataclass(frozen=True)
class DataRepository:
    """Commands run in the repository as a user would type them."""

    path: Path

    def run(
        self, *command: str, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; with `check` a failure shows what it printed."""
        variables = {**environment(self.path.parent), **(env or {})}
        if command[0] == "dvc":
            ended = run_dvc(command[1:], self.path, variables)
            done = subprocess.CompletedProcess(
                list(command), ended.returncode, ended.stdout.decode(), ended.stderr.decode()
            )
        else:
            done = subprocess.run(command, cwd=self.path, env=variables, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run git."""
        return self.run("git", *arguments, check=check)

    def track(self, *paths: str) -> None:
        """`dvc add`, then stage what it wrote."""
        self.run("dvc", "add", "--quiet", *paths)
        self.git("add", "--all", ".")

    def commit(self, message: str) -> subprocess.CompletedProcess[str]:
        """`git commit` with the hooks; never raises, the caller looks at the result."""
        return self.git("commit", "-m", message, check=False)

    def headwater(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the console script."""
        return self.run("headwater", *arguments, check=False, env=env)


def environment(home: Path) -> dict[str, str]:
    """A user's environment: no outer git, a home and a cache of its own, the tested executables first."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "HEADWATER"))
    }
    return {
        **clean,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ana",
        "GIT_AUTHOR_EMAIL": "ana@example.org",
        "GIT_COMMITTER_NAME": "Ana",
        "GIT_COMMITTER_EMAIL": "ana@example.org",
        "DVC_NO_ANALYTICS": "1",
        "CI": "",
    }


def empty(folder: Path) -> DataRepository:
    """A repository with git and DVC set up, and nothing in it."""
    path = folder / "data-repository"
    path.mkdir(parents=True)
    repository = DataRepository(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.run("dvc", "init", "--quiet")
    repository.run("dvc", "config", "core.autostage", "false")
    repository.run("dvc", "remote", "add", "--quiet", "--default", "store", "../store")
    return repository


def build(folder: Path, files: Iterable[tuple[str, str]] = ()) -> DataRepository:
    """A repository with one clean dataset, committed before the hooks are installed."""
    repository = empty(folder)
    path = repository.path
    write_shard(path / "data/train/a.jsonl", 90, 10)
    write_shard(path / "data/train/b.jsonl", 95, 5)
    (path / "policies").mkdir()
    (path / "policies/team.yaml").write_text(POLICY)
    (path / "data/train.md").write_text(CARD.replace("synthetic: false", "synthetic: true"))
    (path / ".pre-commit-config.yaml").write_text(HOOKS)
    for name, content in files:
        (path / name).write_text(content)
    repository.track("data/train")
    repository.git("commit", "--quiet", "-m", "Start with field notes")
    return repository


def copy(template: DataRepository, folder: Path) -> DataRepository:
    """An independent copy with pre-commit's hooks installed."""
    path = folder / "data-repository"
    shutil.copytree(template.path, path, symlinks=True)
    repository = DataRepository(path)
    repository.run("pre-commit", "install", "-t", "pre-commit", "-t", "pre-push", "-t", "pre-merge-commit")
    return repository
