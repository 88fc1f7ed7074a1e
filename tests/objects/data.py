"""A team's DVC data, and small git repositories that point at it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from checker.discover.layout import object_path
from checker.discover.objects import ObjectStore, open_store
from checker.discover.repository import Repository, open_repository
from checker.model.dataset import DatasetVersion, Shard
from checker.model.location import Location
from checker.patience.pace import PATIENCE, Patience

_GIT = ("git", "-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True)
class Team:
    """What a team pushed: the folder of its remote, the versions by path, and the true bytes by path of the shard."""

    storage: Path
    versions: Mapping[str, DatasetVersion]
    contents: Mapping[str, bytes]

    @property
    def folder(self) -> DatasetVersion:
        return self.versions["data/train"]

    @property
    def file(self) -> DatasetVersion:
        return self.versions["data/one.txt"]


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder."""
    return subprocess.run((*_GIT, *arguments), cwd=folder, check=True, capture_output=True, text=True).stdout


def dvc(folder: Path, *arguments: str) -> None:
    """Run the real DVC in a folder."""
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder / ".site")}
    subprocess.run(
        (sys.executable, "-m", "dvc", *arguments), cwd=folder, check=True, capture_output=True, env=environment
    )


def write(top: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files under a folder."""
    for path, content in files.items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(top: Path, files: Mapping[str, str | bytes], message: str = "Work") -> str:
    """Commit files into the repository at `top`, which is made when it is not there; gives the commit's id."""
    if not (top / ".git").exists():
        top.mkdir(parents=True, exist_ok=True)
        git(top, "init", "-q", "-b", "main")
    write(top, files)
    git(top, "add", "-f", "--", *files)
    git(top, "commit", "-q", "--no-verify", "-m", message)
    return git(top, "rev-parse", "HEAD").strip()


def store_at(top: Path, rev: str = "main", *, remotes: bool = True, patience: Patience = PATIENCE) -> ObjectStore:
    """A store for the repository at `top` that trusts the configuration at `rev`."""
    repository = open_repository(top)
    return open_store(repository, repository.revision(rev), remotes=remotes, patience=patience)


def store_with(
    top: Path, config: str, *, local: str = "", remotes: bool = True, patience: Patience = PATIENCE
) -> ObjectStore:
    """A store for a new repository with this committed `.dvc/config` and this machine's `.dvc/config.local`."""
    commit(top, {".dvc/config": config})
    if local:
        write(top, {".dvc/config.local": local})
    return store_at(top, remotes=remotes, patience=patience)


def opened(top: Path) -> Repository:
    """The repository at `top`."""
    return open_repository(top)


def put(folder: Path, oid: str, data: bytes, hash_name: str = "md5") -> Path:
    """Lay an object into a cache or remote folder."""
    file = folder / object_path(oid, hash_name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def md5(data: bytes) -> str:
    """The digest by which DVC names these bytes."""
    return hashlib.md5(data).hexdigest()


def listing(shards: Mapping[str, bytes]) -> bytes:
    """A `.dir` manifest as DVC writes it."""
    return json.dumps([{"md5": md5(data), "relpath": path} for path, data in sorted(shards.items())]).encode()


def version_of(path: str, oid: str | None, **more: object) -> DatasetVersion:
    """A dataset version as `discover` would give it."""
    version = DatasetVersion(path, "", oid, Location(f"{path}.dvc", 2), is_dir=bool(oid and oid.endswith(".dir")))
    return version._replace(**more)  # type: ignore[arg-type]


def shard_of(data: bytes, path: str = "a.jsonl", **more: object) -> Shard:
    """A shard with the hash of these bytes."""
    return Shard(path, md5(data))._replace(**more)  # type: ignore[arg-type]


def build_team(top: Path) -> Team:
    """Real `dvc add` and `dvc push` of a folder and a file; one shard is longer than a block, one is empty."""
    contents = {
        "data/train/a.jsonl": b'{"text": "one"}\n' * 150_000,
        "data/train/deep/b.jsonl": '{"text": "zwölf Boxkämpfer"}\n'.encode(),
        "data/train/empty.jsonl": b"",
        "data/one.txt": b"a single file\r\nwith two lines\r\n",
    }
    repository, storage = top / "team", top / "storage"
    repository.mkdir(parents=True)
    git(repository, "init", "-q", "-b", "main")
    write(repository, contents)
    dvc(repository, "init")
    dvc(repository, "remote", "add", "-d", "storage", str(storage))
    dvc(repository, "add", "data/train", "data/one.txt")
    dvc(repository, "push")
    versions = {path: _added(repository, path) for path in ("data/train", "data/one.txt")}
    return Team(storage, versions, contents)


def _added(repository: Path, path: str) -> DatasetVersion:
    (out,) = yaml.safe_load((repository / f"{path}.dvc").read_text())["outs"]
    return version_of(path, out["md5"], hash_name=out["hash"], size_bytes=out["size"])
