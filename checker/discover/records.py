"""The entries of `.dvc` and `dvc.lock`: a path with the hash that DVC recorded for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from checker.discover.definitions import Problem
from checker.discover.paths import Place, dependency, member, shown
from checker.model.dataset import Shard
from checker.model.lineage import Link
from checker.model.location import Location
from checker.safeyaml import Document

LEGACY_MD5 = "md5-dos2unix"
_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?")
_FINGERPRINTS = ("etag", "checksum", "version_id")
_LONGEST_FINGERPRINT = 1024
Keys = tuple[str | int, ...]


class Faults:
    """Collects what is wrong with one file, each at its line."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []

    def add(self, message: str, *keys: str | int, fix: str = "") -> None:
        """Note a fault at the value under `keys`."""
        self.found.append(Problem(message, self.document.where(*keys), fix))

    def items(self, value: object, what: str, *keys: str | int) -> list[object]:
        """The members of a list; None is an empty one, anything else a fault."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(f"{what} is a list in DVC's files, not {shown(value)}", *keys)
            return []
        return value

    def mapping(self, value: object, what: str, *keys: str | int) -> Mapping[str, object]:
        """The keys and values of a mapping; anything else is a fault."""
        if not isinstance(value, dict):
            self.add(f"{what} is a mapping in DVC's files, not {shown(value)}", *keys)
            return {}
        return value


class Hash(NamedTuple):
    """A recorded hash; `value` is None where nothing was recorded."""

    value: str | None
    name: str = "md5"


class Recorded(NamedTuple):
    """What DVC recorded for one path."""

    hash: Hash
    size_bytes: int | None
    file_count: int | None
    is_dir: bool
    shards: tuple[Shard, ...] | None
    location: Location


def read_recorded(entry: Mapping[str, object], keys: Keys, faults: Faults) -> Recorded:
    """Hash, size and file count of an entry; of a cloud-versioned folder also its files."""
    whole = _with_cloud(entry)
    found = _hash(whole, keys, faults)
    size, count = (_count(entry, name, keys, faults) for name in ("size", "nfiles"))
    shards = _files(entry, keys, faults)
    if shards is not None:
        sizes = [shard.size_bytes for shard in shards if shard.size_bytes is not None]
        return Recorded(
            Hash(_listing_hash(shards), found.name),
            sum(sizes),
            len(shards),
            True,
            shards,
            _place(keys, entry, faults),
        )
    is_dir = count is not None or bool(found.value and found.value.endswith(".dir"))
    return Recorded(found, size, count, is_dir, None, _place(keys, entry, faults))


def read_dependency(entry: Mapping[str, object], keys: Keys, folder: str, faults: Faults) -> Link | None:
    """A dependency of a `.dvc` file or of a stage in `dvc.lock`."""
    path = entry.get("path")
    location = _place(keys, entry, faults)
    if "repo" in entry:
        return _imported(entry, keys, location, faults)
    if "db" in entry:
        database = faults.mapping(entry["db"], "`db`", *keys, "db")
        return Link(
            path=_text(database.get("table")) or "query",
            kind="db",
            url=_text(database.get("connection")),
            location=location,
        )
    if isinstance(path, str) and path.startswith("ds://"):
        return _dataset(path, entry, keys, location, faults)
    place = dependency(path, folder)
    if place.fault:
        faults.add(place.fault, *keys, "path", fix="write a path inside the repository")
        return None
    return link(place, read_recorded(entry, keys, faults))


def link(place: Place, recorded: Recorded) -> Link:
    """A path, or an address outside of the repository, with its recorded hash."""
    return Link(
        path=place.path,
        hash=recorded.hash.value,
        hash_name=recorded.hash.name,
        kind="path" if place.url is None else "url",
        url=place.url,
        location=recorded.location,
    )


def _imported(entry: Mapping[str, object], keys: Keys, location: Location, faults: Faults) -> Link:
    repo = faults.mapping(entry["repo"], "`repo`", *keys, "repo")
    if repo and not _text(repo.get("url")):
        faults.add("the import names no `url` of the other repository", *keys, "repo")
    return Link(
        path=_text(entry.get("path")) or "",
        kind="import",
        url=_text(repo.get("url")),
        rev=_text(repo.get("rev")),
        rev_lock=_text(repo.get("rev_lock")),
        location=faults.document.where(*keys, "repo", "rev_lock") if "rev_lock" in repo else location,
    )


def _dataset(path: str, entry: Mapping[str, object], keys: Keys, location: Location, faults: Faults) -> Link:
    held = entry.get("dataset")
    info = faults.mapping(held, "`dataset`", *keys, "dataset") if held is not None else {}
    locked = _text(info.get("rev_lock")) or _text(info.get("version"))
    if locked is None and isinstance(info.get("files"), list) and info["files"]:
        locked = "files"
    return Link(
        path=path,
        kind="dataset",
        url=_text(info.get("url")),
        rev=_text(info.get("rev")),
        rev_lock=locked,
        location=location,
    )


def _hash(entry: Mapping[str, object], keys: Keys, faults: Faults) -> Hash:
    name = entry.get("hash") or LEGACY_MD5
    value = entry.get("md5")
    if name not in ("md5", LEGACY_MD5):
        faults.add(f"the hash {shown(name)} is not one that DVC writes (md5)", *keys, "hash")
        return Hash(None)
    if value not in (None, ""):
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if _MD5.fullmatch(text):
            return Hash(text, str(name))
        faults.add(
            f"the md5 {shown(value)} is not 32 hexadecimal digits",
            *keys,
            "md5",
            fix="run `dvc add` or `dvc commit` again",
        )
        return Hash(None, str(name))
    for kind in _FINGERPRINTS:
        fingerprint = entry.get(kind)
        if isinstance(fingerprint, str | int) and fingerprint != "":
            if len(str(fingerprint)) <= _LONGEST_FINGERPRINT and str(fingerprint).isprintable():
                return Hash(str(fingerprint), kind)
            faults.add(f"the {kind} {shown(fingerprint)} is not a fingerprint", *keys, kind)
    return Hash(None, str(name) if value is not None or "hash" in entry else "md5")


def _with_cloud(entry: Mapping[str, object]) -> Mapping[str, object]:
    """A cloud-versioned entry keeps its fingerprints under the remote's name; DVC prefers those to the entry's own."""
    cloud = entry.get("cloud")
    first = next(iter(cloud.values()), None) if isinstance(cloud, dict) else None
    return {**entry, **first} if isinstance(first, dict) else entry


def _files(entry: Mapping[str, object], keys: Keys, faults: Faults) -> tuple[Shard, ...] | None:
    if entry.get("files") in (None, []):
        return None  # of an empty list DVC takes no notice, and goes by the md5
    shards: dict[str, Shard] = {}
    for index, item in enumerate(faults.items(entry["files"], "`files`", *keys, "files")):
        at = (*keys, "files", index)
        one = faults.mapping(item, "a member of `files`", *at)
        path = member(one.get("relpath"))
        if path is None or path in shards:
            what = "hostile" if path is None else "listed twice"
            faults.add(f"the file {shown(one.get('relpath'))} of a dataset is {what}", *at, "relpath")
            continue
        found = _hash({**_with_cloud(one), "hash": entry.get("hash")}, at, faults)
        if found.value is None:
            faults.add(f"the file {shown(path)} of a dataset has no hash", *at)
            continue
        shards[path] = Shard(path, found.value, found.name, _count(one, "size", at, faults))
    return tuple(shards[path] for path in sorted(shards))


def _listing_hash(shards: tuple[Shard, ...]) -> str:
    """The hash of a folder whose files are listed in place: as DVC computes it from their md5."""
    rows = [
        {"md5": shard.hash, "relpath": shard.path}
        if shard.hash_name in ("md5", LEGACY_MD5)
        else {"relpath": shard.path}
        for shard in shards
    ]
    return folder_hash(rows)


def folder_hash(rows: list[dict[str, str]]) -> str:
    """The DVC hash of a folder from `{md5, relpath}` rows: md5 of their sorted JSON, with `.dir` behind it."""
    import json
    from hashlib import md5

    ordered = sorted(rows, key=lambda row: row["relpath"])
    return md5(json.dumps(ordered, sort_keys=True).encode("utf-8"), usedforsecurity=False).hexdigest() + ".dir"


def _count(entry: Mapping[str, object], name: str, keys: Keys, faults: Faults) -> int | None:
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        faults.add(f"{name} is a count, not {shown(value)}", *keys, name)
        return None
    return value


def _place(keys: Keys, entry: Mapping[str, object], faults: Faults) -> Location:
    named = next((name for name in ("md5", *_FINGERPRINTS, "files", "path") if name in entry), None)
    return faults.document.where(*keys, named) if named else faults.document.where(*keys)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
