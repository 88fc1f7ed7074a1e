"""Starts git and talks to it through pipes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import BinaryIO, TypeAlias, cast

from checker.errors import RepositoryError

Child: TypeAlias = "_PosixChild | _PortableChild"
OLDEST_GIT = "2.25"
_READ_BYTES = 128 * 1024


def start(command: list[str], environment: Mapping[str, str], *, feed: bool) -> Child:
    """Start a command; with `feed` it can be written to."""
    kind = _PosixChild if hasattr(os, "posix_spawnp") else _PortableChild
    return kind(command, environment, feed=feed)


class _PosixChild:
    """A running git on a POSIX system, started without `subprocess`, whose import costs as much as starting Python."""

    def __init__(self, command: list[str], environment: Mapping[str, str], *, feed: bool) -> None:
        stdin_read, self._stdin = os.pipe() if feed else (os.open(os.devnull, os.O_RDONLY), -1)
        stdout_read, stdout_write = os.pipe()
        self._stderr, stderr_write = os.pipe()
        actions = [
            (os.POSIX_SPAWN_DUP2, stdin_read, 0),
            (os.POSIX_SPAWN_DUP2, stdout_write, 1),
            (os.POSIX_SPAWN_DUP2, stderr_write, 2),
        ]
        self.output: BinaryIO = open(stdout_read, "rb", _READ_BYTES)  # noqa: PTH123, SIM115 - a descriptor that `close` closes
        try:
            self._pid = os.posix_spawnp(command[0], command, environment, file_actions=actions)
        except FileNotFoundError as error:
            self._close_descriptors()
            raise _not_installed() from error
        finally:
            for descriptor in (stdin_read, stdout_write, stderr_write):
                os.close(descriptor)

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._stdin, data) :]

    def finish_input(self) -> None:
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1

    def close(self) -> tuple[int, str]:
        self.finish_input()
        self.output.close()
        # Not `open`: this runs at the interpreter's end, too, when the name is gone.
        error = b"".join(iter(lambda: os.read(self._stderr, _READ_BYTES), b"")).decode("utf-8", "replace")
        os.close(self._stderr)
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status), error

    def _close_descriptors(self) -> None:
        self.output.close()
        os.close(self._stderr)
        self.finish_input()


class _PortableChild:
    """A running git where `posix_spawn` does not exist."""

    def __init__(self, command: list[str], environment: Mapping[str, str], *, feed: bool) -> None:
        import subprocess

        stdin = subprocess.PIPE if feed else subprocess.DEVNULL
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=stdin, stdout=pipe, stderr=pipe, env=dict(environment))
        except FileNotFoundError as error:
            raise _not_installed() from error
        self.output = cast(BinaryIO, self._process.stdout)
        self._input = self._process.stdin

    def write(self, data: bytes) -> None:
        if self._input is not None:
            self._input.write(data)
            self._input.flush()

    def finish_input(self) -> None:
        if self._input is not None:
            self._input.close()

    def close(self) -> tuple[int, str]:
        self.finish_input()
        self.output.close()
        with cast(BinaryIO, self._process.stderr) as stream:
            error = stream.read().decode("utf-8", "replace")
        return self._process.wait(), error


def _not_installed() -> RepositoryError:
    return RepositoryError("git is not installed, or not on PATH", hint=f"install git {OLDEST_GIT} or newer")
