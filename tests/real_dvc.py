"""Real DVC commands without importing DVC for each of them: a process that has imported it forks for every command."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

# What `dvc add` imports by and by: five sixths of what a small command costs.
_IMPORTED = (
    "dvc.analytics",
    "dvc.cachemgr",
    "dvc.cli",
    "dvc.cli.parser",
    "dvc.commands.add",
    "dvc.data_cloud",
    "dvc.repo.add",
    "dvc.repo.artifacts",
    "dvc.repo.datasets",
    "dvc.repo.graph",
    "dvc.repo.index",
    "dvc.repo.metrics",
    "dvc.repo.params",
    "dvc.repo.plots",
    "dvc.repo.stage",
    "dvc.rwlock",
    "networkx",
    "rich.progress",
    "rich.table",
    "ruamel.yaml",
    "scmrepo.git",
)


def run_dvc(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """`dvc ARGUMENTS` in a folder, in a process of its own with that environment and no other."""
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        asked = [list(arguments), str(folder), dict(environment), out.name, err.name]
        server.stdin.write(json.dumps(asked).encode() + b"\n")
        server.stdin.flush()
        code = server.stdout.readline()
        assert code, "the process that runs DVC has ended"
        return subprocess.CompletedProcess(["dvc", *arguments], int(code), out.read(), err.read())


@cache
def _server() -> subprocess.Popen[bytes]:
    """One for each process of tests; it ends when its standard input does."""
    server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[bytes]) -> None:
    server.communicate()


def _serve() -> None:
    for name in _IMPORTED:
        import_module(name)
    for line in sys.stdin.buffer:
        child = os.fork()
        if not child:
            os._exit(_run(*json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> int:
    for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        os.dup2(os.open(path, mode), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["dvc", *arguments]
    code: int = import_module("dvc.cli").main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve()
