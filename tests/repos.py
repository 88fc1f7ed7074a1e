"""Builders of real git and DVC repositories. Add functions; do not change what others use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from real_dvc import run_dvc

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


def environment(**more: str) -> dict[str, str]:
    """The process environment without the machine's own git settings, with fixed names and dates."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "DVC_NO_ANALYTICS": "1",
        **more,
    }


@dataclass(frozen=True, slots=True)
class GitRepo:
    """A real git repository in `folder`."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, check: bool = True, **variables: str) -> str:
        """Run git here and return what it printed."""
        return self._run(["git", *arguments], check, variables)

    def dvc(self, *arguments: str, check: bool = True) -> str:
        """Run DVC here and return what it printed."""
        site = self.folder.parent / f".{self.folder.name}-site-cache"
        variables = environment(**{**self.variables, "DVC_SITE_CACHE_DIR": str(site)})
        return _said(run_dvc(arguments, self.folder, variables), check)

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file, its folders included."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def add(self, files: Mapping[str, str | bytes]) -> None:
        """Write files and stage them, ignored ones too."""
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "-f", "--", *files)

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "change") -> str:
        """Write files if given, commit everything that is not ignored, and return the commit's id."""
        if files:
            self.add(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def copy(self, folder: Path) -> GitRepo:
        """The same repository in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return GitRepo(folder, self.variables)

    def _run(self, command: list[str], check: bool, variables: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment(**{**self.variables, **variables}),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return _said(done, check)


def _said(done: subprocess.CompletedProcess[bytes], check: bool) -> str:
    if check and done.returncode:
        raise AssertionError(f"{done.args}: {done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode("utf-8", "surrogateescape")


def init(folder: Path, *options: str) -> GitRepo:
    """An empty git repository on branch main."""
    folder.mkdir(parents=True, exist_ok=True)
    repo = GitRepo(folder)
    repo.git("init", "-q", "-b", "main", *options)
    return repo


def init_dvc(folder: Path) -> GitRepo:
    """A git repository with DVC metadata as `dvc init` leaves it, without running DVC."""
    repo = init(folder)
    repo.commit({".dvc/config": "", ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n", ".dvcignore": ""}, "init")
    return repo


def dvc_file(path: str, md5: str = "d8acabbe38a3afb2b8ab15bdcb1ea1b8", extra: str = "") -> str:
    """A `.dvc` file as `dvc add` writes it; `extra` lines go into the out."""
    return f"outs:\n- md5: {md5}\n  size: 2\n  hash: md5\n{extra}  path: {path}\n"


def real_histories(folder: Path) -> dict[str, tuple[GitRepo, tuple[str, ...]]]:
    """The shared DVC repositories rebuilt as git histories: name -> repository and its tags, oldest first."""
    found = {}
    for source in sorted((SHARED / "data" / "dvc").iterdir()):
        repo = init(folder / source.name)
        for state in sorted(source.iterdir()):
            repo.git("rm", "-r", "-q", "-f", "--ignore-unmatch", ".")
            for file in sorted(state.rglob("*")):
                if file.is_file():
                    repo.write(str(file.relative_to(state)), file.read_bytes())
            if not (state / ".dvc").exists():
                repo.write(".dvc/config", "")  # one repository's snapshots lack their `.dvc` folder
            repo.git("add", "-A", "-f")
            repo.git("commit", "-q", "-m", state.name)
            repo.git("tag", state.name)
        found[source.name] = (repo, tuple(state.name for state in sorted(source.iterdir())))
    return found


def dvc_sees(*asked: tuple[GitRepo, str]) -> list[dict[str, Any]]:
    """What DVC itself reports for repositories at revisions (`-`: the work tree), in one process."""
    script = Path(__file__).parent / "discover" / "dvc_view.py"
    arguments = [word for repo, rev in asked for word in (str(repo.folder), rev)]
    site = asked[0][0].folder.parent / ".site-cache"
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment(DVC_SITE_CACHE_DIR=str(site)),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen
