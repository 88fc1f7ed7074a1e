"""What runs in a worker of Spark: one row in is one shard, one row out is what came of it. Imports nothing of Spark."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import added
from checker.engine.seam import Descriptor, Work
from checker.engine.spark.handshake import stamp
from checker.engine.spark.publishing import Publishing, desk, keep_compiled_code
from checker.engine.spark.rows import Answer, Kind, answer, refusal
from checker.engine.worker import for_want_of_memory
from checker.errors import HeadwaterError
from checker.model.composition import Unmeasured

if TYPE_CHECKING:
    from pyarrow import RecordBatch


class Assignment(NamedTuple):
    """What a worker needs for all shards of a run, pickled once. `publishing`: None where it shares the cache's folder.

    `run` tells runs apart: nothing is remembered from one to the next.
    """

    run: str
    work: Work
    publishing: Publishing | None


def run(batches: Iterable[RecordBatch], expected: str, plugins: Sequence[str], packed: bytes) -> Iterator[RecordBatch]:
    """Answers (`rows.SCHEMA`) for rows of (number, pickled descriptor). Nothing is unpickled by an unfit worker."""
    found = stamp(plugins)
    for batch in batches:
        numbers, payloads = batch.column(0).to_pylist(), batch.column(1).to_pylist()
        for number, payload in zip(numbers, payloads, strict=True):
            yield _row(_answer(number, payload, packed) if found == expected else Answer(number, Kind.OTHER, found))


def _answer(number: int, payload: bytes, packed: bytes) -> Answer:
    try:
        assignment, descriptor = _assignment(packed), _unpacked(payload)
    except (ImportError, AttributeError, TypeError) as error:  # another build of the same version takes other arguments
        return Answer(number, Kind.STRANGER, str(error))
    except Exception:  # noqa: BLE001 - a pickle may raise anything; sent to the driver, as below
        return Answer(number, Kind.FAULT, traceback.format_exc())
    try:
        return _done(number, descriptor, assignment)
    except HeadwaterError as error:
        return refusal(number, error)
    except Exception as error:  # noqa: BLE001 - sent to the driver, which raises it with the path of the shard
        return Answer(number, Kind.MEMORY if for_want_of_memory(error) else Kind.FAULT, traceback.format_exc())


def _done(number: int, descriptor: Descriptor, assignment: Assignment) -> Answer:
    work, publishing = assignment.work, assignment.publishing
    added.activate(work.plugins)
    if publishing is None:
        return answer(number, work.kernel(descriptor, work))
    keep_compiled_code()
    with desk(publishing) as here:
        here.bring(descriptor.text)
        result = work.kernel(descriptor, work._replace(cache=here.cache))
        if isinstance(result, Unmeasured) or result.trouble:
            return answer(number, result)
        return answer(number, result, here.publish(result))


@lru_cache(maxsize=1)
def _assignment(packed: bytes) -> Assignment:
    """Once a run: connections to stores are kept from shard to shard."""
    found: Assignment = _unpacked(packed)
    return found


def _unpacked(data: bytes) -> Any:
    """What our own driver has pickled, and Spark has brought like the function that calls this."""
    return pickle.loads(data)  # noqa: S301 - see the docstring


def _row(one: Answer) -> RecordBatch:
    import pyarrow as pa

    columns = [pa.array([one.number], pa.int64()), pa.array([one.kind.value]), pa.array([one.content])]
    return pa.record_batch(columns, names=["number", "kind", "content"])
