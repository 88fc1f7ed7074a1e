"""Words of a sample as ranks in its vocabulary: the frequent ones take a byte, so that zstd meets what recurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

# The first byte of a rank says how many follow: ranks below _TWO take one byte, the next _THREE two, all others three.
# Chosen on real text; 64 * 65,536 ranks of three bytes are more than the words of the largest sample.
_TWO = 144
_LEADS = 48
_THREE = _LEADS * 256
_FIRST_OF_THREE = _TWO + _LEADS
MAX_RANKS = _TWO + _THREE + (256 - _FIRST_OF_THREE) * 65536
_TABLE_BITS = 18


def encode_ranks(words: NDArray[Any]) -> list[bytes]:
    """All first bytes, all second ones, all third ones, and the four planes of the vocabulary's steps.

    The vocabulary is in the order of falling frequency, and among words of equal frequency of their hashes. Raises
    ValueError for more distinct words than three bytes can tell.
    """
    import numpy as np

    native = words.astype("u4", copy=False)
    vocabulary, ranks = _ranked(native)
    two = ranks >= _TWO
    above = ranks[two] - np.uint32(_TWO)
    three = above >= _THREE
    beyond = above[three] - np.uint32(_THREE)
    leads = _TWO + (above >> np.uint32(8))
    leads[three] = _FIRST_OF_THREE + (beyond >> np.uint32(16))
    first = ranks.astype("u1")
    first[two] = leads
    parts = (first, above, beyond >> np.uint32(8))  # as _THREE is a multiple of 256, `above` ends as `beyond` does
    steps = np.diff(vocabulary, prepend=np.uint32(0)).astype("<u4").view("u1").reshape(-1, 4)
    return [*(part.astype("u1").tobytes() for part in parts), *(steps[:, place].tobytes() for place in range(4))]


def decode_ranks(data: NDArray[Any], count: int) -> NDArray[Any]:
    """The `count` words whose encoding this is, as uint32. Raises ValueError for any other bytes."""
    import numpy as np

    first = data[:count]
    two, three = first >= _TWO, first >= _FIRST_OF_THREE
    seconds = count + int(np.count_nonzero(two))
    thirds = seconds + int(np.count_nonzero(three))
    if len(data) < thirds or (len(data) - thirds) % 4:
        raise ValueError("its sample is cut off")
    ranks = first.astype("u4")
    ranks[two] = _TWO + (ranks[two] - _TWO) * 256 + data[count:seconds]
    third = data[seconds:thirds].astype("u4")
    ranks[three] = (first[three] - _FIRST_OF_THREE).astype("u4") * 65536 + third * 256 + (ranks[three] - _TWO) % 256
    ranks[three] += np.uint32(_TWO + _THREE)
    steps = np.ascontiguousarray(data[thirds:].reshape(4, -1).T).view("<u4").reshape(-1)
    vocabulary = np.cumsum(steps, dtype="u4")
    if count and int(ranks.max()) >= len(vocabulary):
        raise ValueError("its sample names words that its vocabulary does not have")
    words: NDArray[Any] = vocabulary[ranks]
    return words


def _ranked(words: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The vocabulary, and the rank of each word."""
    import numpy as np

    ascending, counts = np.unique(words, return_counts=True)
    if len(ascending) > MAX_RANKS:
        raise ValueError("sample_tokens has more distinct words than can be told")
    order = np.argsort(-counts, kind="stable")
    vocabulary = ascending[order]
    place_of = np.empty(len(order), "u4")
    place_of[order] = np.arange(len(order), dtype="u4")
    # A search for every word would take ten times as long: words are looked up by their upper bits, where of several
    # the most frequent, put in last, stays; the few others are searched for.
    shift = np.uint32(32 - _TABLE_BITS)
    table = np.zeros(1 << _TABLE_BITS, "u4")
    table[vocabulary[::-1] >> shift] = np.arange(len(order), dtype="u4")[::-1]
    ranks = table[words >> shift]
    others = np.flatnonzero(vocabulary[ranks] != words) if len(words) else np.empty(0, "i8")
    ranks[others] = place_of[np.searchsorted(ascending, words[others])]
    return vocabulary, ranks
