"""Key files of simulated documents, as many as one likes: what every engine groups, without any text.

20 % of the documents are in clusters of two to six, of which each band is shared with a chance of 0.25, 0.5 or 0.8 a
document; 2 % are in chains of 50, where neighbors share one band; one key is that of 1 % of all (boilerplate). Members
of a cluster lie in different shards. What a document's keys are follows from its number and the seed alone, so a shard
is made without the others: memory is that of one shard, and of it one band.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from math import gcd

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import ID_BITS, ids_in, with_ids
from checker.engine.seam import KeyFile
from checker.model.text import BANDS
from checker.store import EvidenceCache
from checker.store.keys_layout import BAND_SHIFT, LOW_BITS, Head
from checker.store.keys_writer import Band

Numbers = NDArray[np.uint64]

_IN_CLUSTERS, _IN_CHAINS, _HOT = 0.20, 0.02, 0.01
_SIZES = (2, 3, 4, 5, 6)
_CHANCES = (0.25, 0.5, 0.8)
_CHAIN = 50
_ALONE, _CLUSTER, _CHAINED, _COMMON, _DRAW = range(5)
_GOLDEN = 0x9E3779B97F4A7C15


def simulate(cache: EvidenceCache, documents: int, shards: int, seed: int = 1) -> list[KeyFile]:
    """Write the key files into the cache, one a shard; the same arguments give the same bytes. Raises OSError."""
    bounds = [documents * number // shards for number in range(shards + 1)]
    files = []
    for number in range(shards):
        first, count = bounds[number], bounds[number + 1] - bounds[number]
        text = sha256(f"simulated {documents} {shards} {number} {seed}".encode()).hexdigest()
        kept = cache.keep_keys(Head(text, count), _bands(first, count, documents, seed))
        if kept is None:
            raise OSError(cache.note)
        files.append(KeyFile(kept.key, kept.digest, first, kept.head.entries))
    return files


def keys_of(numbers: Numbers, band: int, documents: int, seed: int) -> Numbers:
    """The 64 bits from which the key of each of these documents in a band is taken."""
    place = _places(numbers, documents)
    clustered, chained = int(documents * _IN_CLUSTERS), int(documents * _IN_CHAINS) // _CHAIN * _CHAIN
    keys = _mixed(_ALONE, numbers, band, seed)
    inside = place < clustered
    members = _cluster_of(place[inside])
    drawn = _mixed(_DRAW, numbers[inside], band, seed) >> np.uint64(11)
    chance = np.array(_CHANCES)[(members % np.uint64(len(_CHANCES))).astype(np.int64)]
    sharing = drawn.astype(np.float64) / 2**53 < chance
    keys[np.flatnonzero(inside)[sharing]] = _mixed(_CLUSTER, members[sharing], band, seed)
    link = _links(place - np.uint64(clustered), band)
    inside = (place >= clustered) & (place < clustered + chained) & (link != _NO_LINK)
    keys[inside] = _mixed(_CHAINED, link[inside], band, seed)
    if band == 0:
        begin = clustered + chained
        keys[(place >= begin) & (place < begin + int(documents * _HOT))] = _mixed(
            _COMMON, np.zeros(1, np.uint64), 0, seed
        )
    return keys


def _bands(first: int, count: int, documents: int, seed: int) -> Iterator[Band]:
    numbers = np.arange(first, first + count, dtype=np.uint64)
    for band in range(BANDS):
        column = with_ids(keys_of(numbers, band, documents, seed))
        keys = (column >> np.uint64(ID_BITS) << np.uint64(LOW_BITS)) | np.uint64(band << BAND_SHIFT)
        yield Band(keys, ids_in(column).astype(np.uint32))


def _places(numbers: Numbers, documents: int) -> Numbers:
    """Another order of all documents, so that neighbors in it lie in different shards."""
    step = int(documents * 0.6180339887) | 1
    while gcd(step, documents) > 1:
        step += 2
    # Below 2**63 for up to 3e9 documents.
    return np.asarray(numbers * np.uint64(step) % np.uint64(max(1, documents)))


def _cluster_of(place: Numbers) -> Numbers:
    """Of twenty places in a row two are of the first cluster, three of the second, and so on."""
    ends = np.cumsum(_SIZES).astype(np.uint64)
    within = np.searchsorted(ends, place % ends[-1], side="right").astype(np.uint64)
    return np.asarray(place // ends[-1] * np.uint64(len(_SIZES)) + within)


_NO_LINK = np.uint64(2**64 - 1)


def _links(place: Numbers, band: int) -> Numbers:
    """Which link of its chain a document shares in this band, as one number; each shares one with either neighbor."""
    at, size = place % np.uint64(_CHAIN), np.uint64(_CHAIN)
    found = np.full(len(place), _NO_LINK, np.uint64)
    for step in (0, 1):  # with the one behind, with the one before
        meets = ((at - np.uint64(step)) * np.uint64(7) % np.uint64(BANDS) == band) & (at >= step)
        meets &= (at - np.uint64(step)) < size - np.uint64(1)
        found[meets] = (place - np.uint64(step))[meets]
    return found


def _mixed(tag: int, numbers: Numbers, band: int, seed: int) -> Numbers:
    """A round of SplitMix64: as good as random, and the same on any machine."""
    salt = (_GOLDEN * (tag + 1 + 8 * band + 1024 * seed)) % 2**64
    mixed = (numbers ^ np.uint64(salt)) + np.uint64(_GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed)
