"""Candidates for near-duplicates: documents whose signatures share one of 20 bands of 8 values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.runs import HASHES, RANGE, SLICE, Corpus, Ids, Ranges, Slice, ids_in, runs_of, with_ids
from checker.model.text import BANDS

# Up to here all pairs of a bucket are compared (120). Above: each document with its neighbors and with the first.
SMALL_BUCKET = 16
NEIGHBORS = 4
# An odd number near 2**64 / golden ratio: its multiples spread over the high bits (Knuth, TAOCP 3, 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_VALUES = 8
# The first bands share no value. Of pairs between 0.80 and 0.97 they meet 99.25 %; the others, each of values of eight
# of them, bring that to 99.58 %.
_IN_A_ROW = 16
_CHUNK = 1 << 16


class Candidates(NamedTuple):
    """Pairs to be compared, and in how many buckets not all were paired."""

    one: Ids
    other: Ids
    boilerplate: int


def band_key(signatures: NDArray[np.uint8], band: int) -> NDArray[np.uint64]:
    """(n,) uint64: the eight values of a band as one number, spread so that its high bits depend on all of them."""
    key = np.ascontiguousarray(signatures[:, values_of(band)]).view("<u8")[:, 0]
    spread: NDArray[np.uint64] = (key ^ (key >> _HALF)) * _SPREAD
    return spread


def values_of(band: int) -> slice:
    """Which of the 128 values are those of a band: eight in a row, or every sixteenth."""
    if band < _IN_A_ROW:
        return slice(band * _VALUES, (band + 1) * _VALUES)
    return slice(band - _IN_A_ROW, None, _IN_A_ROW)


def slices_of(hashes: NDArray[np.uint64], signatures: NDArray[np.uint8], band: int) -> list[Slice]:
    """What a `Corpus` of these documents has as slices."""
    keys = hashes[:, 0] if band == HASHES else band_key(signatures, band)
    return [Slice(with_ids(keys[at : at + SLICE]), at) for at in range(0, len(keys), SLICE)]


def bucket_edges(keys: NDArray[np.uint64], docs: NDArray[np.int64]) -> NDArray[np.int64]:
    """(e, 2) int64: edges that connect the documents of each key, k - 1 for k documents, the smaller one first."""
    rows, ties = _repeated(keys)
    members = np.asarray(docs[rows], dtype=np.int64)
    if (ties & (members[1:] < members[:-1])).any():  # of one key in another order than that of the documents
        run = np.concatenate(([0], np.cumsum(~ties)))
        members = members[np.lexsort((members, run))]
    ties &= members[1:] != members[:-1]
    return np.stack((members[:-1][ties], members[1:][ties]), axis=1)


def _repeated(keys: NDArray[np.uint64]) -> tuple[Ids, NDArray[np.bool_]]:
    """The rows whose key another one has too, by key and row, and which of them has the key of the one before it.

    The bits in which the keys differ and the row make one number where both fit: sorting plain numbers takes a tenth
    of the time of an `argsort`.
    """
    if len(keys) < 2:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    varying = int(np.bitwise_or.reduce(keys ^ keys[0]))
    low = (varying & -varying).bit_length() - 1 if varying else 0
    free = 64 - max(1, varying.bit_length() - low)
    if (len(keys) - 1).bit_length() > free:
        order = np.argsort(keys, kind="stable")
        same = keys[order[1:]] == keys[order[:-1]]
        places = _beside(same)
        return order[places], same[places[1:] - 1]
    column = (keys >> np.uint64(low)) << np.uint64(free)
    column |= np.arange(len(keys), dtype=np.uint64)
    column.sort()
    same = (column[1:] ^ column[:-1]) >> np.uint64(free) == 0
    places = _beside(same)
    return ids_in(column[places], free), same[places[1:] - 1]


def _beside(same: NDArray[np.bool_]) -> Ids:
    """The places that are the same as the one before or behind them."""
    inside = np.zeros(len(same) + 1, dtype=bool)
    inside[1:] |= same
    inside[:-1] |= same
    return np.flatnonzero(inside)


def candidates(corpus: Corpus, band: int, most: int = RANGE) -> Iterator[Candidates]:
    """Pairs of documents that share the band: all of a small bucket, a chain and a star in a large one.

    At most about `most` keys are in memory at once.
    """
    ranges = Ranges(corpus.slices(band), corpus.count, most)
    for column in ranges.columns():
        yield paired(corpus, band, *runs_of(column, ranges.id_bits, corpus.living()))


def paired(corpus: Corpus, band: int, ids: Ids, starts: Ids, lengths: Ids) -> Candidates:
    """The pairs of some runs of texts that share the key of the band (see `runs_of`)."""
    run = np.repeat(np.arange(len(starts)), lengths)
    small = lengths[run] <= SMALL_BUCKET
    one, other = _windows(ids[small], run[small], SMALL_BUCKET)
    if small.all():
        return Candidates(one, other, 0)
    crowd = _crowds(corpus, band, ids[~small])
    return Candidates(np.concatenate((one, crowd.one)), np.concatenate((other, crowd.other)), crowd.boilerplate)


def _windows(ids: Ids, run: Ids, reach: int) -> tuple[Ids, Ids]:
    """Each document with the next `reach - 1` ones of its run."""
    ones, others = [ids[:0]], [ids[:0]]
    for step in range(1, min(reach, len(ids))):
        same = run[step:] == run[:-step]
        if not same.any():
            break
        ones.append(ids[:-step][same])
        others.append(ids[step:][same])
    return np.concatenate(ones), np.concatenate(others)


def _crowds(corpus: Corpus, band: int, ids: Ids) -> Candidates:
    """Large buckets, by their whole key.

    The order within one is of the next two bands, then of the hash: documents that share more stand together, and it
    does not depend on where a document lies.
    """
    keys = [keys_of(corpus, ids, (band + further) % BANDS) for further in range(3)]
    order = np.lexsort((corpus.hashes(ids)[:, 0], keys[2], keys[1], keys[0]))
    ids, key = ids[order], keys[0][order]
    begins = np.ones(len(ids), dtype=bool)
    begins[1:] = key[1:] != key[:-1]
    run = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, len(ids)))
    large = lengths[run] > SMALL_BUCKET
    pairs = [_windows(ids[~large], run[~large], SMALL_BUCKET), _windows(ids[large], run[large], NEIGHBORS + 1)]
    pairs.append((ids[starts[run]][large & ~begins], ids[large & ~begins]))
    return Candidates(
        np.concatenate([one for one, _ in pairs]),
        np.concatenate([other for _, other in pairs]),
        int((lengths > SMALL_BUCKET).sum()),
    )


def keys_of(corpus: Corpus, ids: Ids, band: int) -> NDArray[np.uint64]:
    """The whole keys of some documents."""
    keys = np.empty(len(ids), dtype=np.uint64)
    for start in range(0, len(ids), _CHUNK):
        keys[start : start + _CHUNK] = band_key(corpus.signatures(ids[start : start + _CHUNK]), band)
    return keys
