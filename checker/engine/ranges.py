"""Links between documents that share a key: range after range of keys, so that memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from checker.engine.seam import GroupKernel, Links

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEYS = 2**64
# Rows that are in memory at once, 12 bytes each, and what the kernel makes of a part of them.
MOST_ROWS = 1 << 24
# Rows of one part: what a kernel sorts at once should not be much more than fits into the processor's cache.
_PART_ROWS = 1 << 21
# 20 of 32 bands are in use, so 32 equal parts hold the keys of 20.
_LEAST_PARTS, _USED = 32, 20 / 32


class Keys(Protocol):
    """The keys of one shard's texts, sorted, wherever they are kept."""

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """The keys with `low <= key < high`, ascending, and the text of each."""


class Numbered(NamedTuple):
    """Keys whose texts are numbered from `first` on; `entries` of them in all."""

    keys: Keys
    first: int
    entries: int


class _Block(NamedTuple):
    keys: NDArray[np.uint64]
    ids: NDArray[np.uint32]
    first: int


def parts_for(entries: int) -> int:
    """Into how many parts so many keys are best cut: a power of two."""
    return max(_LEAST_PARTS, _power_from(entries / _USED / _PART_ROWS))


def in_parts(
    sources: Sequence[Numbered],
    kernel: GroupKernel,
    parts: int,
    most_rows: int = MOST_ROWS,
    within: tuple[int, int] = (0, KEYS),
) -> Iterator[Links]:
    """The kernel's links in ascending order of keys; those of one part may come in several pieces, or not at all.

    At most `most_rows` rows are in memory at once, or those of one key in one shard. `parts` is a power of two.
    `within`: the range in which the sources have all their keys, where that is known to be smaller.
    """
    sources = sorted(sources, key=lambda source: source.first)
    for low, high, blocks in _windows(sources, most_rows, within):
        if blocks is None:
            yield from (Links(low * parts // KEYS, edges) for edges in _one_key(sources, kernel, low, most_rows))
        else:
            for part, keys, docs in _cut(blocks, low, high, parts):
                edges = kernel(keys, docs)
                if len(edges):
                    yield Links(part, edges)


def _windows(
    sources: Sequence[Numbered], most_rows: int, within: tuple[int, int]
) -> Iterator[tuple[int, int, list[_Block] | None]]:
    """Ranges with their rows, in ascending order; None for the rows of a single key that are too many.

    Keys are hashes, so ranges of one width hold about the same: half as many as may be leaves room for chance.
    """
    count = _power_from(2 * sum(source.entries for source in sources) / _USED / most_rows)
    begin, width = within[0], within[1] - within[0]
    waiting = [(begin + width * at // count, begin + width * (at + 1) // count) for at in reversed(range(count))]
    while waiting:
        low, high = waiting.pop()
        blocks = _gathered(sources, low, high, most_rows)
        if blocks is not None or high - low == 1:
            yield low, high, blocks
        else:
            middle = (low + high) // 2
            waiting += [(middle, high), (low, middle)]


def _gathered(sources: Sequence[Numbered], low: int, high: int, most_rows: int) -> list[_Block] | None:
    """The rows of a range, source after source; None when they are too many."""
    blocks, rows = [], 0
    for source in sources:
        keys, ids = source.keys.between(low, high)
        rows += len(keys)
        if rows > most_rows:
            return None
        if len(keys):
            blocks.append(_Block(keys, ids, source.first))
    return blocks


def _cut(
    blocks: Sequence[_Block], low: int, high: int, parts: int
) -> Iterator[tuple[int, NDArray[np.uint64], NDArray[np.int64]]]:
    """The rows of a range by parts; a range may be a piece of one part."""
    import numpy as np

    first, last = low * parts // KEYS, (high - 1) * parts // KEYS
    starts = np.array([KEYS * part // parts for part in range(first + 1, last + 1)], dtype=np.uint64)
    bounds = [[0, *np.searchsorted(block.keys, starts).tolist(), len(block.keys)] for block in blocks]
    for at, part in enumerate(range(first, last + 1)):
        pieces = [
            _Block(block.keys[bound[at] : bound[at + 1]], block.ids[bound[at] : bound[at + 1]], block.first)
            for block, bound in zip(blocks, bounds, strict=True)
        ]
        keys, docs = _joined(pieces)
        if len(keys) > 1:
            yield part, keys, docs


def _joined(blocks: Sequence[_Block]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    import numpy as np

    rows = sum(len(block.keys) for block in blocks)
    keys, docs, at = np.empty(rows, np.uint64), np.empty(rows, np.int64), 0
    for block in blocks:
        end = at + len(block.keys)
        keys[at:end] = block.keys
        docs[at:end] = block.ids
        docs[at:end] += block.first  # not to the ids, which have 32 bits
        at = end
    return keys, docs


def _one_key(sources: Sequence[Numbered], kernel: GroupKernel, key: int, most_rows: int) -> Iterator[NDArray[np.int64]]:
    """A key that more documents share than fit (boilerplate): some shards at a time, each tied to the one before."""
    tie: list[_Block] = []
    waiting: list[_Block] = []
    for source in sources:
        keys, ids = source.keys.between(key, key + 1)
        if waiting and sum(len(block.keys) for block in waiting) + len(keys) > most_rows:
            yield kernel(*_joined([*tie, *waiting]))
            tie, waiting = [_last(waiting[-1])], []
        if len(keys):
            waiting.append(_Block(keys, ids, source.first))
    yield kernel(*_joined([*tie, *waiting]))


def _last(block: _Block) -> _Block:
    return block._replace(keys=block.keys[-1:], ids=block.ids[-1:])


def _power_from(number: float) -> int:
    """The smallest power of two that is at least the number."""
    power = 1
    while power < number:
        power *= 2
    return power
