"""Maps shards on Spark: wave after wave of descriptors, the largest first, two waves at a time."""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from checker import added
from checker.engine.seam import Descriptor, Result, Work
from checker.engine.sizes import plain_bytes, size_of
from checker.engine.spark.handing import Handing, handing
from checker.engine.spark.handshake import stamp
from checker.engine.spark.refusals import raised
from checker.engine.spark.rows import SCHEMA, Answer, Kind, Sent
from checker.engine.spark.session import Session
from checker.engine.spark.tasks import Assignment, run
from checker.engine.spark.waves import Asked, Lost, Waves
from checker.errors import EngineError
from checker.measure.names import all_names
from checker.model.composition import Absence, Unmeasured
from checker.store.entries import KEYS, Name
from checker.store.keys_layout import key_of_keys

# A wave is a share of all shards, so that a cluster has enough to do and the driver little to hold.
WAVES = 16
LEAST_IN_WAVE = 64
# Shards share a task, each of which costs Spark a tenth of a CPU second (benchmarks/spark_map.py), as long as the
# cluster has several for each of its slots; where nobody knows how many it has, as long as there are so many.
TASK_BYTES = 256 * 2**20
TASKS_A_SLOT, LEAST_TASKS = 4, 64
_MORE_MEMORY = "give each worker more (spark.executor.memoryOverhead, spark.executor.pyspark.memory), then run again"


def map_shards(
    session: Session, descriptors: Iterable[Descriptor], work: Work
) -> Generator[tuple[Descriptor, Result], None, None]:
    """Each descriptor with its result, as their waves end. A shard that ends its worker again and again is Unmeasured.

    Raises EngineError where the workers cannot be used, UsageError where they have nowhere to put evidence.
    """
    todo = _in_order(session, descriptors, work)
    if not todo:
        return
    hand = handing(session, work)
    plugins = tuple(plugin.stamp.name for plugin in added.for_workers())
    job = _Job(session, todo, work, stamp(plugins), plugins, _packed(hand, work))
    with closing(Waves(session, _cut(len(todo)), job.ask)) as waves:
        for wave, answers in waves.run(before=lambda wave: hand.lend([todo[number] for number in wave])):
            found = [_heard(one, todo[number], job.stamp) for number, one in zip(wave, answers, strict=True)]
            hand.receive([one for _, sent in found for one in sent])
            yield from ((todo[number], result) for number, (result, _) in zip(wave, found, strict=True))


class _Job(NamedTuple):
    """What one job of Spark is made of."""

    session: Session
    todo: Sequence[Descriptor]
    work: Work
    stamp: str
    plugins: tuple[str, ...]
    packed: bytes

    def ask(self, wave: Sequence[int]) -> list[Asked]:
        """The answers for the shards of these numbers, in their order. Raises what pyspark raises."""
        import pyarrow as pa

        payloads = [pickle.dumps(self.todo[number]) for number in wave]
        table = pa.table({"payloads": pa.array([payloads], pa.list_(pa.binary()))})
        # All come out of one row and are dealt out in turn: no task gets two as long as another has none.
        rows = self.session.spark.createDataFrame(table).selectExpr("posexplode(payloads) as (number, payload)")
        call = partial(run, expected=self.stamp, plugins=self.plugins, packed=self.packed)
        found = rows.repartition(self._tasks(wave)).mapInArrow(call, SCHEMA).toArrow().to_pylist()
        answers = {row["number"]: Answer(row["number"], Kind(row["kind"]), row["content"]) for row in found}
        if answers.keys() != set(range(len(wave))):
            raise EngineError(
                f"Spark at {self.session.where} has answered for {len(answers)} shards of {len(wave)}",
                hint="run the command again: what was measured is kept",
            )
        return [answers[place] for place in range(len(wave))]

    def _tasks(self, wave: Sequence[int]) -> int:
        size = sum(size_of(self.todo[number].task, self.work.store) for number in wave)
        least = TASKS_A_SLOT * self.session.slots or LEAST_TASKS
        return min(len(wave), max(least, size // TASK_BYTES))


def _in_order(session: Session, descriptors: Iterable[Descriptor], work: Work) -> list[Descriptor]:
    """The largest first, so that none of them is begun last; each worker decides for itself which kernels pay."""
    todo = sorted((one.alone() for one in descriptors), key=lambda one: -size_of(one.task, work.store))
    text = [one for one in todo if one.plan.signatures]
    if not session.slots or not text:
        return todo
    from checker.engine.preparing import prepare_kernels

    expected = plain_bytes((one.task for one in text), work.store)
    for backend in sorted({one.plan.backend for one in text}):
        prepare_kernels(backend, expected, jobs=session.slots, memory_bytes=None)
    share = expected // session.slots
    return [one._replace(plan=replace(one.plan, expected_bytes=share)) for one in todo]


def _cut(shards: int) -> list[tuple[int, ...]]:
    size = max(LEAST_IN_WAVE, -(-shards // WAVES))
    return [tuple(range(first, min(first + size, shards))) for first in range(0, shards, size)]


def _packed(hand: Handing, work: Work) -> bytes:
    work = work._replace(store=hand.store, cache=hand.cache, plugins=added.for_workers())
    return pickle.dumps(Assignment(uuid4().hex, work, hand.publishing))


def _heard(asked: Asked, descriptor: Descriptor, expected: str) -> tuple[Result, tuple[Sent, ...]]:
    """The result, and what was sent for it. Raises as `_checked`, and EngineError for what is no answer to this shard.

    What is sent may be signed: it has to be what is asked for, or whoever holds one worker could have all signed.
    """
    try:
        result = _checked(asked, descriptor, expected)
        sent = asked.sent() if isinstance(asked, Answer) else ()
        own = not sent or _names(descriptor).issuperset(one.name for one in sent)
        if own and result.shard_hash == descriptor.task.shard.hash:
            return result, sent
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        pass  # the answer is no JSON, or JSON of something else
    raise EngineError(
        f"a worker of Spark has not answered what it was asked about {descriptor.task.shard.path}",
        hint="see who can reach the workers and their Python; an honest worker with this headwater answers otherwise",
    )


def _names(descriptor: Descriptor) -> frozenset[Name]:
    """What a kernel may make of a shard."""
    keys = () if descriptor.text is None else (Name(key_of_keys(descriptor.text.digest), KEYS),)
    return frozenset((*all_names(descriptor.task, descriptor.plan), *keys))


def _checked(asked: Asked, descriptor: Descriptor, expected: str) -> Result:
    """The result. Raises for a worker that is not to be used, and what the worker has raised."""
    shard = descriptor.task.shard
    if isinstance(asked, Lost):
        reason = f"Spark's worker that measured it was ended {asked.times} times"
        return Unmeasured(shard.hash, Absence.UNREADABLE, f"{shard.path}: {reason}", _MORE_MEMORY)
    error = raised(asked, expected, f"on {shard.path}")
    if error is not None:
        raise error
    if asked.kind is Kind.MEMORY:
        reason = "measuring it takes more memory than a worker of Spark may use"
        return Unmeasured(shard.hash, Absence.UNREADABLE, f"{shard.path}: {reason}", _MORE_MEMORY)
    return asked.told()
