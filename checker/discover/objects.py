"""Get the bytes of shards and manifests by their hash: from the DVC cache, else streamed from a trusted remote."""

from __future__ import annotations

import io
import os
import re
import stat
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from checker.discover.dvcconfig import is_url, machine_levels
from checker.discover.layout import HASH_NAMES, OBJECT_HASH, object_path
from checker.discover.manifest import MAX_BYTES, Lists, check_size, is_hostile, read_manifest
from checker.discover.paths import shown
from checker.discover.trust import Root, Trust, establish, relative_to
from checker.discover.verified import BLOCK, Source, verified
from checker.errors import DatasetError, ObjectDamaged, ObjectDenied, ObjectMissing, ObjectOffline
from checker.model.dataset import DatasetVersion, Shard

if TYPE_CHECKING:
    from checker.discover.remotes import Remote
    from checker.discover.repository import Repository
    from checker.discover.tree import Tree
    from checker.patience.pace import Patience

_READ_ONLY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Folder(NamedTuple):
    """Objects in a folder of this machine: a cache, or a remote whose URL is a path."""

    path: str
    label: str

    def open(self, oid: str, hash_name: str, of: str) -> io.FileIO | None:
        """The object, or None when it is not there. Links within the folder are followed, links out of it are not."""
        place = Path(self.path, object_path(oid, hash_name))
        real = os.path.realpath(place)
        try:
            if relative_to(real, os.path.realpath(self.path)) is None:
                raise ObjectDamaged(f"{of}: {place} links to a place outside of {self.label}", hint=f"delete {place}")
            descriptor = os.open(real, _READ_ONLY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError as error:
            raise ObjectDenied(
                f"{of}: {place} in {self.label} may not be read by this user", hint=f"see the rights of {self.path}"
            ) from error
        except OSError as error:
            raise ObjectOffline(
                f"{of}: {place} in {self.label} cannot be read: {error.strerror}", hint=f"see whether {self.path} works"
            ) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ObjectDamaged(f"{of}: {place} in {self.label} is not a regular file", hint=f"delete {place}")
        return io.FileIO(descriptor, "rb")

    def has(self, oid: str, hash_name: str, size_bytes: int | None) -> bool:
        """Whether a regular file of the right size lies there; its bytes are not looked at."""
        found = self.size_of(oid, hash_name)
        return found is not None and size_bytes in (None, found)

    def size_of(self, oid: str, hash_name: str) -> int | None:
        """Bytes of the regular file there; None when there is none."""
        try:
            found = Path(self.path, object_path(oid, hash_name)).stat()
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None


class ObjectStore:
    """Reads objects by hash; several threads may read at once. Never reads a dataset's file in the work tree.

    Without `remotes` only the DVC cache is looked at. A remote is one that the trusted configuration defines; what is
    fetched is handed out, not stored. `lists` are asked after the DVC cache and before the remote, which costs more.
    A store can be pickled: the copy makes its own connections, and reads shards only, so it does without `lists`.
    """

    def __init__(
        self,
        believed: Callable[[], Trust],
        *,
        remotes: bool,
        lists: Lists | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._believed = believed  # asked at the first object: a check of cards alone needs no configuration
        self._remotes = remotes
        self._lists = lists
        self._patience = patience
        self._known_trust: Trust | None = None
        self._elsewhere = False
        self._start()

    def manifest(self, version: DatasetVersion) -> tuple[Shard, ...]:
        """The shards of a version. ObjectError when the manifest cannot be had, DatasetError when it is hostile."""
        if version.shards is not None:
            return version.shards
        oid = _known_hash(version)
        if not oid.endswith(".dir"):
            return (Shard(version.path.rpartition("/")[2], oid, version.hash_name, version.size_bytes),)
        with self._lock:
            known = self._manifests.get((oid, version.hash_name))
        if known is None:
            where, data = self._list_of(version, oid)
            known = read_manifest(data, oid, version.hash_name, of=f"{version.path} in {where}")
            if self._lists is not None:
                self._lists.put(oid, version.hash_name, data)
            with self._lock:
                self._manifests[oid, version.hash_name] = known
        return known

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        """A stream over a shard's bytes; it raises ObjectDamaged before the last block of wrong bytes is handed out."""
        of = version.path if shard.hash == version.hash else f"{version.path}/{shard.path}"
        oid = _checked_hash(shard.hash, shard.hash_name, of)
        if oid.endswith(".dir"):
            raise DatasetError(f"{of}: {oid} names a list of shards where a shard is expected")
        where, source = self._find(version, oid, shard.hash_name, of)
        return verified(
            source,
            oid,
            shard.hash_name,
            of=f"{of} in {where}",
            hint=f"delete {object_path(oid, shard.hash_name)} there and push or fetch it again",
            size_bytes=shard.size_bytes,
        )

    def has_local(self, version: DatasetVersion, shard: Shard) -> bool:
        """Whether the DVC cache holds the shard, so that reading it needs no network."""
        if shard.hash_name not in HASH_NAMES or not OBJECT_HASH.fullmatch(shard.hash):
            return False
        caches = self._caches(self._root(version.root))
        return any(cache.has(shard.hash, shard.hash_name, shard.size_bytes) for cache in caches)

    def local_size(self, version: DatasetVersion, shard: Shard) -> int | None:
        """Bytes of the shard in the DVC cache, which a list of shards does not state; None when it is not there."""
        if shard.hash_name not in HASH_NAMES or not OBJECT_HASH.fullmatch(shard.hash):
            return None
        sizes = (cache.size_of(shard.hash, shard.hash_name) for cache in self._caches(self._root(version.root)))
        return next((size for size in sizes if size is not None), None)

    def for_another_machine(self) -> ObjectStore:
        """To be pickled and sent there: that machine's own DVC configuration takes the place of this one's.

        The user's own configuration may hold passwords; what git tracks goes along.
        """
        trust = self._trust()
        sent = ObjectStore(lambda: trust._replace(machine=()), remotes=self._remotes)
        sent._elsewhere = True
        return sent

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            connections = list(self._connections.values())
            self._connections.clear()
        for connection in connections:
            connection.close()

    def __enter__(self) -> ObjectStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        kept = {"remotes": self._remotes, "elsewhere": self._elsewhere, "patience": self._patience}
        return {"trust": self._trust(), **kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        trust: Trust = state["trust"]
        self._known_trust = trust._replace(machine=machine_levels()) if state["elsewhere"] else trust
        self._remotes, self._lists, self._elsewhere = state["remotes"], None, False
        self._patience = state["patience"]
        self._start()

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._roots: dict[str, Root] = {}
        self._manifests: dict[tuple[str, str], tuple[Shard, ...]] = {}
        self._connections: dict[tuple[str, str, int], Remote] = {}

    def _trust(self) -> Trust:
        with self._lock:
            trust = self._known_trust
            if trust is None:
                trust = self._known_trust = self._believed()
            return trust

    def _list_of(self, version: DatasetVersion, oid: str) -> tuple[str, bytes]:
        """Where the list of shards was found, for people, and its bytes."""
        of = version.path
        here = self._find_here(version, oid, version.hash_name, of)
        if here is not None:
            return here[0], _all_of(here[1], of)
        if self._lists is None:
            where, source = self._find(version, oid, version.hash_name, of)
            return where, _all_of(source, of)
        data = self._lists.get(oid, version.hash_name)
        if data is not None:
            return "the evidence", data
        try:
            where, source = self._find(version, oid, version.hash_name, of)
        except (ObjectMissing, ObjectDenied, ObjectOffline) as error:
            hint = f"{error.hint}, or `headwater evidence push` where the list is: it is evidence, too"
            raise type(error)(f"{error.message}, nor is the list among the evidence", hint=hint) from error
        return where, _all_of(source, of)

    def _find_here(self, version: DatasetVersion, oid: str, hash_name: str, of: str) -> tuple[str, Source] | None:
        """The object in a DVC cache of this machine."""
        for cache in self._caches(self._root(version.root)):
            if (file := cache.open(oid, hash_name, of)) is not None:
                return cache.label, file
        return None

    def _find(self, version: DatasetVersion, oid: str, hash_name: str, of: str) -> tuple[str, Source]:
        """Where the object was found, for people, and its bytes."""
        here = self._find_here(version, oid, hash_name, of)
        if here is not None:
            return here
        root = self._root(version.root)
        looked = f"{of} ({hash_name} {oid}) is not in {' or '.join(cache.label for cache in self._caches(root))}"
        if not version.cached:
            raise ObjectMissing(f"{looked}: DVC keeps it in git (`cache: false`)", hint="let DVC cache this out")
        if not self._remotes:
            raise ObjectMissing(looked, hint=_fetch(version))
        if not version.pushed:
            raise ObjectMissing(f"{looked}, and no remote gets it (`push: false`)", hint="remove `push: false`")
        return self._find_in_remote(root, version, oid, hash_name, of, looked)

    def _find_in_remote(
        self, root: Root, version: DatasetVersion, oid: str, hash_name: str, of: str, looked: str
    ) -> tuple[str, Source]:
        name, address = _remote_of(root, version, self._trust().label, looked)
        label = f"remote {name!r}"
        if is_hostile(of):
            raise DatasetError(f"{shown(of)} is no path that a shard may have", hint="let DVC write this file")
        if is_url(address):
            remote = self._connection(root, name)
            return remote.open(oid, hash_name, _by_name(version, of), of, looked)
        folder = Folder(address, f"{label} ({address})")
        source = folder.open(oid, hash_name, of)
        if source is None and not Path(address).is_dir():
            raise ObjectOffline(
                f"{of}: the folder of {folder.label} does not exist here", hint="mount it, or mend the remote's url"
            )
        if source is None:
            raise ObjectMissing(f"{looked}, nor in {folder.label}", hint=_push(version))
        return folder.label, source

    def _connection(self, root: Root, name: str) -> Remote:
        from checker.discover.remotes import Remote
        from checker.patience.pace import PATIENCE

        key = (root.path, name, os.getpid())  # a connection does not survive a fork
        with self._lock:
            remote = self._connections.get(key)
            if remote is None:
                remote = self._connections[key] = Remote(root, name, self._trust(), self._patience or PATIENCE)
            return remote

    def _root(self, path: str) -> Root:
        with self._lock:
            if path not in self._roots:
                self._roots[path] = self._trust().root(path)
            return self._roots[path]

    def _caches(self, root: Root) -> tuple[Folder, ...]:
        top = self._trust().checkouts[0].top
        return tuple(Folder(path, f"the DVC cache ({relative_to(path, top) or path})") for path in root.caches)


COMMIT = re.compile(r"[0-9a-f]{40,64}")
SHORT_COMMIT = 12


def open_store(
    repository: Repository,
    config: Tree,
    *,
    remotes: bool,
    lists: Lists | None = None,
    kind: type[ObjectStore] = ObjectStore,
    patience: Patience | None = None,
) -> ObjectStore:
    """The objects of a repository; `config` is the tree whose `.dvc/config` is trusted."""
    believed = partial(establish, repository, config, remotes=remotes)
    return kind(believed, remotes=remotes, lists=lists, patience=patience)


def _remote_of(root: Root, version: DatasetVersion, label: str, looked: str) -> tuple[str, str]:
    caution = f"; {root.caution}" if root.caution else ""
    name = version.remote or root.config.default_remote()
    label = label[:SHORT_COMMIT] if COMMIT.fullmatch(label) else label
    where = f"{label}:{f'{root.path}/.dvc/config'.lstrip('/')}"
    if name is None:
        fix = f"name one there (`dvc remote add --default NAME URL`), then {_push(version)}{caution}"
        raise ObjectMissing(f"{looked}, and {where} names no default remote", hint=fix)
    address = root.config.remote_url(name)
    if address is None:
        raise ObjectMissing(
            f"{looked}, and its remote {shown(name)} is not defined in {where}",
            hint=f"remotes are taken from there only, so define it there first{caution}",
        )
    return name.lower(), address


def _known_hash(version: DatasetVersion) -> str:
    if version.hash is None:
        raise ObjectMissing(f"{version.path} has no hash yet", hint="run `dvc repro` or `dvc commit`, then `dvc push`")
    return _checked_hash(version.hash, version.hash_name, version.path)


def _checked_hash(oid: str, hash_name: str, of: str) -> str:
    if hash_name not in HASH_NAMES:
        raise ObjectMissing(
            f"{of} is recorded by {shown(hash_name)}, a cloud's own mark that bytes cannot be held against",
            hint="`dvc import-url` without `--no-download` or `dvc add` records an md5",
        )
    if not OBJECT_HASH.fullmatch(oid):
        raise DatasetError(
            f"{of}: {shown(oid)} is no md5, which has 32 digits of 0-9a-f", hint="let DVC write this file"
        )
    return oid


def _all_of(source: Source, of: str) -> bytes:
    parts: list[bytes] = []
    size_bytes = 0
    try:
        while part := source.read(min(BLOCK, MAX_BYTES + 1)):
            parts.append(part)
            size_bytes += len(part)
            check_size(size_bytes, of)
    finally:
        source.close()
    return b"".join(parts)


def _by_name(version: DatasetVersion, of: str) -> str:
    """The path of a shard relative to its DVC root."""
    return of.removeprefix(f"{version.root}/") if version.root else of


def _fetch(version: DatasetVersion) -> str:
    return f"run `dvc fetch {_by_name(version, version.path)}`" + (f" in {version.root}" if version.root else "")


def _push(version: DatasetVersion) -> str:
    return _fetch(version).replace("dvc fetch", "dvc push") + " where the data is"
