"""The keys of the distinct texts of one shard, as an entry among the evidence keeps them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from checker.compare.banding import band_key
from checker.compare.exact import first_of_equal
from checker.compare.runs import ID_BITS, SLICE, ids_in, with_ids
from checker.model.text import BANDS, Documents
from checker.store.keys_layout import BAND_SHIFT, LOW_BITS
from checker.store.keys_writer import Band

_LOW, _ID = np.uint64(LOW_BITS), np.uint64(ID_BITS)


def distinct_signatures(documents: Documents) -> NDArray[np.uint8]:
    """(n, 128) uint8: those of the distinct texts that have a token, in the order of their first rows.

    The place of a text in it is its id in a segment (`segments.py`) and in the file of its keys.
    """
    full = np.flatnonzero(documents.tokens)
    first = np.unique(first_of_equal(documents.hashes[full]))
    signatures: NDArray[np.uint8] = documents.signatures[full[first]]
    return signatures


def bands_of(signatures: NDArray[np.uint8], most: int = SLICE) -> Iterator[Band]:
    """One band after the other, sorted. 40 bits of a key count, as in the columns of `runs.py`.

    Up to `most` texts (at most `SLICE`) are sorted as plain numbers that carry their ids, a tenth of the time.
    """
    for band in range(BANDS):
        keys = band_key(signatures, band)
        if len(keys) <= most:
            column = with_ids(keys)
            ids, tops = ids_in(column).astype(np.uint32), column >> _ID
        else:
            keys >>= _ID
            ids = np.argsort(keys, kind="stable").astype(np.uint32)
            tops = keys[ids]
        yield Band((tops << _LOW) | np.uint64(band << BAND_SHIFT), ids)
