"""Groups key files on Spark: some parts after the other, each the work of one job, with two jobs under way."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from checker.engine.seam import GroupKernel, KeyFile, Links
from checker.engine.spark.blocks import BLOCKS, FILES, LINKED, LINKS, ROWS, Found, Range, Task
from checker.engine.spark.cutting import cut
from checker.engine.spark.handing import stores_of
from checker.engine.spark.handshake import stamp
from checker.engine.spark.linking import link
from checker.engine.spark.refusals import raised
from checker.engine.spark.rows import Answer, Kind
from checker.engine.spark.session import Session
from checker.engine.spark.slots import slots
from checker.engine.spark.troubles import put_in_words
from checker.errors import EngineError, EvidenceDamaged, HeadwaterError
from checker.model.text import BANDS
from checker.store import EvidenceCache
from checker.store.entries import KEYS, Name
from checker.store.keys_layout import BAND_SHIFT
from checker.store.transfer import push

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame

# Keys of the first job. When all of them are equal, its links take 256 MB in the driver.
_FIRST_ROWS = 1 << 24
# Keys of a later one, at most: 3 GB in the shuffle.
_MOST_ROWS = 1 << 28
# Links that one job may bring to the driver, 16 bytes each, going by the jobs before it.
_LINKS = 1 << 24
_AT_ONCE = 2
# A task of Spark has at least so many keys, where there are enough for some tasks.
_TASK_ROWS = 1 << 18
_LEAST_TASKS = 4
# Rows that go to a worker of Python at once: blocks of up to 768 KB.
_BATCH = 64
_LINK_BYTES = 16
_MOST_DIGITS = 20
_AGAIN = "run the command again; if it happens again, do without --engine spark, and tell us"
_HONEST = "see who can reach the workers and their Python; an honest worker answers otherwise"
_TROUBLES = frozenset(kind.value for kind in (Kind.OTHER, Kind.STRANGER, Kind.MEMORY, Kind.FAULT, Kind.REFUSED))


def group(
    session: Session, files: Sequence[KeyFile], kernel: GroupKernel, cache: EvidenceCache, parts: int
) -> Generator[Links, None, None]:
    """As the seam says. Raises EngineError where Spark fails, or loses rows or gives some twice."""
    files = [file for file in files if file.entries]
    if not files:
        return
    entries, rows = sum(file.entries for file in files), 0
    texts = max(file.first + file.entries // BANDS for file in files)
    packed = _packed(session, files, kernel, cache)
    job = _Job(session, _table(session, files), len(files), entries, texts, packed, stamp())
    with closing(_in_order(job, Plan(entries, parts))) as found:
        for one in found:
            if one.kind == LINKS:
                yield Links(one.part, _edges(one.links))
            elif one.kind == ROWS:
                rows += _rows([one])
            else:
                raise _trouble(Answer(0, Kind(one.kind), one.links.decode("utf-8", "replace")), job.stamp)
    if rows != entries:
        raise EngineError(
            f"Spark at {session.where} has grouped {rows} keys of {entries}",
            hint=_AGAIN,
        )


class Plan:
    """Cuts all parts into jobs, the next one by what the ones before brought."""

    def __init__(self, entries: int, parts: int) -> None:
        self._parts, self._next, self._last = parts, 0, used(parts)
        self._per_part = entries / self._last
        self._rows, self._links = 0, 0

    def next(self) -> Range | None:
        """None when all parts have been given out."""
        if self._next >= self._last:
            return None
        rows = _FIRST_ROWS
        if self._rows:
            rows = max(rows, min(_MOST_ROWS, _LINKS * self._rows // max(1, self._links)))
        begin = self._next
        self._next = min(self._last, begin + max(1, int(rows / self._per_part)))
        return Range(begin, self._next, self._parts)

    def learn(self, rows: int, links: int) -> None:
        """What a job brought."""
        self._rows, self._links = self._rows + rows, self._links + links


class _Job(NamedTuple):
    """What the jobs of Spark have in common."""

    session: Session
    table: DataFrame
    files: int
    entries: int
    texts: int
    packed: bytes
    stamp: str

    def rows_in(self, within: Range) -> int:
        """How many keys some parts have, about: they are hashes."""
        return self.entries * (within.end - within.begin) // used(within.parts)

    def found(self, within: Range) -> list[Found]:
        """The rows of some parts, in their order. Raises what pyspark raises."""
        partitions = min(within.end - within.begin, max(_LEAST_TASKS, self.rows_in(within) // _TASK_ROWS))
        even = slots(partitions)
        first = partial(cut, expected=self.stamp, packed=self.packed, within=within, slots=even)
        second = partial(link, expected=self.stamp, packed=self.packed, parts=within.parts)
        readers = min(self.files, max(_LEAST_TASKS, partitions))
        blocks = self.table.repartition(readers).mapInArrow(first, BLOCKS)
        linked = blocks.repartition(partitions, "slot").mapInArrow(second, LINKED).toArrow()
        rows = zip(*(linked.column(name).to_pylist() for name in Found._fields), strict=True)
        return sorted(Found(*row) for row in rows)


def used(parts: int) -> int:
    """How many of so many parts have keys: the first ones, for the last bands are not in use."""
    return parts * BANDS >> 64 - BAND_SHIFT


def _in_order(job: _Job, plan: Plan) -> Generator[Found, None, None]:
    """The rows of all parts in their order, while Spark works on the next ones; when closed, it is told to stop."""
    tag = f"headwater-{uuid4().hex}"

    def ask(within: Range) -> list[Found]:
        with put_in_words(job.session.where):
            job.session.spark.addTag(tag)  # of the thread, which may have it already
            found = job.found(within)
        if not all(_sound(one, within, job.texts) for one in found):
            raise EngineError(
                f"a worker of Spark at {job.session.where} has answered what no grouping gives", hint=_HONEST
            )
        if not _whole(found):
            raise EngineError(f"Spark at {job.session.where} has lost links, or gives some twice", hint=_AGAIN)
        return found

    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headwater-group")
    running: deque[Future[list[Found]]] = deque()
    try:
        while True:
            while len(running) < _AT_ONCE and (within := plan.next()) is not None:
                running.append(pool.submit(ask, within))
            if not running:
                return
            found = running.popleft().result()
            plan.learn(_rows(found), sum(len(one.links) // _LINK_BYTES for one in found if one.kind == LINKS))
            yield from found
    finally:
        if any(not future.done() for future in running):
            job.session.cancel(tag)
        pool.shutdown(wait=False, cancel_futures=True)


def _sound(found: Found, within: Range, texts: int) -> bool:
    """Whether a row is one of ours: what comes of links is used as places in arrays."""
    if found.kind == LINKS:
        edges = _edges(found.links) if len(found.links) % _LINK_BYTES == 0 else None
        if edges is None or not within.begin <= found.part < within.end:
            return False
        return not len(edges) or bool(edges.min() >= 0 and edges.max() < texts)
    if found.kind == ROWS:
        return found.links.isdigit() and len(found.links) < _MOST_DIGITS
    return found.kind in _TROUBLES


def _whole(found: Sequence[Found]) -> bool:
    """Whether each part has its pieces once, and last the number of its rows; or there is trouble to be told."""
    if any(one.kind in _TROUBLES for one in found):
        return True
    parts = [list(pieces) for _, pieces in groupby(found, key=lambda one: one.part)]
    return all(
        [(one.piece, one.kind) for one in pieces]
        == [*((at, LINKS) for at in range(len(pieces) - 1)), (len(pieces) - 1, ROWS)]
        for pieces in parts
    )


def _rows(found: Sequence[Found]) -> int:
    return sum(int(one.links) for one in found if one.kind == ROWS)


def _table(session: Session, files: Sequence[KeyFile]) -> DataFrame:
    import pyarrow as pa

    with put_in_words(session.where):
        # Each row is a block, and large: by the number that is usual for rows, a batch would take gigabytes.
        session.spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", _BATCH)
        columns = zip(*((file.key, file.digest, file.first, file.entries) for file in files), strict=True)
        return session.spark.createDataFrame(pa.table(dict(zip(FILES, map(list, columns), strict=True))))


def _packed(session: Session, files: Sequence[KeyFile], kernel: GroupKernel, cache: EvidenceCache) -> bytes:
    """What workers need. Files that only this machine has are put into the store first."""
    run = uuid4().hex
    if session.local:
        return pickle.dumps(Task(run, kernel, cache.path))
    stores = stores_of(cache)
    if cache.path is not None:
        moved = push(cache.path, stores[0], [Name(file.key, KEYS) for file in files], None)
        if moved.damaged:
            raise EvidenceDamaged(min(moved.damaged), hint="run the command again, which makes it again")
    return pickle.dumps(Task(run, kernel, None, stores))


def _edges(links: bytes) -> NDArray[np.int64]:
    import numpy as np

    return np.frombuffer(links, "<i8").astype(np.int64, copy=False).reshape(-1, 2)


def _trouble(answer: Answer, expected: str) -> Exception:
    """What a worker met, as it is to be raised here."""
    if answer.kind is Kind.MEMORY:
        return EngineError(
            "grouping takes more memory than a worker of Spark may use",
            hint="give each worker more (spark.executor.memoryOverhead, spark.executor.pyspark.memory)",
        )
    error = raised(answer, expected, "which groups")
    if error is not None:
        return error
    try:
        answer.told()
    except HeadwaterError as refusal:
        return refusal
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        pass  # no JSON, or JSON of something else
    return EngineError("a worker of Spark that groups has answered in words that are none of ours", hint=_HONEST)
