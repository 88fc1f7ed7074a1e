"""Keeps measurements by content: one file an entry, written whole or not at all, checked on every read."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from checker.model.composition import Composition
from checker.store.encoding import canonical, decode, encode

_FORMAT = "headwater/measurement/v1"
_PARTIAL = ".partial-"
# A partial file this old belongs to a process that was killed.
_ABANDONED_SECONDS = 3600
_MAX_ENTRY_BYTES = 64 * 1024 * 1024


class Kept(NamedTuple):
    """A composition and the digest of its counts."""

    composition: Composition
    digest: str


class EvidenceCache:
    """A folder of entries. When it cannot be written to, nothing is kept and `note` says so once."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.note = ""
        self._ready = False

    @classmethod
    def default(cls, environment: Mapping[str, str] | None = None) -> EvidenceCache:
        """The user's cache folder."""
        return cls(default_folder(os.environ if environment is None else environment))

    def get(self, key: str) -> Kept | None:
        """The entry, or None when there is none or it is damaged: then it is measured again."""
        if self.path is None:
            return None
        try:
            with self._file(self.path, key).open("rb") as file:
                data = file.read(_MAX_ENTRY_BYTES + 1)
            return _decode_entry(key, data) if len(data) <= _MAX_ENTRY_BYTES else None
        except (OSError, ValueError, KeyError, RecursionError):
            return None

    def put(self, key: str, kept: Kept) -> None:
        """Write an entry; another process may write the same one at the same time."""
        if self.path is None:
            return
        target = self._file(self.path, key)
        try:
            self._prepare(self.path)
            target.parent.mkdir(exist_ok=True)
            _sweep(target.parent)
            _write_whole(target, _encode_entry(key, kept))
        except OSError as error:
            self.note = f"measurements are not kept: {self.path} cannot be written ({error.strerror or error})"
            self.path = None

    @staticmethod
    def _file(path: Path, key: str) -> Path:
        return path / key[:2] / f"{key}.json"

    def _prepare(self, path: Path) -> None:
        if self._ready:
            return
        path.mkdir(parents=True, exist_ok=True)
        # Should the folder lie in a repository, git must not see it.
        ignore = path / ".gitignore"
        if not ignore.exists():
            _write_whole(ignore, b"*\n")
        self._ready = True


def default_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """`HEADWATER_CACHE_DIR`, else `XDG_CACHE_HOME`, else where the platform keeps caches; None without a home."""
    given = environment.get("HEADWATER_CACHE_DIR")
    if given:
        return Path(given).absolute() / "measurements"
    shared = environment.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():  # the specification says to ignore a relative one
        return Path(shared) / "headwater" / "measurements"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if platform == "darwin":
        return home / "Library" / "Caches" / "headwater" / "measurements"
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "headwater" / "Cache" / "measurements"
    return home / ".cache" / "headwater" / "measurements"


def _encode_entry(key: str, kept: Kept) -> bytes:
    composition, digest = encode(kept.composition), kept.digest
    body = canonical({"format": _FORMAT, "key": key, "digest": digest, "composition": composition})
    return canonical({"sha256": sha256(body).hexdigest()}) + b"\n" + body + b"\n"


def _decode_entry(key: str, data: bytes) -> Kept:
    head, _, rest = data.partition(b"\n")
    body, end, nothing = rest.partition(b"\n")
    if not end or nothing or json.loads(head) != {"sha256": sha256(body).hexdigest()}:
        raise ValueError("the entry is damaged")
    entry = json.loads(body)
    if entry.get("format") != _FORMAT or entry.get("key") != key:
        raise ValueError("the entry belongs to another key")
    return Kept(decode(entry["composition"]), str(entry["digest"]))


def _write_whole(target: Path, data: bytes) -> None:
    """Readers see the old file or the new one, also after a crash."""
    descriptor, name = tempfile.mkstemp(prefix=_PARTIAL, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _sweep(folder: Path) -> None:
    """Remove what killed processes left behind."""
    oldest = time.time() - _ABANDONED_SECONDS
    for partial in folder.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(OSError):
            if partial.stat().st_mtime < oldest:
                partial.unlink()
