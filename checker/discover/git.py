"""The git command line: the only door to a repository; it runs no hook, filter, pager or transport."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from checker.discover.process import Child, start
from checker.errors import RepositoryError

if TYPE_CHECKING:
    from pathlib import Path

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
# Up to so many objects are asked of the process that is kept, which writes out each answer at once.
_FEW = 50


class Answer(NamedTuple):
    """What git said."""

    code: int
    out: bytes
    error: str


class TooLarge(NamedTuple):
    """A blob that was not read because of its size."""

    size_bytes: int


class Found(NamedTuple):
    """An object: its id and its bytes."""

    oid: str
    content: bytes | TooLarge


class _Promised(RepositoryError):
    """An object of a partial clone that would have to be fetched."""


class Git:
    """git in one folder. `variables` are added to the environment (`GIT_DIR` of the opened repository).

    One `cat-file` is kept between small requests: starting it takes longer than its answers.
    """

    __slots__ = ("_kept", "folder", "variables")

    def __init__(self, folder: str | Path, variables: tuple[tuple[str, str], ...] = ()) -> None:
        self.folder = str(folder)
        self.variables = variables
        self._kept: list[Child] = []

    def ask(self, *arguments: str) -> Answer:
        """Run git and return its answer, whatever the exit code."""
        child = start(self._command(arguments), self._environment(), feed=False)
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
        """The ids that revision expressions stand for, None where one stands for nothing."""
        return [found and found.oid for found in self._found(list(names), max_bytes=0)]

    def blobs(
        self, ids: Iterable[str], max_bytes: int = MAX_BLOB_BYTES
    ) -> Iterator[tuple[str, bytes | TooLarge | None]]:
        """Yield each object id with its bytes; None when this clone lacks the object."""
        wanted = list(ids)
        for first in range(0, len(wanted), _REQUESTS_AT_ONCE):
            asked = wanted[first : first + _REQUESTS_AT_ONCE]
            answers = self._found(asked, max_bytes)
            for oid in asked:
                try:
                    found = next(answers)
                except _Promised:
                    yield oid, None
                    return
                yield oid, found and found.content

    def _found(self, names: list[str], max_bytes: int) -> Iterator[Found | None]:
        """What each name stands for."""
        child, answered = self._answering(len(names)), 0
        try:
            child.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
            if len(names) > _FEW:
                child.finish_input()
            for _ in names:
                found = _batch_answer(child.output, max_bytes)
                answered += 1
                yield found
        except (EOFError, BrokenPipeError):
            pass
        finally:
            # A process with answers left to give would give them to the next question.
            error = self._done(child, keep=answered == len(names) <= _FEW)
        if answered < len(names):
            # git ends at once when a promised object of a partial clone may not be fetched.
            if "promisor" not in error and "not allowed" not in error:
                raise failure(error, self.folder)
            raise _Promised(
                f"{names[answered]} needs an object that is not in this clone, which is partial",
                hint="run `git fetch --refetch`, or clone without `--filter`",
            )

    def _answering(self, questions: int) -> Child:
        """The process that is kept, unless another question is still being answered; for many, one that buffers."""
        if questions > _FEW:
            return start(self._command(("cat-file", "--batch", "--buffer")), self._environment(), feed=True)
        try:
            return self._kept.pop()
        except IndexError:
            return start(self._command(("cat-file", "--batch")), self._environment(), feed=True)

    def _done(self, child: Child, *, keep: bool) -> str:
        if keep and not self._kept:
            self._kept.append(child)
            return ""
        return child.close()[1]

    def __reduce__(self) -> tuple[type[Git], tuple[str, tuple[tuple[str, str], ...]]]:
        return Git, (self.folder, self.variables)

    def __del__(self) -> None:
        while self._kept:
            self._kept.pop().close()

    def _command(self, arguments: Iterable[str]) -> list[str]:
        return ["git", "--no-pager", "-C", self.folder, *_SETTINGS, *arguments]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **_ENVIRONMENT, **dict(self.variables)}


def failure(error: str, folder: str | Path) -> RepositoryError:
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


def _batch_answer(output: BinaryIO, max_bytes: int) -> Found | None:
    header = output.readline()
    if not header:
        raise EOFError
    fields = header.split()
    # What exists is `id type size`; what does not, the name as it was asked and `missing` or `ambiguous`.
    if len(fields) != 3 or not fields[2].isdigit():
        return None
    oid, size = fields[0].decode("ascii"), int(fields[2])
    if size > max_bytes:
        _skip(output, size + 1)
        return Found(oid, TooLarge(size))
    content = output.read(size + 1)
    if len(content) != size + 1:
        raise EOFError
    return Found(oid, content[:-1])


def _skip(output: BinaryIO, count: int) -> None:
    while count > 0:
        chunk = output.read(min(count, 1 << 20))
        if not chunk:
            raise EOFError
        count -= len(chunk)
