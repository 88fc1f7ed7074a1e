"""A folder with a real git and DVC repository, and the programs that are run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.errors import HeadwaterError

# Set by an outer git, pre-commit, DVC or Python; each would make the demo judge something else than its own folder.
FOREIGN = ("GIT_", "PRE_COMMIT", "DVC_", "PYTHON", "SKIP", "VIRTUAL_ENV")
KEPT = ("GIT_SSL_CAINFO", "GIT_EXEC_PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, with all that it printed."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """`data` is the repository; `folder` also holds the DVC remote and the private homes of the programs."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data repository."""
        return self.folder / "data-repository"

    def run(self, *command: str, may_fail: bool = False) -> Ended:
        """Run one program in the repository. One that fails where it must not is an error with its last words."""
        program = shutil.which(command[0], path=self.environment()["PATH"])
        if program is None:
            raise HeadwaterError(f"{command[0]} is not installed", hint="install it and run the demo again")
        ended = subprocess.run(
            [program, *command[1:]],
            cwd=self.data,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
        )
        if ended.returncode != 0 and not may_fail:
            last = ended.stdout.strip()[-2000:]
            raise HeadwaterError(f"{' '.join(command)} ended with {ended.returncode}: {last}", hint=f"see {self.data}")
        return Ended(ended.returncode, ended.stdout)

    def has(self, program: str) -> bool:
        """Whether a program can be run in the repository."""
        return shutil.which(program, path=self.environment()["PATH"]) is not None

    def write(self, path: str, text: str) -> None:
        """Write a file of the repository."""
        file = self.data / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")

    def read(self, path: str) -> str:
        """Read a file of the repository."""
        return (self.data / path).read_text(encoding="utf-8")

    def environment(self) -> Mapping[str, str]:
        """What the programs see: a git identity, no settings of the user, caches in the workshop, no telemetry."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN) or name in KEPT}
        person = {"NAME": "A Contributor", "EMAIL": "contributor@example.org"}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.folder / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.folder / "dvc-global"),
            "DVC_SYSTEM_CONFIG_DIR": str(self.folder / "dvc-system"),
            "PRE_COMMIT_HOME": str(self.folder / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "NO_COLOR": "1",
            "PYTHONWARNINGS": "ignore",
            "LC_ALL": "C.UTF-8",
        }
