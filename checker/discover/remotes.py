"""Stream objects from a remote through dvc's own file systems. The only module that imports dvc.

No DVC repository is opened: its index, its state and its site cache (a pickle store, shared by users) stay out of play.
A remote's options are the trusted ones (`trust.py`), so what they can do (run a `bearer_token_command` or a
`credential_process`) was agreed to by whoever may change the trusted revision. dvc-ssh verifies no host keys; the bytes
are verified by their hash in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from checker.discover.dvcconfig import Level, is_url, resolve
from checker.discover.layout import object_path
from checker.discover.remote_errors import Asked, public_address, translate
from checker.discover.trust import FILE_OPTIONS, Root, Trust, file_base, relative_to
from checker.discover.verified import Source
from checker.errors import DatasetError, HeadwaterError, ObjectOffline
from checker.model.location import Location
from checker.patience.pace import PATIENCE, Pace, Patience
from checker.patience.passing import passing
from checker.patience.s3_stream import ObjectStream

if TYPE_CHECKING:
    from dvc.fs import FileSystem
    from fsspec import AbstractFileSystem

CONNECT_SECONDS = 10
READ_SECONDS = 30
_TIMEOUTS: Mapping[str, Mapping[str, int]] = {
    "http": {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "https": {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "s3": {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "azure": {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "ssh": {"timeout": READ_SECONDS},
}
# How often is asked again, and when, is decided here (`Remote.ask`), which knows Retry-After and what arrived before.
_ATTEMPTS = 1
# A lost connection of SSH does not come back by itself.
_NOT_AGAIN = ("ssh",)
# block_size 0 makes HTTP one streamed request instead of many ranges.
_OPEN_OPTIONS: Mapping[str, Mapping[str, int]] = {
    "http": {"block_size": 0},
    "https": {"block_size": 0},
}
_SKIPPED = 2**20
_OFFLINE_IN_A_ROW = 2  # then a remote counts as offline, so that 1,000 shards do not wait 1,000 times
Answer = TypeVar("Answer")
_SECRETS = ("password", "secret", "token", "key", "passphrase", "connection_string", "ticket")


class Remote:
    """One remote of the trusted configuration. The connection is made at the first object and kept."""

    def __init__(self, root: Root, name: str, trust: Trust, patience: Patience = PATIENCE) -> None:
        url = root.config.remote_url(name) or ""
        self.name = name
        self.address = public_address(url)
        self._root = root
        self._trust = trust
        self._scheme = urlsplit(url).scheme
        self._lock = threading.Lock()
        self._connected: tuple[FileSystem, str, bool] | None = None
        self._secrets: tuple[str, ...] = ()
        self._offline_in_a_row = 0
        self._private = _PrivateFiles()
        self._pace = Pace(patience)

    def open(self, oid: str, hash_name: str, name: str, of: str, looked: str) -> tuple[str, Source]:
        """Where it was found, and a stream of the object's bytes, unverified; ObjectError for whatever goes wrong.

        A cloud-versioned remote keeps files by `name` (relative to the DVC root): it gives the newest of that name.
        """
        asked = Asked(of, looked, self.name, self.address, self._scheme)
        if self._offline_in_a_row >= _OFFLINE_IN_A_ROW:
            raise ObjectOffline(
                f"{of}: {asked.label} could not be reached before and is not asked again in this run",
                hint="check the network and the address, or run where the DVC cache holds the data",
                address=self.address,
            )
        file_system, base, by_name = self.ask(self._connection, asked)
        path = file_system.join(base, *(name if by_name else object_path(oid, hash_name)).split("/"))
        stream = _Stream(self, file_system, path, asked)
        where = f"{asked.label}, which is cloud-versioned and gives the newest file of that name"
        return where if by_name else asked.label, stream

    def ask(self, question: Callable[[], Answer], asked: Asked) -> Answer:
        """The answer, asked for again as long as what fails may pass. Raises ObjectError."""
        since, tries = time.monotonic(), 0
        while True:
            try:
                with self._pace.turn():
                    answer = question()
            except HeadwaterError:
                raise
            except Exception as error:  # the plug-ins' exceptions are an open set; each becomes an ObjectError
                tries += 1
                found = None if self._scheme in _NOT_AGAIN else passing(error)
                if found is None or not self._pace.wait(found, tries, since):
                    raise self._translated(error, asked) from error
            else:
                self._pace.good()
                return answer

    def file_system(self) -> tuple[AbstractFileSystem, str]:
        """fsspec's file system of this remote, of a connection of its own, and the remote's folder in it.

        Whoever asks closes it. Raises what the plug-in raises.
        """
        options, config = _options(self._root, self.name, self._trust, self._private)
        file_system, base, _ = _connect(options, config, self._scheme, apart=True)
        weakref.finalize(file_system.fs, self.close)  # until then the files that the options name are needed
        return file_system.fs, base

    def close(self) -> None:
        """End the connection. Left to themselves, the libraries give it up with a word on stderr."""
        with self._lock:
            connected, self._connected = self._connected, None
        if connected is not None:
            _disconnect(connected[0])
        self._private.remove()

    def _connection(self) -> tuple[FileSystem, str, bool]:
        with self._lock:
            if self._connected is None:
                options, config = _options(self._root, self.name, self._trust, self._private)
                self._secrets = tuple(
                    str(value) for key, value in options.items() if value and any(word in key for word in _SECRETS)
                )
                self._connected = _connect(options, config, self._scheme)
            return self._connected

    def _translated(self, error: Exception, asked: Asked) -> HeadwaterError:
        found = translate(error, asked, self._secrets)
        self._offline_in_a_row = self._offline_in_a_row + 1 if isinstance(found, ObjectOffline) else 0
        return found


class _Stream:
    """A remote file that is opened again, behind what arrived, when it breaks off. Whoever reads verifies the whole."""

    def __init__(self, remote: Remote, file_system: FileSystem, path: str, asked: Asked) -> None:
        self._remote, self._asked = remote, asked
        self._file_system, self._path = file_system, path
        self._stream: Source | None = None
        self._position = 0
        remote.ask(self._opened, asked)

    def read(self, size: int, /) -> bytes:
        block = self._remote.ask(lambda: self._read(size), self._asked)
        self._position += len(block)
        self._remote._offline_in_a_row = 0
        return block

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _read(self, size: int) -> bytes:
        try:
            return self._opened().read(size)
        except Exception:  # whatever it was, it is raised again: the stream must not stay open
            with contextlib.suppress(Exception):  # the first failure counts
                self.close()
            raise

    def _opened(self) -> Source:
        if self._stream is None:
            self._stream = self._begun()
        return self._stream

    def _begun(self) -> Source:
        """Behind what arrived. S3 is asked for the object, not for its size first: then it says what is wrong."""
        if self._remote._scheme == "s3":
            return ObjectStream(self._file_system.fs, self._path, self._position)
        stream: BinaryIO = self._file_system.open(self._path, "rb", **_OPEN_OPTIONS.get(self._remote._scheme, {}))
        try:
            _skip(stream, self._position)
        except BaseException:
            stream.close()
            raise
        return stream


def _skip(stream: BinaryIO, size_bytes: int) -> None:
    """Past what has arrived before; a stream that cannot jump is read."""
    if not size_bytes:
        return
    try:
        stream.seek(size_bytes)
        return
    except ValueError:  # fsspec's HTTP stream says that it can, and cannot
        pass
    while size_bytes and (block := stream.read(min(size_bytes, _SKIPPED))):
        size_bytes -= len(block)


class _PrivateFiles:
    """Files of the trusted tree on disk, for libraries that want a path; gone with the connection."""

    def __init__(self) -> None:
        self._folders: list[str] = []
        weakref.finalize(self, _remove, self._folders)

    def add(self, data: bytes) -> str:
        self._folders.append(tempfile.mkdtemp(prefix="headwater-"))  # mode 0700
        file = Path(self._folders[-1], "trusted")
        file.touch(mode=0o600)  # ssh refuses a key that others may read
        file.write_bytes(data)
        return str(file)

    def remove(self) -> None:
        _remove(self._folders)


def _remove(folders: list[str]) -> None:
    while folders:
        shutil.rmtree(folders.pop(), ignore_errors=True)


class _Text:
    """A file system of one text, which is all that dvc's parser of configuration files asks for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def open(self, path: str) -> io.StringIO:
        return io.StringIO(self._text)


