"""Measures a random share again: kept evidence that its own bytes do not give was forged, or made by another code."""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from hashlib import sha256

from checker.errors import UsageError
from checker.model.text import ShardText
from checker.store.encoding import canonical, encode
from checker.store.entries import Kept


def share_of(text: str) -> float:
    """`5%` or `0.05` as a share in (0, 1]. Raises UsageError for anything else."""
    number = text.strip()
    try:
        share = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise UsageError(
            f"{text!r} is no share to measure again", hint="write a percentage such as 5%, or 100% for all"
        )
    return share


def pick_share(keys: Collection[str], share: float, seed: str = "") -> frozenset[str]:
    """A random share of the keys, rounded up, so at least one of any.

    Which ones nobody can foresee who does not know the seed; without one it is drawn from the system's random source.
    The same seed and keys give the same choice, in any order.
    """
    secret = seed.encode() if seed else os.urandom(32)
    count = math.ceil(len(set(keys)) * share)
    ranked = sorted(set(keys), key=lambda key: sha256(secret + b"\0" + key.encode()).digest())
    return frozenset(ranked[:count])


def differs(measured: Kept | ShardText, kept: Kept | ShardText) -> bool:
    """Whether two pieces of evidence differ in a single bit of what they say."""
    if isinstance(measured, Kept) and isinstance(kept, Kept):
        return canonical(encode(measured.composition)) != canonical(encode(kept.composition))
    if isinstance(measured, ShardText) and isinstance(kept, ShardText):
        from checker.store.text_writer import digest_of_text

        return digest_of_text(measured) != digest_of_text(kept)
    raise TypeError("a composition can only differ from a composition, and text from text")
