"""Measures the shards of a dataset on an engine: what is known is recalled, the rest is read in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

# What starts processes is imported where it is used: the hook, which has seconds, starts none.
from checker.engine.prefetching import prefetch
from checker.engine.seam import Descriptor, Engine, Measured, Work
from checker.engine.sizes import plain_bytes, worth
from checker.errors import EngineError
from checker.measure.shards import ObjectSource, Plan, Progress, Task, measure, recall, tasks_of
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import DatasetVersion, Shard
from checker.store import EvidenceCache
from checker.store.entries import COMPOSITION, TEXT, Name

Found = Measurement | Unmeasured


def measure_all(
    shards: Iterable[tuple[DatasetVersion, Shard]],
    store: ObjectSource,
    plan: Plan,
    cache: EvidenceCache,
    *,
    jobs: int,
    budget_seconds: float | None,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
    engine: Callable[[], Engine] | None = None,
) -> Mapping[str, Found]:
    """As `measure_shards`, and with the same results, in up to `jobs` worker processes or on an engine.

    `store` is pickled for the workers, each of which opens its own. With a budget nothing is started: a hook that has
    seconds would spend them on starting. `note` is called with a line when the quick kernels cannot be used.
    """
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    tasks = tasks_of(shards, plan.settings)
    results: dict[str, Found] = {**recall_all(tasks, plan, cache)}
    todo = [task for task in tasks if task.shard.hash not in results]
    if not todo:
        return results
    report = _Report(progress, len(tasks), len(results))
    expected = plain_bytes(todo, store)
    plan = replace(plan, expected_bytes=expected)
    if engine is not None:
        trouble = _by(engine(), [Descriptor(task, plan) for task in todo], store, cache, results, report)
        _refuse_lost(todo, results, trouble)
        return _whole(tasks, results, report)
    workers = 1
    if deadline is None:
        workers = worth(jobs, len(todo), expected, cache, text=plan.text or plan.signatures)
    if plan.signatures:
        from checker.engine.preparing import prepare_kernels

        trouble = prepare_kernels(plan.backend, expected, jobs=workers, memory_bytes=None)
        if trouble and note is not None:
            note(trouble)
    here = _elsewhere(todo, store, plan, cache, workers, results, report) if workers > 1 else todo
    for task in here:
        report.next(task.shard.path)
        results[task.shard.hash] = measure(task, store, plan, cache, deadline)
        report.done += 1
    return _whole(tasks, results, report)


def recall_all(tasks: Sequence[Task], plan: Plan, cache: EvidenceCache) -> dict[str, Measurement]:
    """What is known already, by hash of the shard; shared stores are asked for several entries at a time."""
    prefetch([Descriptor(task, plan) for task in tasks], cache)
    recalled = ((task.shard.hash, recall(task, plan, cache)) for task in tasks)
    return {key: found for key, found in recalled if found is not None}


def _whole(tasks: Sequence[Task], results: Mapping[str, Found], report: _Report) -> Mapping[str, Found]:
    report.end()
    return {task.shard.hash: results[task.shard.hash] for task in tasks}


def _elsewhere(
    todo: Sequence[Task],
    store: ObjectSource,
    plan: Plan,
    cache: EvidenceCache,
    workers: int,
    results: dict[str, Found],
    report: _Report,
) -> list[Task]:
    """Measure in workers; what is left over when the cache does not keep what they write (a full disk)."""
    from checker.engine.embedded import Embedded

    # Each worker decides for itself which kernels pay.
    share = replace(plan, expected_bytes=(plan.expected_bytes or 0) // workers)
    _by(Embedded(workers), [Descriptor(task, share) for task in todo], store, cache, results, report)
    return [task for task in todo if task.shard.hash not in results]


def _by(
    engine: Engine,
    descriptors: Sequence[Descriptor],
    store: ObjectSource,
    cache: EvidenceCache,
    results: dict[str, Found],
    report: _Report,
) -> str:
    """Measure on an engine, until a shard's evidence is not where its worker has put it; what the worker says of it."""
    from checker.engine.kernels import measure_one

    report.next(descriptors[0].task.shard.path)
    with closing(engine.map_shards(descriptors, Work(measure_one, store, cache))) as finished:
        for (task, plan, _), result in finished:
            if isinstance(result, Unmeasured):
                results[task.shard.hash] = result
            else:
                found = _recalled(task, plan, cache, result)
                if found is None:
                    return result.trouble
                results[task.shard.hash] = found._replace(note=result.note)
            report.done += 1
            report.next(task.shard.path)
    return ""


def _refuse_lost(todo: Sequence[Task], results: Mapping[str, Found], trouble: str) -> None:
    """Another engine is not replaced by this process: what it cannot hand over would be read here for hours."""
    lost = [task.shard.path for task in todo if task.shard.hash not in results]
    if lost:
        why = trouble or "it is not where its worker has put it"
        raise EngineError(
            f"the evidence of {lost[0]} is not known ({len(lost)} of {len(todo)} shards lack it): {why}",
            hint="see that driver and workers reach the same evidence store and that it has room, then run again",
        )


def _recalled(task: Task, plan: Plan, cache: EvidenceCache, result: Measured) -> Measurement | None:
    """What a worker has kept, here or in a shared store, where it was not yet when it was asked for last."""
    cache.expect([Name(result.key, COMPOSITION), *([Name(result.text_key, TEXT)] if result.text_key else [])])
    return recall(task, plan, cache)


class _Report:
    """Tells of progress, where somebody wants to know."""

    def __init__(self, progress: Progress | None, total: int, done: int) -> None:
        self._progress, self._total, self.done = progress, total, done

    def next(self, path: str) -> None:
        if self._progress is not None and self.done < self._total:
            self._progress(self.done, self._total, path)

    def end(self) -> None:
        if self._progress is not None:
            self._progress(self._total, self._total, "")