def _options(root: Root, name: str, trust: Trust, private: _PrivateFiles) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The remote's options as dvc validates them, every file they name a believed one; and the whole configuration."""
    from dvc.config import Config, ConfigError, merge
    from dvc.fs import get_fs_config

    ours: dict[str, Any] = {}
    level: Level | None = None
    try:
        for level in root.config.levels:
            if level.name in ("repo", "local"):
                merge(ours, _absolute(Config.load_file("config", _Text(level.text)), level, trust.checkouts[0].top))
        config = Config(config=ours)  # reads the system's and the user's own levels by itself
        options = dict(get_fs_config(config, name=name))
    except ConfigError as error:
        raise DatasetError(
            f"the DVC configuration for remote {name!r} is not valid: {error}",
            hint="`dvc config --list` shows what is wrong",
            location=Location(f"{root.path}/.dvc/config".lstrip("/")),
        ) from error
    for key in FILE_OPTIONS:
        if isinstance(options.get(key), str):
            options[key] = _believed_file(options[key], name, key, trust, private)
    for key, seconds in _TIMEOUTS.get(urlsplit(options["url"]).scheme, {}).items():
        options.setdefault(key, seconds)
    return options, config


def _absolute(config: dict[str, Any], level: Level, top: str) -> dict[str, Any]:
    """Resolve relative paths where the file lies in the work tree, although it was read from git."""
    for remote in config.get("remote", {}).values():
        for key in ("url", *FILE_OPTIONS):
            value = remote.get(key)
            if isinstance(value, str) and not (key == "ssl_verify" and value.lower() in ("true", "false")):
                remote[key] = resolve(value, file_base(key, level, top))
    return config


