"""Keeps results by the evidence that they follow from, so that an unchanged dataset costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from checker.compare.verifying import LEAST_AGREEMENT
from checker.model.likeness import Copies, Duplication, Growth, Overlap, Pair, Place
from checker.model.text import TextSource
from checker.store.encoding import canonical
from checker.store.fitting import fitting
from checker.store.results import Results

# Raise it whenever the same evidence may give another result.
LIKENESS_VERSION = "likeness-4"

Result = TypeVar("Result", Duplication, Overlap, Growth)


class Kept:
    """One result: of a kind, from the shards on each side; examples name shards, so their names count too."""

    def __init__(self, cache: Path | None, kind: str, near: bool, *sides: Sequence[TextSource]) -> None:
        self._results = Results(cache)
        self._kind = kind
        parts = [sorted([source.dataset, source.shard, source.entry.digest] for source in side) for side in sides]
        self._key = sha256(canonical([LIKENESS_VERSION, LEAST_AGREEMENT, kind, near, parts])).hexdigest()

    def get(self, decode: Callable[[Mapping[str, Any]], Result]) -> Result | None:
        """The result, or None when there is none, or none that can be read."""
        found = self._results.get(self._kind, self._key)
        if found is None:
            return None
        try:
            return fitting(decode(found))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return None

    def put(self, result: Result) -> Result:
        """Keep a result, and return it."""
        self._results.put(self._kind, self._key, result._asdict())
        return result


def decode_duplication(found: Mapping[str, Any]) -> Duplication:
    """The inverse of `_asdict` and JSON."""
    whole, shards = Copies(*found["whole"]), {shard: Copies(*copies) for shard, copies in found["shards"].items()}
    return Duplication(**{**found, "whole": whole, "shards": shards, "pairs": _pairs(found["pairs"])})


def decode_overlap(found: Mapping[str, Any]) -> Overlap:
    """The inverse of `_asdict` and JSON."""
    return Overlap(**{**found, "pairs": _pairs(found["pairs"]), "evidence": tuple(found["evidence"])})


def decode_growth(found: Mapping[str, Any]) -> Growth:
    """The inverse of `_asdict` and JSON."""
    return Growth(**found)


def _pairs(found: Sequence[Any]) -> tuple[Pair, ...]:
    return tuple(Pair(Place(*one), Place(*other), float(share), exact) for one, other, share, exact in found)
