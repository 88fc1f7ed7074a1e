"""The first step of grouping on Spark: a worker opens key files and cuts the keys of some parts out of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.embedded import numbered
from checker.engine.ranges import Keys
from checker.engine.seam import KeyFile
from checker.engine.spark.blocks import BLOCK, FILES, Block, Cut, Range, Task, batch_of, careful, task_of
from checker.engine.spark.handshake import stamp
from checker.engine.spark.publishing import must_be_here
from checker.engine.spark.rows import Answer, Kind
from checker.store import EvidenceCache
from checker.store.sharing import Shared

if TYPE_CHECKING:
    from pyarrow import RecordBatch

# Keys in one block, 12 bytes each: what Spark and Arrow move at once stays small.
BLOCK_ROWS = 1 << 16
# Keys of one file that are in memory at once.
_READ_ROWS = 1 << 20


def cut(
    batches: Iterable[RecordBatch], expected: str, packed: bytes, within: Range, slots: tuple[int, ...]
) -> Iterator[RecordBatch]:
    """Rows of BLOCKS for rows of FILES. Nothing is unpickled by an unfit worker."""
    found = stamp()

    def tell(trouble: Answer) -> RecordBatch:
        return batch_of([Cut(slots[0], within.begin, 0, 0, trouble.kind.value, trouble.content.encode())])

    for batch in batches:
        if found != expected:
            yield tell(Answer(0, Kind.OTHER, found))
            continue
        files = map(KeyFile, *(batch.column(name).to_pylist() for name in FILES))
        yield from careful(partial(_cut_all, files, packed, within, slots), tell)


def _cut_all(files: Iterable[KeyFile], packed: bytes, within: Range, slots: tuple[int, ...]) -> Iterator[RecordBatch]:
    with _evidence(task_of(packed)) as cache:
        for file in files:
            source = numbered(file, cache)
            for window in _windows(within, source.entries):
                rows = list(_blocks(source.keys, file.first, window, within.begin, slots))
                if rows:
                    yield batch_of(rows)


def _windows(within: Range, entries: int) -> Iterator[Range]:
    """Parts that are read at once. Keys are hashes, so that each has about the same; of 32 bands 20 are in use."""
    step = max(1, _READ_ROWS * within.parts // max(1, 2 * entries))
    for begin in range(within.begin, within.end, step):
        yield Range(begin, min(begin + step, within.end), within.parts)


def _blocks(keys: Keys, first: int, window: Range, begin: int, slots: tuple[int, ...]) -> Iterator[Cut]:
    whole = Block(*keys.between(window.first_key(window.begin), window.first_key(window.end)))
    for part in range(window.begin, window.end):
        rows = Block(*whole.between(window.first_key(part), window.first_key(part + 1)))
        for piece, at in enumerate(range(0, len(rows.keys), BLOCK_ROWS)):
            block = Block(rows.keys[at : at + BLOCK_ROWS], rows.ids[at : at + BLOCK_ROWS])
            yield Cut(slots[(part - begin) % len(slots)], part, first, piece, BLOCK, block.packed())


@contextmanager
def _evidence(task: Task) -> Iterator[EvidenceCache]:
    """The folder that all share; else one for this task, with the shared stores behind it, which is gone afterwards."""
    if not task.stores:
        yield EvidenceCache(task.folder)
        return
    must_be_here(task.stores[0])
    folder = Path(tempfile.mkdtemp(prefix="headwater-"))
    try:
        yield EvidenceCache(folder, Shared(task.stores))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
