"""`--slice i/n`: which shards are this run's share, by their content, so that every machine answers alike."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

from checker.errors import UsageError

_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


class Slice(NamedTuple):
    """Share `number` of `of` shares, counted from 1. The shares are disjoint and together they are the whole."""

    number: int
    of: int

    def has(self, shard_hash: str) -> bool:
        """Whether the shard is in this share. The recorded hash is hashed again: not every kind of it is even."""
        return slice_with(shard_hash, self.of) == self


def slice_with(shard_hash: str, of: int) -> Slice:
    """The share, of so many, that the shard is in."""
    digest = sha256(shard_hash.encode("utf-8", "surrogateescape")).digest()
    return Slice(int.from_bytes(digest[:8], "big") % of + 1, of)


def slice_of(text: str) -> Slice:
    """`i/n` with 1 <= i <= n. Raises UsageError."""
    found = _FORM.fullmatch(text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise UsageError(f"{text!r} is no slice", hint="write i/n with i from 1 to n, as in 3/16")
    return Slice(number, of)


def slices_of(text: str) -> int:
    """Of how many slices the whole is. Raises UsageError."""
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise UsageError(f"{text!r} is no number of slices", hint="write the n of the slices i/n, as in 16")
    return int(text)
