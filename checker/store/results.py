"""Keeps small results that follow from evidence alone, so that the same evidence is not worked through twice."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from typing import Any

from checker.store.encoding import canonical
from checker.store.files import sweep, write_whole

_MOST_BYTES = 16 * 1024 * 1024
# How alike two cited texts are is read from the data where that lies: a report must not depend on who wrote a rollup.
OF_DATA = frozenset({"jaccard"})
_noted: ContextVar[set[tuple[str, str]] | None] = ContextVar("results that are used", default=None)


@contextlib.contextmanager
def noting() -> Iterator[set[tuple[str, str]]]:
    """Which results, by kind and key, are kept or found while the block runs: what the same question will ask for."""
    used: set[tuple[str, str]] = set()
    token = _noted.set(used)
    try:
        yield used
    finally:
        _noted.reset(token)


def _note(kind: str, key: str) -> None:
    used = _noted.get()
    if used is not None:
        used.add((kind, key))


class Results:
    """A folder of JSON files, each with its checksum; damaged ones are absent. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, kind: str, key: str) -> Mapping[str, Any] | None:
        """What was kept under a key (hex digits)."""
        body = self.body(kind, key)
        try:
            result = None if body is None else json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(result, dict):
            return None
        _note(kind, key)
        return result

    def body(self, kind: str, key: str) -> bytes | None:
        """The same as it is kept: canonical JSON."""
        if self._folder is None:
            return None
        try:
            with self._file(self._folder, kind, key).open("rb") as file:
                head, _, body = file.read(_MOST_BYTES).partition(b"\n")
            return body if head.decode("ascii") == _checksum(kind, key, body) else None
        except (OSError, ValueError):
            return None

    def put(self, kind: str, key: str, result: Mapping[str, object]) -> None:
        """Keep a result; where that cannot be done it is worked out again next time."""
        if self._folder is None:
            return
        self._prepare(self._folder / kind)
        self._write(kind, key, canonical(result))
        _note(kind, key)

    def put_bodies(self, bodies: Mapping[tuple[str, str], bytes]) -> None:
        """Keep what `body` gave on another machine, by kind and key, where nothing is kept already."""
        folder = self._folder
        if folder is None:
            return
        theirs = {place: body for place, body in bodies.items() if place[0] not in OF_DATA}
        new = {place: body for place, body in theirs.items() if not self._file(folder, *place).exists()}
        for kind in {kind for kind, _ in new}:
            self._prepare(folder / kind)
        for (kind, key), body in new.items():
            # There may be thousands. One that a crash of the machine spoils is not what its checksum says.
            self._write(kind, key, body, lasting=False)

    def _prepare(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
        except OSError:
            self._folder = None

    def _write(self, kind: str, key: str, body: bytes, *, lasting: bool = True) -> None:
        if self._folder is None:
            return
        target = self._file(self._folder, kind, key)
        try:
            write_whole(target, [_checksum(kind, key, body).encode("ascii"), b"\n", body], lasting=lasting)
        except OSError:
            self._folder = None

    @staticmethod
    def _file(folder: Path, kind: str, key: str) -> Path:
        return folder / kind / f"{key}.json"


def _checksum(kind: str, key: str, body: bytes) -> str:
    return sha256(b"\0".join((kind.encode("ascii"), key.encode("ascii"), body))).hexdigest()
