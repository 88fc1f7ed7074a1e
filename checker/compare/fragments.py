"""Passages in common: sampled 13-grams of one side that stand on the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from checker.model.text import TextSource

GRAM_TOKENS = 13
SAMPLED_ONE_IN = 64
_SURE = 0.95


def smallest_visible_tokens() -> int:
    """The shortest passage of which a sampled 13-gram is seen with 95 %.

    A passage of t tokens has t - 12 of them, and all are missed with probability (63/64) ** (t - 12).
    """
    return GRAM_TOKENS - 1 + math.ceil(math.log(1 - _SURE) / math.log(1 - 1 / SAMPLED_ONE_IN))


def shared_fragments(sources: Sequence[TextSource], against: Sequence[TextSource]) -> tuple[int, int]:
    """Distinct sampled 13-grams of `against`, and how many of them stand in `sources`."""
    wanted = np.empty(0, np.uint64)
    for source in against:
        wanted = np.union1d(wanted, source.entry.stats().fragments)
    found = np.zeros(len(wanted), dtype=bool)
    for source in sources:
        _mark(wanted, found, source.entry.stats().fragments)
    return len(wanted), int(found.sum())


def _mark(wanted: NDArray[np.uint64], found: NDArray[np.bool_], fragments: NDArray[np.uint64]) -> None:
    if not len(wanted) or not len(fragments):
        return
    if len(fragments) > len(wanted):
        found |= _holds(fragments, wanted)
    else:
        places = np.searchsorted(wanted, fragments)
        found[places[_holds(wanted, fragments)]] = True


def _holds(column: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the keys stand in an ascending column."""
    places = np.minimum(np.searchsorted(column, keys), len(column) - 1)
    found: NDArray[np.bool_] = column[places] == keys
    return found