def _believed_file(path: str, remote: str, key: str, trust: Trust, private: _PrivateFiles) -> str:
    """A file that holds credentials or may start programs: the trusted tree's, or one that git does not write."""
    if is_url(path):
        return path
    checkout = trust.checkouts[0]
    inside = relative_to(path, checkout.top)
    if inside is not None and inside in trust.files:
        return private.add(trust.files[inside])
    if checkout.writes(path):
        raise DatasetError(
            f"remote {remote!r} takes its {key} from {inside or path}, which a change could bring along",
            hint=f"keep that file outside of git, or commit it to {trust.label}",
        )
    return path


def _connect(
    options: dict[str, Any], config: Mapping[str, Any], scheme: str, *, apart: bool = False
) -> tuple[FileSystem, str, bool]:
    """The file system, the remote's folder in it, and whether files lie there by name instead of by hash.

    Connections to one place are shared in this process, unless this one is to be `apart`.
    """
    from dvc.fs import get_cloud_fs

    make, settings, base = get_cloud_fs(config, **options)
    by_name = bool(settings.get("version_aware") or settings.pop("worktree", False))
    file_system = make(**settings)
    if apart:
        file_system.fs_args["skip_instance_cache"] = True
    if scheme == "s3":
        file_system.fs_args.setdefault("config_kwargs", {})["retries"] = {
            "mode": "standard",
            "total_max_attempts": _ATTEMPTS,
        }
    elif scheme in ("http", "https"):
        file_system.SESSION_RETRIES = _ATTEMPTS
    elif scheme == "ssh":
        # A check does not ask questions: without this, a refused key would prompt for a password.
        file_system.fs_args.setdefault("preferred_auth", ["publickey", "gssapi-with-mic"])
    inner = file_system.fs  # connects, here and not later, when several threads would do it at once
    if scheme == "s3":
        inner.retries = _ATTEMPTS  # s3fs's own, five times botocore's
    return file_system, base, by_name


def _disconnect(file_system: FileSystem) -> None:
    inner = vars(file_system).get("fs")  # dvc makes it at the first use
    if inner is None:
        return
    for name, end in (("_session", "close"), ("_pool", "close"), ("_stack", "aclose")):  # HTTP; SSH
        if (held := getattr(inner, name, None)) is not None:
            asyncio.run_coroutine_threadsafe(getattr(held, end)(), inner.loop).result(CONNECT_SECONDS)
