"""Which DVC configuration is believed: the trusted tree's and this machine's own, never what a change brings along."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.discover.dvcconfig import DvcConfig, Level, is_url, machine_levels, read_level, resolve
from checker.model.dataset import SnapshotKind

if TYPE_CHECKING:
    from checker.discover.repository import Repository
    from checker.discover.tree import Tree

# Options of a remote that name a file which is then believed: credentials, a profile with a `credential_process`, a CA.
FILE_OPTIONS = (
    "configpath",
    "credentialpath",
    "keyfile",
    "cert_path",
    "key_path",
    "gdrive_user_credentials_file",
    "gdrive_service_account_json_file_path",
    "ssl_verify",
)
_REGULAR = ("100644", "100755")


class Checkout(NamedTuple):
    """A work tree and the paths in it that git writes, so that a change under judgement may have written them.

    Paths are folded because file systems that ignore case let `.DVC/config.local` become `.dvc/config.local`.
    """

    top: str
    files: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset()  # symlinks and submodules: what lies behind them is also git's

    def writes(self, path: str) -> bool:
        """Whether git could have put these bytes there, directly or through a symlink."""
        top = os.path.realpath(self.top)
        for seen, folder in ((os.path.realpath(path), top), (_absolute(path), _absolute(self.top))):
            inside = relative_to(seen, folder)
            if inside is not None and self._tracks(_folded(inside)):
                return True
        return False

    def _tracks(self, path: str) -> bool:
        parts = path.split("/")
        return path in self.files or any("/".join(parts[:end]) in self.doors for end in range(1, len(parts) + 1))


class Root(NamedTuple):
    """A DVC root: its merged configuration and the folders in which its objects may lie on this machine."""

    path: str
    folder: str  # its `.dvc`, absolute
    config: DvcConfig
    caches: tuple[str, ...]
    caution: str = ""  # what was left out of the configuration, and why

    def level(self, name: str) -> Level | None:
        """One configuration file of this root."""
        return next((level for level in self.config.levels if level.name == name), None)


class Trust(NamedTuple):
    """All that is believed about a repository's DVC roots. Plain data: it can be sent to another process."""

    checkouts: tuple[Checkout, ...]  # the work tree, then the main one when this is a linked work tree
    configs: Mapping[str, bytes]  # DVC root -> `.dvc/config` in the trusted tree
    files: Mapping[str, bytes]  # files of the trusted tree that a remote's options name
    machine: tuple[Level, ...]
    label: str  # where the configuration was read, for people

    def root(self, path: str) -> Root:
        """The DVC root at `path`, relative to the git root. One that the trusted tree lacks has no remotes."""
        folder = dvc_folder(self.checkouts[0].top, path)
        local, caution = _local_level(self.checkouts[0], folder)
        trusted = _trusted_levels(self.configs, path, folder, self.label)
        config = DvcConfig((*self.machine, *trusted, *local))
        caches = [config.cache_folder(folder)]
        for other in self.checkouts[1:]:
            elsewhere = dvc_folder(other.top, path)
            levels = _trusted_levels(self.configs, path, elsewhere, self.label)
            there = DvcConfig((*self.machine, *levels, *_local_level(other, elsewhere)[0]))
            caches.append(there.cache_folder(elsewhere))
        return Root(path, folder, config, tuple(dict.fromkeys(cache for cache in caches if not is_url(cache))), caution)


def establish(repository: Repository, config: Tree, *, remotes: bool) -> Trust:
    """Read what is believed: `.dvc/config` of every root in `config`, and this machine's configuration."""
    entries = config.entries()
    paths = [
        path
        for path, entry in entries.items()
        if (path == ".dvc/config" or path.endswith("/.dvc/config")) and entry.mode in _REGULAR
    ]
    configs = {path.removesuffix(".dvc/config").rstrip("/"): data for path, data in config.read_many(paths).items()}
    trust = Trust(_checkouts(repository, config), configs, {}, machine_levels(), config.snapshot.label)
    if not remotes:
        return trust
    wanted = {path for root in configs for path in _named_files(trust.root(root), trust.checkouts[0].top)}
    known = [path for path in sorted(wanted) if path in entries and entries[path].mode in _REGULAR]
    return Trust(trust.checkouts, configs, config.read_many(known), trust.machine, trust.label)


def dvc_folder(top: str, root: str) -> str:
    """The absolute `.dvc` folder of a DVC root."""
    return str(Path(top, root, ".dvc"))


def relative_to(path: str, folder: str) -> str | None:
    """`path` relative to `folder` with forward slashes, or None when it is not inside."""
    prefix = folder.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else None


def _trusted_levels(configs: Mapping[str, bytes], path: str, folder: str, label: str) -> Iterator[Level]:
    if path in configs:
        yield read_level("repo", folder, configs[path], f"{label}:{f'{path}/.dvc/config'.lstrip('/')}")


def _local_level(checkout: Checkout, folder: str) -> tuple[tuple[Level, ...], str]:
    """`config.local` is this machine's only as long as git does not write it (reference: DVC ignores it in git)."""
    file = Path(folder, "config.local")
    try:
        data = file.read_bytes() if file.is_file() else None
    except OSError:
        data = None  # not ours to read
    if data is None:
        return (), ""
    shown = relative_to(str(file), checkout.top) or str(file)
    if checkout.writes(str(file)):
        return (), f"{shown} is tracked by git and therefore not used: `git rm --cached {shown}`"
    return (read_level("local", folder, data, shown),), ""


def _named_files(root: Root, top: str) -> Iterator[str]:
    for level in root.config.levels:
        for section, options in level.sections.items():
            for key in FILE_OPTIONS if section.startswith("remote ") else ():
                if key in options and (inside := relative_to(resolve(options[key], file_base(key, level, top)), top)):
                    yield inside


def file_base(key: str, level: Level, top: str) -> str:
    """What a relative path in the option counts from: DVC leaves `ssl_verify` to the working folder."""
    return top if key == "ssl_verify" else level.folder


def _checkouts(repository: Repository, config: Tree) -> tuple[Checkout, ...]:
    if repository.bare:
        return (Checkout(str(repository.top)),)
    files: set[str] = set()
    doors: set[str] = set()
    index = config if config.snapshot.kind is SnapshotKind.INDEX else repository.index()
    for path, entry in index.entries().items():
        (files if entry.mode in _REGULAR else doors).add(_folded(path))
    tops = [str(repository.top), *_main_top(repository.git_dir)]
    return tuple(Checkout(top, frozenset(files), frozenset(doors)) for top in tops)


def _main_top(git_dir: Path) -> Iterator[str]:
    """The main work tree, when `git_dir` belongs to a linked one: its cache holds the same objects."""
    try:
        common = Path(git_dir, (git_dir / "commondir").read_text(encoding="utf-8").strip()).resolve()
    except (OSError, UnicodeDecodeError):
        return
    if common.name == ".git":
        yield str(common.parent)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - must not follow symlinks
