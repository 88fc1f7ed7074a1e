"""How DVC names objects and where it keeps them, in a cache as in a remote."""

from __future__ import annotations

import re

HASH_NAMES = ("md5", "md5-dos2unix")
OBJECT_HASH = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


def object_path(oid: str, hash_name: str) -> str:
    """`files/md5/ab/cd…`, or `ab/cd…` as DVC 2 wrote it (`md5-dos2unix`)."""
    return f"{'files/md5/' if hash_name == 'md5' else ''}{oid[:2]}/{oid[2:]}"
