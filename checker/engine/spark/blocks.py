"""What passes between the steps of grouping on Spark: blocks of sorted keys, links, and trouble, each one row.

A block has the keys of one file that fall into one part, and the texts that have them, as bytes. Spark moves some
thousand blocks instead of millions of rows, each of which would cost it more than the kernel takes.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.engine.ranges import KEYS
from checker.engine.seam import GroupKernel
from checker.engine.spark.rows import Answer, Kind, refusal
from checker.engine.worker import for_want_of_memory
from checker.errors import HeadwaterError
from checker.store.shared import SharedStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyarrow import RecordBatch

FILES = ("key", "digest", "first", "entries")
# `kind`: BLOCK, or one of `rows.Kind`, then `block` is its content. Partitions are made by `slot`.
BLOCKS = "slot int, part int, first long, piece int, kind string, block binary"
# `kind`: LINKS, or ROWS, then `links` says of how many keys they are, or one of `rows.Kind`.
LINKED = "part int, piece int, kind string, links binary"
BLOCK, LINKS, ROWS = "block", "links", "rows"
_ROW_BYTES = 12


class Task(NamedTuple):
    """What the workers need, pickled once. They read from `folder` where they share it, else from `stores`."""

    run: str
    kernel: GroupKernel
    folder: Path | None
    stores: tuple[SharedStore, ...] = ()


class Range(NamedTuple):
    """Parts `begin` to `end` (exclusive), of `parts` equal ones of all keys."""

    begin: int
    end: int
    parts: int

    def first_key(self, part: int) -> int:
        """Where a part begins; the one behind the last begins where all keys end."""
        return KEYS * part // self.parts


class Block(NamedTuple):
    """Sorted keys of one file, and the texts that have them."""

    keys: NDArray[np.uint64]
    ids: NDArray[np.uint32]

    def between(self, low: int, high: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """See `ranges.Keys`."""
        import numpy as np

        begin = int(np.searchsorted(self.keys, np.uint64(low)))
        end = int(np.searchsorted(self.keys, np.uint64(high - 1), side="right"))
        return self.keys[begin:end], self.ids[begin:end]

    def packed(self) -> bytes:
        """All keys, then all ids, little-endian."""
        return self.keys.astype("<u8", copy=False).tobytes() + self.ids.astype("<u4", copy=False).tobytes()


def unpacked(data: object) -> Block:
    """The block in a buffer, which it keeps."""
    import numpy as np

    octets = np.frombuffer(data, np.uint8)  # type: ignore[call-overload]  # a buffer of Arrow's
    rows = len(octets) // _ROW_BYTES
    return Block(octets[: 8 * rows].view("<u8"), octets[8 * rows :].view("<u4"))


class Cut(NamedTuple):
    """A row of BLOCKS. `first` numbers the file's texts; `piece` counts the blocks of one file in one part."""

    slot: int
    part: int
    first: int
    piece: int
    kind: str
    block: bytes


class Found(NamedTuple):
    """A row of LINKED. `piece` counts those of one part."""

    part: int
    piece: int
    kind: str
    links: bytes


def batch_of(rows: Iterable[Cut]) -> RecordBatch:
    """Rows for the shuffle."""
    import pyarrow as pa

    types = (pa.int32(), pa.int32(), pa.int64(), pa.int32(), pa.string(), pa.binary())
    return _batch(rows, Cut._fields, types)


def links_of(rows: Iterable[Found]) -> RecordBatch:
    """Rows for the driver."""
    import pyarrow as pa

    return _batch(rows, Found._fields, (pa.int32(), pa.int32(), pa.string(), pa.binary()))


def careful(step: Callable[[], Iterable[RecordBatch]], tell: Callable[[Answer], RecordBatch]) -> Iterator[RecordBatch]:
    """What the step gives; what it raises becomes the last row, for Spark would only try the same again."""
    try:
        yield from step()
    except (ImportError, AttributeError) as error:
        yield tell(Answer(0, Kind.STRANGER, str(error)))
    except HeadwaterError as error:
        yield tell(refusal(0, error))
    except Exception as error:  # noqa: BLE001 - sent to the driver, which raises it
        yield tell(Answer(0, Kind.MEMORY if for_want_of_memory(error) else Kind.FAULT, traceback.format_exc()))


@lru_cache(maxsize=1)
def task_of(packed: bytes) -> Task:
    """What our own driver has pickled, and Spark has brought like the function that asks for it."""
    task: Task = pickle.loads(packed)  # noqa: S301 - see the docstring
    return task


def _batch(rows: Iterable[tuple[object, ...]], names: tuple[str, ...], types: tuple[object, ...]) -> RecordBatch:
    import pyarrow as pa

    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=names)
