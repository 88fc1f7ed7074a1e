"""What a folder or a shared store holds, which of it cannot be used, and how it is removed."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from checker.store.entries import ROLLUP, Name, name_at
from checker.store.receiving import Refused, content_digest, partial_in, receive
from checker.store.shared import SharedStore
from checker.store.signing import Signed


class Entry(NamedTuple):
    """A piece of evidence that is kept. `modified`: seconds since 1970, None where the store does not say."""

    name: Name
    size_bytes: int
    modified: float | None = None


class Holding(Protocol):
    """A place that holds entries. `problem` reads every byte of one and is empty when it can be used."""

    where: str

    def entries(self) -> Iterator[Entry]: ...
    def problem(self, name: Name) -> str: ...
    def remove(self, names: Iterable[Name]) -> None: ...
    def close(self) -> None: ...


class LocalHolding:
    """The entries of a folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)

    def entries(self) -> Iterator[Entry]:
        """In the order of their keys; anything else that lies there is passed over."""
        for file in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            name = name_at(f"{file.parent.name}/{file.name}")
            if name is not None and file.is_file() and not file.is_symlink():
                facts = file.stat()
                yield Entry(name, facts.st_size, facts.st_mtime)

    def problem(self, name: Name) -> str:
        return problem_in(self.folder, name)

    def remove(self, names: Iterable[Name]) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / name.path).unlink()

    def close(self) -> None:
        """Nothing is held open."""


class SharedHolding:
    """The entries of a shared store. All but its own errors are EvidenceUnreachable."""

    def __init__(self, store: SharedStore, signed: Signed, key: bytes | None) -> None:
        self.where = store.address.url
        self._store, self._signed, self._key = store, signed, key

    def entries(self) -> Iterator[Entry]:
        return (Entry(name, size) for name, size, _ in self._store.names())

    def problem(self, name: Name) -> str:
        with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
            partial = partial_in(Path(folder))
            try:
                found = receive(self._store, name, partial, self._signed, self._key)
                if found and name.kind == ROLLUP:  # whose entries are not looked at when it is received
                    content_digest(name, partial)
            except (Refused, ValueError) as refusal:
                return f"{name.path} cannot be used as evidence: {refusal}"
        return "" if found else f"{name.path} is gone"

    def remove(self, names: Iterable[Name]) -> None:
        self._store.remove(names)

    def close(self) -> None:
        self._store.close()


def problem_in(folder: Path, name: Name) -> str:
    """Why an entry of a folder cannot be used, every byte read; empty when it can."""
    try:
        content_digest(name, folder / name.path)
    except OSError as error:
        return f"{name.path} cannot be read: {error.strerror or error}"
    except ValueError as error:
        return f"{name.path} cannot be used as evidence: {error}"
    return ""
