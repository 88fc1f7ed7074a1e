"""A snapshot's files: the index, the work tree, a revision or nothing. Nothing is checked out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from checker.discover.git import MAX_BLOB_BYTES, Git, TooLarge
from checker.errors import RepositoryError
from checker.model.dataset import Snapshot, SnapshotKind

REGULAR = "100644"
EXECUTABLE = "100755"
SYMLINK = "120000"
SUBMODULE = "160000"
ABSENT = "000000"

# The empty blob and the empty tree, in repositories of SHA-1 and of SHA-256.
_EMPTIES = {
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813": (
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    ),
}
_HASHED_AT_MOST = 8 * 1024 * 1024


class Entry(NamedTuple):
    """A file: its git mode (`100644`, `100755`, `120000` symlink, `160000` submodule) and its blob id."""

    mode: str
    oid: str


class Tree:
    """The files of one snapshot. Listing and reading happen on first use and are kept."""

    def __init__(self, snapshot: Snapshot, git: Git) -> None:
        self.snapshot = snapshot
        self._git = git
        self._entries: Mapping[str, Entry] | None = None
        self._kept: dict[str, bytes | TooLarge] = {}

    def entries(self) -> Mapping[str, Entry]:
        """Path -> entry; a submodule is one entry, its inside is not listed."""
        if self._entries is None:
            self._entries = self._list()
        return self._entries

    def read(self, path: str) -> bytes:
        """The bytes of one file; of a symlink, where it points to."""
        return self.read_many((path,))[path]

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of several files by one git process; an absent, missing or huge file is a RepositoryError."""
        found = self.fetch(paths)
        return {path: _content(path, content) for path, content in found.items()}

    def fetch(self, paths: Iterable[str], max_bytes: int = MAX_BLOB_BYTES) -> Mapping[str, bytes | TooLarge]:
        """As `read_many`, but a file over `max_bytes` is a TooLarge value."""
        wanted = list(dict.fromkeys(paths))
        self._kept.update(self.stream([path for path in wanted if path not in self._kept], max_bytes))
        return {path: self._kept[path] for path in wanted}

    def stream(self, paths: Iterable[str], max_bytes: int = MAX_BLOB_BYTES) -> Iterator[tuple[str, bytes | TooLarge]]:
        """As `fetch`, one file after the other, keeping none; the order is that of the blobs."""
        entries = self.entries()
        wanted = list(paths)
        for path in wanted:
            if path not in entries or entries[path].mode == SUBMODULE:
                raise RepositoryError(
                    f"{path} is not a file of {self.snapshot.label}",
                    hint="check the path; it is relative to the git root",
                )
        yield from self._contents(wanted, max_bytes)

    def _list(self) -> Mapping[str, Entry]:
        return {}

    def _contents(self, paths: list[str], max_bytes: int) -> Iterator[tuple[str, bytes | TooLarge]]:
        entries = self.entries()
        by_id: dict[str, list[str]] = {}
        for path in paths:
            by_id.setdefault(entries[path].oid, []).append(path)
        for oid, content in self._git.blobs(by_id, max_bytes):
            for path in by_id[oid]:
                if content is None:
                    raise _absent_blob(path, oid)
                yield path, content


class RevisionTree(Tree):
    """A commit's or a tree object's files."""

    def _list(self) -> Mapping[str, Entry]:
        out = self._git.tell("ls-tree", "-r", "-z", "--full-tree", str(self.snapshot.tree))
        entries: dict[str, Entry] = {}
        for row in os.fsdecode(out).split("\0"):
            if row:
                head, _, path = row.partition("\t")
                mode, _, oid = head.split(" ")
                entries[path] = Entry(mode, oid)
        return entries


class IndexTree(Tree):
    """The staged files. `GIT_INDEX_FILE` (`commit -a`, partial commits) is obeyed because git lists them."""

    def _list(self) -> Mapping[str, Entry]:
        entries, unmerged = self._staged()
        if unmerged:
            shown = ", ".join(unmerged[:5]) + (f" and {len(unmerged) - 5} more" if len(unmerged) > 5 else "")
            raise RepositoryError(
                f"the index has unmerged paths: {shown}", hint="resolve the conflict and `git add` them, then run again"
            )
        empty = next((entry.oid for entry in entries.values() if entry.oid in _EMPTIES), None)
        return entries if empty is None else self._without_announced(entries, _EMPTIES[empty])

    def _staged(self) -> tuple[dict[str, Entry], list[str]]:
        entries: dict[str, Entry] = {}
        unmerged: dict[str, None] = {}
        for row in os.fsdecode(self._git.tell("ls-files", "-s", "-z", "--full-name")).split("\0"):
            if row:
                head, _, path = row.partition("\t")
                mode, oid, number = head.split(" ")
                if number == "0":
                    entries[path] = Entry(mode, oid)
                else:
                    unmerged[path] = None
        return entries, list(unmerged)

    def _without_announced(self, entries: dict[str, Entry], empty_tree_id: str) -> dict[str, Entry]:
        """Leave out paths of `git add -N`: in the index as empty files, but no part of a commit."""
        out = self._git.tell(
            "diff-index", "--cached", "--name-only", "-z", "--no-renames", "--ita-invisible-in-index", empty_tree_id
        )
        real = {os.fsdecode(path) for path in out.split(b"\0")}
        return {path: entry for path, entry in entries.items() if path in real}


