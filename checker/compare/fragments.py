"""Passages in common: sampled 13-grams of one side that stand on the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.kernels.vocabulary import FRAGMENT_BITS, MOST_FRAGMENTS
from checker.model.text import TextSource

GRAM_TOKENS = 13
_SURE = 0.95
_LAST = 2**64 - 1


class Fragments(NamedTuple):
    """Distinct sampled 13-grams of one side, and how many of them the other has.

    `known_up_to`: the largest hash of which every shard says whether it has it.
    """

    distinct: int
    shared: int
    known_up_to: int = _LAST


def smallest_visible_tokens(known_up_to: int = _LAST) -> int:
    """The shortest passage of which a sampled 13-gram is seen with 95 %.

    A passage of t tokens has t - 12 of them, and all are missed with probability (1 - p) ** (t - 12), where p is one
    in 64, or less where shards so large were met that only their smaller hashes are known.
    """
    share = (known_up_to + 1) / 2**64 / 2**FRAGMENT_BITS
    return GRAM_TOKENS - 1 + math.ceil(math.log(1 - _SURE) / math.log1p(-share))


def shared_fragments(sources: Sequence[TextSource], against: Sequence[TextSource]) -> Fragments:
    """Sampled 13-grams of `against` that stand in `sources`, among those of which all shards tell."""
    wanted, last = np.empty(0, np.uint64), _LAST
    for source in against:
        fragments = source.entry.stats().fragments
        wanted, last = _merged(wanted, fragments), min(last, _known_up_to(fragments))
    found = np.zeros(len(wanted), dtype=bool)
    for source in sources:
        fragments = source.entry.stats().fragments
        last = min(last, _known_up_to(fragments))
        _mark(wanted, found, fragments)
    within = int(np.searchsorted(wanted, np.uint64(last), side="right"))
    return Fragments(within, int(found[:within].sum()), last)


def _merged(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The values of two ascending columns, each once; a stable sort merges runs, `np.union1d` is 20 times as slow."""
    both = np.concatenate((one, other))
    both.sort(kind="stable")
    first = np.ones(len(both), dtype=bool)
    first[1:] = both[1:] != both[:-1]
    return both[first]


def _known_up_to(fragments: NDArray[np.uint64]) -> int:
    """A shard that gave as many as are kept is silent about hashes above the last one."""
    return int(fragments[-1]) if len(fragments) >= MOST_FRAGMENTS else _LAST


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
