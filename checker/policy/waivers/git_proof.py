"""A file of a git commit with the objects that lead to it, so that its bytes can be checked against the commit's id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

MOST_BYTES = 8 * 1024 * 1024
_FOLDER, _FILES = b"40000", (b"100644", b"100755")


class GitObject(NamedTuple):
    """An object of git: `commit`, `tree` or `blob`, and its bytes."""

    kind: str
    body: bytes

    @property
    def raw(self) -> bytes:
        """As git hashes it."""
        return b"%s %d\0%s" % (self.kind.encode(), len(self.body), self.body)

    @property
    def oid(self) -> str:
        """The id that git gives it."""
        return hashlib.sha1(self.raw, usedforsecurity=False).hexdigest()


def packed(objects: list[GitObject]) -> bytes:
    """The objects from the commit down to the file, to be kept."""
    return b"".join(each.raw for each in objects)


def proven(data: bytes, commit: str, path: str) -> bytes | None:
    """The bytes of the file at `path` in `commit`; None unless each object has the id that the one before it gives."""
    objects = _parsed(data)
    head = _next(objects, "commit", commit)
    wanted = tree_of(head) if head is not None else ""
    parts = path.split("/")
    for depth, part in enumerate(parts, 1):
        tree = _next(objects, "tree", wanted)
        wanted = member(tree, part, folder=depth < len(parts)) if tree is not None else ""
    content = _next(objects, "blob", wanted)
    return content if next(objects, None) is None else None


def tree_of(commit: bytes) -> str:
    """The id of the tree of a commit; empty where it names none."""
    first = commit.partition(b"\n")[0]
    return first.removeprefix(b"tree ").decode("ascii", "replace") if first.startswith(b"tree ") else ""


def member(tree: bytes, name: str, *, folder: bool) -> str:
    """The id of a folder or file in a tree; empty where there is none, or where it is a link or a submodule."""
    at, wanted = 0, name.encode()
    while at < len(tree):
        end = tree.find(b"\0", at)
        if end < 0:
            return ""
        mode, _, found = tree[at:end].partition(b" ")
        if found == wanted:
            fits = mode == _FOLDER if folder else mode in _FILES
            return tree[end + 1 : end + 21].hex() if fits else ""
        at = end + 21
    return ""


def _next(objects: Iterator[GitObject], kind: str, oid: str) -> bytes | None:
    """The bytes of the next object, if it is the one that is wanted."""
    found = next(objects, None)
    return found.body if found is not None and found.kind == kind and found.oid == oid else None


def _parsed(data: bytes) -> Iterator[GitObject]:
    """The objects of what was kept; a damaged one ends them."""
    at = 0
    while at < len(data):
        end = data.find(b"\0", at, at + 40)
        kind, _, size = data[at:end].partition(b" ")
        if end < 0 or not size.isdigit() or end + 1 + int(size) > len(data):
            yield GitObject("damaged", b"")
            return
        yield GitObject(kind.decode("ascii", "replace"), data[end + 1 : end + 1 + int(size)])
        at = end + 1 + int(size)
