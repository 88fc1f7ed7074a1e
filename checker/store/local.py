"""Keeps measurements by content: one file an entry, written whole or not at all, checked on every read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.model.composition import Composition
from checker.store.encoding import canonical, decode, encode
from checker.store.files import sweep, write_whole

if TYPE_CHECKING:
    from checker.model.text import ShardText, TextEntry

_FORMAT = "headwater/measurement/v1"
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
            self._prepare(target.parent)
            write_whole(target, [_encode_entry(key, kept)])
        except OSError as error:
            self._give_up(error)

    def text(self, key: str) -> TextEntry | None:
        """The entry about a shard's text by its header and size, or None when there is none or it is damaged."""
        from checker.store.text_reader import open_text

        if self.path is None:
            return None
        try:
            return open_text(self._file(self.path, key, "text"), key)
        except (OSError, ValueError):
            return None

    def keep_text(self, key: str, text: ShardText) -> TextEntry:
        """Write an entry. Where nothing can be written the evidence stays in memory."""
        from checker.store.text_reader import entry_of
        from checker.store.text_writer import in_memory, write_text

        if self.path is not None:
            target = self._file(self.path, key, "text")
            try:
                self._prepare(target.parent)
                return entry_of(target, write_text(target, key, text))
            except OSError as error:
                self._give_up(error)
        return in_memory(key, text)

    def _give_up(self, error: OSError) -> None:
        self.note = f"measurements are not kept: {self.path} cannot be written ({error.strerror or error})"
        self.path = None

    @staticmethod
    def _file(path: Path, key: str, kind: str = "json") -> Path:
        return path / key[:2] / f"{key}.{kind}"

    def _prepare(self, folder: Path) -> None:
        """Make the folder of an entry."""
        if not self._ready:
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Should the cache lie in a repository, git must not see it.
            ignore = folder.parent / ".gitignore"
            if not ignore.exists():
                write_whole(ignore, [b"*\n"])
            self._ready = True
        folder.mkdir(exist_ok=True)
        sweep(folder)


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