class HeadTree(Tree):
    """HEAD's files, as the index has them but for `changes`, git's raw and complete account of what differs."""

    def __init__(self, snapshot: Snapshot, git: Git, index: Tree, changes: bytes) -> None:
        super().__init__(snapshot, git)
        self._index = index
        self._changes = changes

    def _list(self) -> Mapping[str, Entry]:
        entries = dict(self._index.entries())
        fields = os.fsdecode(self._changes).split("\0")
        for row, path in zip(fields[::2], fields[1::2], strict=False):
            mode, _, oid, _, _ = row[1:].split(" ")
            if mode == ABSENT:
                entries.pop(path, None)
            else:
                entries[path] = Entry(mode, oid)
        return entries


class WorkTree(Tree):
    """The files on disk that git tracks or would offer to add; ignored files are not part of it.

    Their ids are computed from the bytes on disk: git itself would run the filters of its configuration to compare.
    """

    def __init__(self, snapshot: Snapshot, git: Git, top: str) -> None:
        super().__init__(snapshot, git)
        self._top = os.path.realpath(top)

    def _list(self) -> Mapping[str, Entry]:
        out = self._git.tell("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--stage")
        entries: dict[str, Entry] = {}
        for row in out.split(b"\0"):
            if row:
                staged, path = _staged_or_other(row)
                entry = self._on_disk(path, staged)
                if entry is not None:
                    entries[path] = entry
        return entries

    def _on_disk(self, path: str, staged: Entry | None) -> Entry | None:
        if staged is not None and staged.mode == SUBMODULE:
            return staged
        full = self._inside(path)
        try:
            status = os.lstat(full) if full else None
        except OSError:
            status = None
        if full is None or status is None:
            return None
        name = "sha256" if staged and len(staged.oid) == 64 else "sha1"
        if stat.S_ISLNK(status.st_mode):
            return Entry(SYMLINK, _blob_id(os.fsencode(os.readlink(full)), name))  # noqa: PTH115 - in bytes
        if not stat.S_ISREG(status.st_mode):
            return None
        mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR
        if status.st_size > _HASHED_AT_MOST:
            # Not a blob id: it only has to differ from every staged one and from itself after a change.
            return Entry(mode, f"disk:{status.st_size}:{status.st_mtime_ns}")
        content = self._from_disk(path, _HASHED_AT_MOST)
        return None if isinstance(content, TooLarge) else Entry(mode, _blob_id(content, name))

    def _contents(self, paths: list[str], max_bytes: int) -> Iterator[tuple[str, bytes | TooLarge]]:
        for path in paths:
            yield path, self._from_disk(path, max_bytes)

    def _inside(self, path: str) -> str | None:
        """The file's place on disk, unless a folder on the way to it is a symlink."""
        folder = os.path.dirname(os.path.join(self._top, path))  # noqa: PTH118, PTH120 - once a file
        return os.path.join(self._top, path) if os.path.realpath(folder) == folder else None  # noqa: PTH118 - once a file

    def _from_disk(self, path: str, max_bytes: int) -> bytes | TooLarge:
        full = self._inside(path)
        if full is None:
            raise RepositoryError(f"{path} lies behind a symlink", hint="replace the linked folder by a real one")
        if self._entries is not None and self._entries[path].mode == SYMLINK:
            return os.fsencode(os.readlink(full))  # noqa: PTH115 - in bytes
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(full, flags)
        except OSError as error:
            raise RepositoryError(f"{path} cannot be read: {error.strerror}", hint="check the file") from error
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a file descriptor, not a path
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise RepositoryError(f"{path} is not a regular file", hint="replace it by one")
            return TooLarge(status.st_size) if status.st_size > max_bytes else stream.read(max_bytes)


def empty_tree(git: Git) -> Tree:
    """The snapshot before the first commit."""
    return Tree(Snapshot(SnapshotKind.EMPTY, "the empty tree"), git)


def _staged_or_other(row: bytes) -> tuple[Entry | None, str]:
    """A row of `ls-files --stage --others`: tracked files carry `mode oid stage<TAB>`, the others only their path."""
    head, tab, path = row.partition(b"\t")
    fields = head.split(b" ")
    if tab and len(fields) == 3 and len(fields[0]) == 6 and len(fields[1]) in (40, 64) and fields[2] in b"0123":
        return Entry(fields[0].decode("ascii"), fields[1].decode("ascii")), os.fsdecode(path)
    return None, os.fsdecode(row)


def _blob_id(content: bytes, name: str) -> str:
    import hashlib

    return hashlib.new(name, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _content(path: str, content: bytes | TooLarge) -> bytes:
    if isinstance(content, TooLarge):
        raise RepositoryError(
            f"{path} has {content.size_bytes:,} bytes, more than the {MAX_BLOB_BYTES:,} that are read from git",
            hint="track large files by DVC",
        )
    return content


def _absent_blob(path: str, oid: str) -> RepositoryError:
    return RepositoryError(
        f"{path} (blob {oid}) is not in this clone, which is partial or damaged",
        hint="run `git fetch --refetch`, or clone without `--filter`",
    )
