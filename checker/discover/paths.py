"""Where a path that DVC metadata names really lies; hostile paths are found here."""

from __future__ import annotations

import re
from typing import NamedTuple

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_DRIVE = re.compile(r"[A-Za-z]:(?![/]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEFINITIONS = ("dvc.yaml", "dvc.lock")


class Place(NamedTuple):
    """A path relative to the git root, or the address of something outside of it, or why it is neither."""

    path: str = ""
    url: str | None = None
    fault: str = ""


def shown(text: object) -> str:
    """A name for a message: short, and printable whatever it holds (also text direction marks)."""
    plain = repr(str(text))
    return plain if len(plain) <= 100 else f"{plain[:97]}..."


def dependency(written: object, folder: str) -> Place:
    """Where a dependency lies. URLs and absolute paths are outside of the repository, as DVC permits."""
    fault = _unusable(written)
    if fault:
        return Place(fault=fault)
    text = str(written)
    if _SCHEME.match(text) or text.startswith("/"):
        return Place(text, url=text)
    path = joined(folder, text)
    if path is None:
        return Place(fault=f"the path {shown(text)} leaves the repository")
    if ".git" in path.lower().split("/"):
        return Place(fault=f"the path {shown(text)} points into git's own folder")
    return Place(path)


def output(written: object, folder: str, root: str, *, cached: bool) -> Place:
    """Where an output lies: inside its DVC root, unless DVC does not keep it (`cache: false`)."""
    place = dependency(written, folder)
    if place.fault:
        return place
    if place.url is not None:
        fault = "" if not cached else f"the output {shown(written)} lies outside of the repository and is cached"
        return place._replace(fault=fault)
    if place.path == root or not is_inside(place.path, root):
        return Place(fault=f"the output {shown(written)} is not inside the DVC root {shown(root or '.')}")
    parts = place.path.lower().split("/")
    if ".dvc" in parts:
        return Place(fault=f"the output {shown(written)} points into DVC's own folder")
    if parts[-1] in _DEFINITIONS or parts[-1].endswith(".dvc"):
        return Place(fault=f"the output {shown(written)} is a DVC file itself")
    return place


def member(relpath: object) -> str | None:
    """The path of a file inside a dataset, or None when it is hostile."""
    if _unusable(relpath) or str(relpath).startswith("/"):
        return None
    text = str(relpath)
    return text if joined("", text) == text else None


def joined(folder: str, written: str) -> str | None:
    """`written` seen from `folder`, without `.` and `..`; None when it climbs out of the git root."""
    parts = folder.split("/") if folder else []
    for part in written.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it; everything lies below `""`."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def parent(path: str) -> str:
    """The folder of a path, `""` at the top."""
    return path.rpartition("/")[0]


def _unusable(written: object) -> str:
    if not isinstance(written, str) or not written:
        return f"a path is expected, not {shown(written) if written else 'nothing'}"
    if _CONTROL.search(written):
        return f"the path {shown(written)} holds a control character"
    if "\\" in written or _DRIVE.match(written):
        return f"the path {shown(written)} is a Windows path; DVC writes forward slashes"
    return ""
