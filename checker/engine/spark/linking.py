"""The second step of grouping on Spark: a worker has all blocks of a part, and gives the kernel's links of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from checker.engine.ranges import Numbered, in_parts
from checker.engine.spark.blocks import (
    BLOCK,
    LINKS,
    ROWS,
    Block,
    Cut,
    Found,
    Range,
    careful,
    links_of,
    task_of,
    unpacked,
)
from checker.engine.spark.handshake import stamp
from checker.engine.spark.rows import Answer, Kind

if TYPE_CHECKING:
    from pyarrow import RecordBatch


# Rows that the kernel gets at once; besides them a worker holds the blocks of its parts.
_KERNEL_ROWS = 1 << 22
# Links in one row that goes to the driver, 16 bytes each.
_LINKS_AT_ONCE = 1 << 16


class _Held(NamedTuple):
    """A block with its place among those of its part."""

    first: int
    piece: int
    block: Block


def link(batches: Iterable[RecordBatch], expected: str, packed: bytes, parts: int) -> Iterator[RecordBatch]:
    """Rows of LINKED for rows of BLOCKS, in ascending order of the parts that came together here."""
    found = stamp()
    held: dict[int, list[_Held]] = {}
    for batch in batches:
        for _, part, first, piece, kind, block in zip(*map(batch.column, Cut._fields), strict=True):
            if kind.as_py() != BLOCK:
                yield links_of([Found(part.as_py(), 0, kind.as_py(), block.as_py())])
            else:
                one = _Held(first.as_py(), piece.as_py(), unpacked(block.as_buffer()))
                held.setdefault(part.as_py(), []).append(one)
    for part in sorted(held):

        def tell(trouble: Answer, part: int = part) -> RecordBatch:
            return links_of([Found(part, 0, trouble.kind.value, trouble.content.encode())])

        if found != expected:
            yield tell(Answer(0, Kind.OTHER, found))
            continue
        blocks = held.pop(part)
        yield from careful(partial(_link, part, blocks, packed, parts), tell)


def _link(part: int, held: list[_Held], packed: bytes, parts: int) -> Iterator[RecordBatch]:
    kernel = task_of(packed).kernel
    # They come from several workers in any order.
    held.sort(key=lambda one: (one.first, one.piece))
    sources = [Numbered(one.block, one.first, len(one.block.keys)) for one in held]
    within = Range(part, part + 1, parts)
    span = (within.first_key(part), within.first_key(part + 1))
    piece = 0
    for links in in_parts(sources, kernel, parts, _KERNEL_ROWS, span):
        for at in range(0, len(links.edges), _LINKS_AT_ONCE):
            edges = links.edges[at : at + _LINKS_AT_ONCE].astype("<i8", copy=False)
            yield links_of([Found(part, piece, LINKS, edges.tobytes())])
            piece += 1
    rows = sum(source.entries for source in sources)
    yield links_of([Found(part, piece, ROWS, str(rows).encode())])
