"""Where a shared store is: any URL that fsspec knows, or a folder; never one with a secret in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from checker.errors import UsageError
from checker.model.nothing import NOTHING

if TYPE_CHECKING:
    from typing import TypeAlias

    from fsspec import AbstractFileSystem

    # A file system and the path in it.
    Connected: TypeAlias = tuple[AbstractFileSystem, str]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


class Address(NamedTuple):
    """`url` as people may read it. `options` are fsspec's for this file system.

    `connect`, where given, makes the file system and the path in it instead (a prefix in a DVC remote).
    """

    url: str
    options: Mapping[str, object] = NOTHING
    connect: Callable[[], Connected] | None = None

    @property
    def scheme(self) -> str:
        """`s3`, `https`, …; empty for a folder of this machine."""
        found = _SCHEME.match(self.url)
        return "" if found is None or found[1].lower() in ("file", "local") else found[1].lower()

    @property
    def folder(self) -> Path | None:
        """The folder of this machine, where it is one."""
        if self.scheme or self.connect is not None:
            return None
        path = unquote(urlsplit(self.url).path) if _SCHEME.match(self.url) else self.url
        return Path(path).expanduser()


def address_of(url: str, base: Path | None = None) -> Address:
    """The address in settings or on the command line; a relative path counts from `base`.

    Raises UsageError for a URL that holds a password, a signature or a chain of file systems.
    """
    parts = urlsplit(url)
    bare = not _SCHEME.sub("", url, count=1).strip("/") and url.strip("/") != ""
    if "::" in url or not url.strip() or bare or any(not char.isprintable() for char in url):
        raise UsageError(f"{url!r} is no address of an evidence store", hint="name a folder or a URL such as s3://…")
    if _SCHEME.match(url) and (":" in parts.netloc.rpartition("@")[0] or parts.query or parts.fragment):
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise UsageError(
            f"the address of the evidence store {shown} holds credentials or a query",
            hint="give credentials to this machine (environment, profile, instance role) and leave them out of the URL",
        )
    if not _SCHEME.match(url) and base is not None:
        return Address(str(base / Path(url).expanduser()))
    return Address(url.rstrip("/") if _SCHEME.match(url) else url)
