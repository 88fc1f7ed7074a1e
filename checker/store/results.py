"""Keeps small results that follow from evidence alone, so that the same evidence is not worked through twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from checker.store.encoding import canonical
from checker.store.files import sweep, write_whole

_MOST_BYTES = 16 * 1024 * 1024


class Results:
    """A folder of JSON files, each with its checksum; damaged ones are absent. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, kind: str, key: str) -> Mapping[str, Any] | None:
        """What was kept under a key (hex digits)."""
        if self._folder is None:
            return None
        try:
            with self._file(self._folder, kind, key).open("rb") as file:
                head, _, body = file.read(_MOST_BYTES).partition(b"\n")
            if head.decode("ascii") != _checksum(kind, key, body):
                return None
            result = json.loads(body)
        except (OSError, ValueError, RecursionError):
            return None
        return result if isinstance(result, dict) else None

    def put(self, kind: str, key: str, result: Mapping[str, object]) -> None:
        """Keep a result; where that cannot be done it is worked out again next time."""
        if self._folder is None:
            return
        target = self._file(self._folder, kind, key)
        body = canonical(result)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            sweep(target.parent)
            write_whole(target, [_checksum(kind, key, body).encode("ascii"), b"\n", body])
        except OSError:
            self._folder = None

    @staticmethod
    def _file(folder: Path, kind: str, key: str) -> Path:
        return folder / kind / f"{key}.json"


def _checksum(kind: str, key: str, body: bytes) -> str:
    return sha256(b"\0".join((kind.encode("ascii"), key.encode("ascii"), body))).hexdigest()
