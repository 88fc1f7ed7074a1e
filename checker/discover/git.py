"""The git command line: the only door to a repository; it runs no hook, filter, pager or transport."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from checker.errors import RepositoryError

OLDEST_GIT = "2.25"
MAX_BLOB_BYTES = 64 * 1024 * 1024

# Set for every call. A repository's configuration may name programs (fsmonitor, hooks), and a partial clone may fetch
# behind our back; neither must happen while a repository is only being read.
_SETTINGS = ("-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}
# Object ids written to one process before its answers are read: a pipe holds 64 KiB, an id of SHA-256 takes 65 bytes.
_REQUESTS_AT_ONCE = 1000
_READ_BYTES = 128 * 1024


class Answer(NamedTuple):
    """What git said."""

    code: int
    out: bytes
    error: str


class TooLarge(NamedTuple):
    """A blob that was not read because of its size."""

    size_bytes: int


@dataclass(frozen=True, slots=True)
class Git:
    """git in one folder. `variables` are added to the environment (`GIT_DIR` of the opened repository)."""

    folder: Path
    variables: tuple[tuple[str, str], ...] = ()

    def ask(self, *arguments: str) -> Answer:
        """Run git and return its answer, whatever the exit code."""
        child = _spawn(self._command(arguments), self._environment(), feed=False)
        out = child.output.read()
        code, error = child.close()
        return Answer(code, out, error)

    def tell(self, *arguments: str) -> bytes:
        """Run git and return its output; a failure is a RepositoryError."""
        answer = self.ask(*arguments)
        if answer.code != 0:
            raise failure(answer.error, self.folder)
        return answer.out

    def objects(self, names: Iterable[str]) -> list[str | None]:
        """The ids that revision expressions stand for, None where one stands for nothing, by one process."""
        wanted = list(names)
        asked = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
        child = _spawn(self._command(("cat-file", "--batch-check")), self._environment(), feed=True)
        child.write(asked)
        child.finish_input()
        rows = child.output.read().decode("utf-8", "replace").splitlines()
        code, error = child.close()
        if code != 0 or len(rows) != len(wanted):
            raise failure(error, self.folder)
        return [fields[0] if len(fields := row.split()) == 3 and fields[2].isdigit() else None for row in rows]

    def blobs(
        self, ids: Iterable[str], max_bytes: int = MAX_BLOB_BYTES
    ) -> Iterator[tuple[str, bytes | TooLarge | None]]:
        """Yield each object id with its bytes, by one process a thousand; None when this clone lacks the object."""
        wanted = list(ids)
        for start in range(0, len(wanted), _REQUESTS_AT_ONCE):
            yield from self._some_blobs(wanted[start : start + _REQUESTS_AT_ONCE], max_bytes)

    def _some_blobs(self, wanted: list[str], max_bytes: int) -> Iterator[tuple[str, bytes | TooLarge | None]]:
        child = _spawn(self._command(("cat-file", "--batch", "--buffer")), self._environment(), feed=True)
        answered = 0
        try:
            child.write("".join(f"{oid}\n" for oid in wanted).encode("ascii"))
            child.finish_input()
            for oid in wanted:
                content = _batch_answer(child.output, max_bytes)
                answered += 1
                yield oid, content
        except (EOFError, BrokenPipeError):
            pass
        finally:
            _, error = child.close()
        if answered < len(wanted):
            # git ends at once when a promised object of a partial clone may not be fetched.
            if "promisor" not in error and "not allowed" not in error:
                raise failure(error, self.folder)
            yield wanted[answered], None

    def _command(self, arguments: Iterable[str]) -> list[str]:
        return ["git", "--no-pager", "-C", str(self.folder), *_SETTINGS, *arguments]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **_ENVIRONMENT, **dict(self.variables)}


def failure(error: str, folder: Path) -> RepositoryError:
    """The named error for what git wrote to its error stream."""
    lines = [line for line in error.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "no message")
    if "dubious ownership" in error:
        return RepositoryError(
            f"git refuses {folder}: the folder belongs to another user (dubious ownership)",
            hint=f"run `git config --global --add safe.directory {folder}` if you trust it",
        )
    if "not a git repository" in error:
        return RepositoryError(
            f"{folder} is not inside a git repository",
            hint="run headwater in the data repository, or `git init` one",
        )
    if "bad config" in error:
        return RepositoryError(f"the git configuration of {folder} is broken: {_plain(said)}", hint="mend that line")
    return RepositoryError(f"git failed in {folder}: {_plain(said)}", hint="run `git fsck` to see what is damaged")


def _plain(line: str) -> str:
    return line.removeprefix("fatal: ").removeprefix("error: ").strip()


def _batch_answer(output: BinaryIO, max_bytes: int) -> bytes | TooLarge | None:
    header = output.readline()
    if not header:
        raise EOFError
    fields = header.split()
    if len(fields) != 3 or fields[1] in (b"missing", b"ambiguous"):
        return None
    size = int(fields[2])
    if size > max_bytes:
        _skip(output, size + 1)
        return TooLarge(size)
    content = output.read(size + 1)
    if len(content) != size + 1:
        raise EOFError
    return content[:-1]


def _skip(output: BinaryIO, count: int) -> None:
    while count > 0:
        chunk = output.read(min(count, 1 << 20))
        if not chunk:
            raise EOFError
        count -= len(chunk)


class _Child:
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
        with open(self._stderr, "rb") as stream:  # noqa: PTH123 - a file descriptor, not a path
            error = stream.read().decode("utf-8", "replace")
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status), error

    def _close_descriptors(self) -> None:
        self.output.close()
        os.close(self._stderr)
        self.finish_input()


class PortableChild:
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


def _spawn(command: list[str], environment: Mapping[str, str], *, feed: bool) -> _Child | PortableChild:
    kind = _Child if hasattr(os, "posix_spawnp") else PortableChild
    return kind(command, environment, feed=feed)


def _not_installed() -> RepositoryError:
    return RepositoryError("git is not installed, or not on PATH", hint=f"install git {OLDEST_GIT} or newer")
