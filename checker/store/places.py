"""The two kinds of place that hold shared entries: a folder, and whatever fsspec reaches."""

from __future__ import annotations

import asyncio
import contextlib
import os
import posixpath
import stat
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from checker.patience.s3_stream import ObjectStream
from checker.store import s3
from checker.store.addresses import Address
from checker.store.files import write_whole
from checker.store.troubles import NoStore

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

CONNECT_SECONDS = 10
READ_SECONDS = 30
_BLOCK = 1024 * 1024
READ_ONLY = ("http", "https")
_OF_S3 = ("s3", "s3a")
# Object stores show an object when it is whole; elsewhere a file is written under another name and then renamed.
_WHOLE_OR_NOT = (*_OF_S3, "gs", "gcs", "az", "abfs", "abfss", "azure", "oss", "memory")


class Reading(Protocol):
    """Bytes as they arrive."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Place(Protocol):
    """Raises FileNotFoundError for what is not there, and whatever its library raises for the rest.

    `page` is None where names are not listed in order. `remove` passes over what is gone.
    """

    def open(self, path: str) -> Reading: ...
    def write(self, path: str, source: Path) -> None: ...
    def page(self, folder: str, after: str, most: int) -> s3.Page | None: ...
    def sizes(self, folder: str) -> dict[str, int]: ...
    def folders(self) -> list[str]: ...
    def remove(self, paths: Sequence[str]) -> None: ...
    def close(self) -> None: ...


def place_of(address: Address) -> Place:
    """The place at an address; nothing is asked yet."""
    folder = address.folder
    return RemotePlace(address) if folder is None else FolderPlace(folder)


class FolderPlace:
    """A folder of this machine or of a mounted network drive."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._made = False

    def open(self, path: str) -> Reading:
        """A missing entry and a missing store are different things: an unmounted drive is not empty."""
        file = self.top / path
        try:
            regular = stat.S_ISREG(file.stat().st_mode)
        except FileNotFoundError:
            self._must_exist()
            raise
        if not regular:  # a pipe would be waited for without end
            raise FileNotFoundError(str(file))
        return file.open("rb")

    def write(self, path: str, source: Path) -> None:
        """The store is made once: when it is gone later, a drive was unmounted, and nothing must lie in its place."""
        if self._made:
            self._must_exist()
        self._made = True
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, _blocks(source))

    def page(self, folder: str, after: str, most: int) -> s3.Page | None:
        return None

    def sizes(self, folder: str) -> dict[str, int]:
        self._must_exist()
        try:
            with os.scandir(self.top / folder) as found:
                return {f"{folder}/{entry.name}": entry.stat().st_size for entry in found if entry.is_file()}
        except FileNotFoundError:
            return {}

    def folders(self) -> list[str]:
        self._must_exist()
        try:
            with os.scandir(self.top / "v1") as found:
                return sorted(f"v1/{entry.name}" for entry in found if entry.is_dir())
        except FileNotFoundError:
            return []

    def remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                (self.top / path).unlink()

    def close(self) -> None:
        """Nothing is held open."""

    def _must_exist(self) -> None:
        if not self.top.is_dir():
            raise NoStore(str(self.top))


