"""Machines that share nothing but git, the DVC remote and a store of evidence: each a clone with caches of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from e2e.data_repository import BIN, DataRepository, environment

DEADLINE_SECONDS = 120
# What the DVC remotes of the corpora are called, beside their repositories.
REMOTES = ("store", "dvc-remote")
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class Machine(NamedTuple):
    """A clone at `path`. Beside it lie its caches; `settings` are further environment variables."""

    path: Path
    settings: Mapping[str, str] = NO_SETTINGS

    @property
    def evidence(self) -> Path:
        """What this machine keeps of what it measures or finds."""
        return self.path.parent / "evidence" / "measurements"

    def headwater(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the console script to its end."""
        return DataRepository(self.path).run("headwater", *arguments, check=False, env=self._environment())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The console script, running."""
        return subprocess.Popen(
            [str(BIN / "headwater"), *arguments],
            cwd=self.path,
            env={**environment(self.path.parent), **self._environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        return {"HEADWATER_CACHE_DIR": str(self.evidence.parent), **self.settings}


def clone(
    repository: DataRepository, folder: Path, settings: Mapping[str, str] = NO_SETTINGS, *, remote: bool = True
) -> Machine:
    """A fresh clone without a DVC cache; with `remote` the DVC remote is where its relative path leads from there."""
    folder.mkdir(parents=True)
    path = folder / "data-repository"
    repository.git("clone", "--quiet", str(repository.path), str(path))
    for place in REMOTES if remote else ():
        (folder / place).symlink_to(repository.path.parent / place)
    return Machine(path, settings)


def content(folder: Path) -> dict[str, str]:
    """The sha256 of every entry that a reader of a store can see, by its path in it.

    A rollup repeats entries and holds such results as its writer could work out: it saves time and is no evidence.
    """
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    entries = (path for path in files if path.suffix != ".rollup" and "derived" not in path.parts)
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in entries}


def kill_when_some_is_written(process: subprocess.Popen[str], store: Path, least: int) -> bool:
    """SIGKILL for the process and its workers as soon as the store has some entries; whether it was still running."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while process.poll() is None and len(content(store)) < least:
        assert time.monotonic() < deadline, "nothing was written in time"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON that a command wrote."""
    assert done.stdout, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def verdicts(report: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What was judged and how, without the words: whoever has the data reads examples once more, and is exact."""
    fields = ("rule", "dataset", "scope", "status", "measured", "limit", "blocking")
    return [tuple(str(outcome.get(name)) for name in fields) for outcome in report["outcomes"]]
