"""Writes into a work tree that may hold anything: nothing is overwritten, no symlink is followed."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checker.errors import UsageError


def read(top: Path, path: str) -> bytes | None:
    """The bytes of a file below `top`; None where there is none. Raises UsageError for a symlink on the way to it."""
    _refuse_links(top, path)
    try:
        return (top / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name a readable file") from error


def create(top: Path, path: str, data: bytes) -> bool:
    """Write a new file, its folders included; False where something of that name is there already."""
    _refuse_links(top, path, last=False)
    file = top / path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Exclusive, so that neither a file nor a dangling symlink that comes in between is written through.
        with file.open("xb") as opened, _removed_on_failure(file):
            opened.write(data)
            opened.flush()
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from error
    return True


def replace(top: Path, path: str, data: bytes) -> None:
    """Write a file at once or not at all; one that was there keeps its mode."""
    _refuse_links(top, path)
    file = top / path
    try:
        mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with _removed_on_failure(Path(name)):
            with os.fdopen(handle, "wb") as opened:
                opened.write(data)
            Path(name).chmod(_usual() if mode is None else mode)
            Path(name).replace(file)
    except OSError as error:
        raise _unwritable(path, error) from error


def append_line(top: Path, path: str, line: str) -> None:
    """Add a line at the end of a text file, in the file's own way of ending lines."""
    before = read(top, path) or b""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = end if before and not before.endswith(b"\n") else b""
    replace(top, path, before + gap + line.encode() + end)


@contextmanager
def _removed_on_failure(file: Path) -> Iterator[None]:
    """Half a file on a full disk would be taken for a whole one."""
    try:
        yield
    except OSError:
        file.unlink(missing_ok=True)
        raise


def _usual() -> int:
    """What a new file may be read by: `mkstemp` alone would make it private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _refuse_links(top: Path, path: str, *, last: bool = True) -> None:
    """A repository may hold a symlink where a file is to be written, and have another one overwritten by it."""
    parts = path.split("/")
    for end in range(1, len(parts) + (1 if last else 0)):
        place = top.joinpath(*parts[:end])
        if place.is_symlink():
            raise UsageError(
                f"{'/'.join(parts[:end])} is a symlink, which is not written through",
                hint="put a file or folder of its own there",
            )


def _unwritable(path: str, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path}: {error.strerror}", hint="make its folder writable")
