"""The keys by which near-copies meet, out of the evidence about the text of one shard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.model.text import BANDS, TextEntry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Another number for each band, so that equal keys of different bands do not meet.
_SALT = 0x9E3779B97F4A7C15


class BandKeys:
    """A key a band for each document of a shard; its documents are numbered from `first`.

    Nothing is held between calls: each reads the signatures anew, 128 bytes a document, from where the store keeps
    them. Documents without text have no keys.
    """

    def __init__(self, entry: TextEntry, first: int) -> None:
        self._entry, self._first = entry, first

    def count(self, low: int, high: int) -> int:
        """How many entries have `low <= key < high`."""
        return len(self.between(low, high)[0])

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The keys with `low <= key < high`, ascending, and the document of each. Raises EvidenceDamaged."""
        import numpy as np

        from checker.compare.banding import band_key

        documents = self._entry.documents()
        filled = np.flatnonzero(documents.tokens)
        signatures = documents.signatures[filled]
        kept_keys, kept_documents = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        for band in range(BANDS):
            keys = band_key(signatures, band) ^ np.uint64(_SALT * band % 2**64)
            inside = (keys >= np.uint64(low)) & (keys <= np.uint64(high - 1))
            kept_keys.append(keys[inside])
            kept_documents.append(filled[inside] + self._first)
        found, ids = np.concatenate(kept_keys), np.concatenate(kept_documents)
        order = np.lexsort((ids, found))
        return found[order], ids[order]
