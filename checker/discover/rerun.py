"""The command that runs a stage again, as it can be typed at the top of the git repository."""

from __future__ import annotations

import shlex

from checker.discover.definitions import Stage
from checker.discover.paths import parent


def rerun(stage: Stage, *, force: bool = False) -> str:
    """What to run and what to commit for one stage or `.dvc` file."""
    if stage.name is None:
        command = _command(stage, "repro" if stage.step.deps else "commit", _file(stage))
        return f"run `{command}` and commit {stage.step.definition.path}"
    return f"run `{_command(stage, 'repro', *(['--force'] if force else []), stage.name)}` and commit {_lock(stage)}"


def run_all(stage: Stage) -> str:
    """The same for every stage of the file that defines this one."""
    return f"run `{_command(stage, 'repro')}` and commit {_lock(stage)}"


def track(stage: Stage, path: str) -> str:
    """How a dependency of a stage gets into git or DVC."""
    inside = path.removeprefix(f"{parent(stage.step.definition.path)}/")
    by_dvc = _command(stage, "add", inside) if inside != path else shlex.join(["dvc", "add", path])
    return f"run `{shlex.join(['git', 'add', path])}` or `{by_dvc}`"


def _command(stage: Stage, *words: str) -> str:
    """`--cd` also leads from the top into a DVC repository below it, where a path of ours would not be found."""
    folder = parent(stage.step.definition.path)
    return shlex.join(["dvc", *(["--cd", folder] if folder else []), *words])


def _file(stage: Stage) -> str:
    return stage.step.definition.path.rpartition("/")[2]


def _lock(stage: Stage) -> str:
    return f"{stage.step.definition.path.removesuffix('.yaml')}.lock"
