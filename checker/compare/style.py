"""How often the most frequent words come in chunks of 100 tokens: function words, in any language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.signals import CHUNK_TOKENS

WATCHED_TYPES = 60
# So many are counted that the 60 most frequent without any one block are among them.
_COUNTED_TYPES = 200


class Moments(NamedTuple):
    """Over chunks: how many, and for each type the sum and the sum of squares of its count in a chunk."""

    chunks: int
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    def only(self, types: NDArray[np.int64]) -> Moments:
        """Of these types, by their places."""
        return Moments(self.chunks, self.sums[types], self.squares[types])


def frequent(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The 200 most frequent types, ties by the hash of the word."""
    return np.argsort(-counts, kind="stable")[:_COUNTED_TYPES]


def moments(types: NDArray[np.int64], chosen: NDArray[np.int64]) -> Moments:
    """Of one block. `types`: (B,) the type of each token, -1 for a type unknown."""
    chunks = len(types) // CHUNK_TOKENS
    types = types[: chunks * CHUNK_TOKENS]
    order = np.argsort(chosen)
    places = np.minimum(np.searchsorted(chosen[order], types), len(chosen) - 1)
    known = chosen[order][places] == types
    cells = np.repeat(np.arange(chunks), CHUNK_TOKENS)[known] * len(chosen) + order[places[known]]
    table = np.bincount(cells, minlength=chunks * len(chosen)).reshape(chunks, len(chosen)).astype(np.float64)
    return Moments(chunks, table.sum(axis=0), (table * table).sum(axis=0))


def added(parts: Sequence[Moments]) -> Moments:
    """The moments of several blocks together."""
    return Moments(
        sum(part.chunks for part in parts),
        np.sum([part.sums for part in parts], axis=0),
        np.sum([part.squares for part in parts], axis=0),
    )


def shift_and_dispersion(block: Moments, reference: Moments) -> dict[str, float]:
    """Mean over types of |mean - reference mean| / reference sd, and of variance / reference variance.

    Types whose count never varies in the reference tell nothing and are left out; with none left there is no figure.
    """
    if block.chunks < 2 or reference.chunks < 2:
        return {}
    mean, variance = _mean_and_variance(block)
    reference_mean, reference_variance = _mean_and_variance(reference)
    varies = reference_variance > 0
    if not varies.any():
        return {}
    mean, variance = mean[varies], variance[varies]
    reference_mean, reference_variance = reference_mean[varies], reference_variance[varies]
    return {
        "style_shift": float((np.abs(mean - reference_mean) / np.sqrt(reference_variance)).mean()),
        "style_dispersion": float((variance / reference_variance).mean()),
    }


def _mean_and_variance(found: Moments) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Sums of whole numbers, so the difference is exact and a constant has variance 0.
    mean = found.sums / found.chunks
    return mean, (found.squares * found.chunks - found.sums**2) / (found.chunks * (found.chunks - 1.0))