class RemotePlace:
    """A prefix that fsspec reaches. The connection is made at the first question, and anew in another process."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._start()

    def open(self, path: str) -> Reading:
        system, top = self._connection()
        if s3.is_s3(system):
            return ObjectStream(system, f"{top}/{path}")
        # HTTP as one stream; a size, of which fsspec then makes no use, spares a request for it.
        streamed = {"block_size": 0, "size": 1} if self._address.scheme in READ_ONLY else {"block_size": 4 * _BLOCK}
        return cast("Reading", system.open(f"{top}/{path}", "rb", **streamed))

    def write(self, path: str, source: Path) -> None:
        system, top = self._connection()
        target = f"{top}/{path}"
        if self._address.scheme in _WHOLE_OR_NOT:
            system.put_file(str(source), target)
            return
        partial = posixpath.join(posixpath.dirname(target), f".partial-{uuid.uuid4().hex}")
        system.makedirs(posixpath.dirname(target), exist_ok=True)
        try:
            system.put_file(str(source), partial)
            system.mv(partial, target)
        except BaseException:
            with contextlib.suppress(Exception):  # the first failure counts, of whatever kind the second is
                system.rm_file(partial)
            raise

    def page(self, folder: str, after: str, most: int) -> s3.Page | None:
        system, top = self._connection()
        return s3.page(system, top, folder, after, most) if s3.ordered(system, top) else None

    def sizes(self, folder: str) -> dict[str, int]:
        return {path: size for path, size, kind in self._listed(folder) if kind == "file"}

    def folders(self) -> list[str]:
        return sorted(path for path, _, kind in self._listed("v1") if kind == "directory")

    def remove(self, paths: Sequence[str]) -> None:
        system, top = self._connection()
        if s3.is_s3(system):
            s3.remove(system, [f"{top}/{path}" for path in paths])
            return
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                system.rm_file(f"{top}/{path}")

    def __getstate__(self) -> Address:
        return self._address

    def __setstate__(self, address: Address) -> None:
        self._address = address
        self._start()

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._connected: tuple[int, AbstractFileSystem, str] | None = None

    def close(self) -> None:
        with self._lock:
            connected, self._connected = self._connected, None
        if connected is not None and connected[0] == os.getpid():
            _disconnect(connected[1])

    def _listed(self, folder: str) -> Iterator[tuple[str, int, str]]:
        system, top = self._connection()
        system.invalidate_cache()
        try:
            listed = system.ls(f"{top}/{folder}", detail=True)
        except FileNotFoundError:
            return
        for entry in listed:
            name = str(entry["name"]).rstrip("/").rpartition("/")[2]
            yield f"{folder}/{name}", int(entry.get("size") or 0), str(entry["type"])

    def _connection(self) -> tuple[AbstractFileSystem, str]:
        with self._lock:
            if self._connected is None or self._connected[0] != os.getpid():
                system, top = _connect(self._address)
                if s3.is_s3(system):
                    s3.ask_once(system)
                self._connected = (os.getpid(), system, top)
            return self._connected[1:]


def _connect(address: Address) -> tuple[AbstractFileSystem, str]:
    if address.connect is not None:
        return address.connect()
    from fsspec.core import url_to_fs

    # A connection of our own, which can be closed without anyone else missing it. s3fs closes its own by itself, and
    # takes half a second to make one.
    options = {"skip_instance_cache": address.scheme not in _OF_S3, **_patience(address.scheme), **address.options}
    system, top = url_to_fs(address.url, **options)
    return system, str(top).rstrip("/")


def _disconnect(system: AbstractFileSystem) -> None:
    """Left to themselves, some libraries give a connection up with a word on stderr."""
    for name, end in (("_session", "close"), ("_pool", "close"), ("_stack", "aclose")):  # HTTP; SSH
        if (held := getattr(system, name, None)) is not None:
            asyncio.run_coroutine_threadsafe(getattr(held, end)(), system.loop).result(CONNECT_SECONDS)


def _patience(scheme: str) -> dict[str, object]:
    """Time limits, and no repetitions: `SharedStore` repeats, for all its threads together, and knows Retry-After.

    botocore's own three attempts, times s3fs's five, would be fifteen requests to a store that asks for fewer.
    """
    if scheme in _OF_S3:
        retries = {"mode": "standard", "total_max_attempts": 1}
        timeouts = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        return {"config_kwargs": {**timeouts, "retries": retries}, "use_listings_cache": False}
    if scheme in READ_ONLY:
        import aiohttp

        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
        return {"client_kwargs": {"timeout": limits}}
    return {}


def _blocks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
