"""Metrics of plug-ins: one summary a shard, made in one pass over its text, kept by content, then merged."""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.errors import DatasetError, ObjectError, RecordError
from checker.measure.shards import ObjectSource, Plan, Task, tasks_of
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.model.likeness import Gap
from checker.model.plugin import Metric
from checker.read.records import READER_VERSION, form_of, open_records
from checker.read.records.bad import BadRows
from checker.read.records.texts import TextSink
from checker.store.encoding import canonical
from checker.store.results import Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "metric"
# Name -> the digest of its plug-in, and the metric.
Metrics = Mapping[str, tuple[str, Metric]]


class Source(NamedTuple):
    """Where bytes come from, where summaries are kept, and when to stop (a reading of `time.monotonic`)."""

    store: ObjectSource
    kept: Results
    deadline: float | None = None


def summarize(
    version: DatasetVersion, settings: DatasetSettings, metrics: Metrics, source: Source
) -> Mapping[str, object]:
    """The value of each metric over all shards, or a Gap that says why there is none."""
    if version.shards is None:
        gap = Gap(version.shards_problem or "the list of its shards is not here", version.shards_fix)
        return dict.fromkeys(metrics, gap)
    tasks = {task.shard.hash: task for task in tasks_of([(version, shard) for shard in version.shards], settings)}
    made: dict[str, Mapping[str, Any] | Gap] = {}
    for content, task in tasks.items():
        made[content] = _of_shard(task, settings, metrics, source)
    every = [made[shard.hash] for shard in version.shards]
    return {name: _merged(name, metric, every) for name, (_, metric) in metrics.items()}


def _merged(name: str, metric: Metric, every: list[Mapping[str, Any] | Gap]) -> object:
    """Nothing is told of a part: a shard that is open leaves the whole open."""
    try:
        whole = metric.start()
        for shard in every:
            found = shard if isinstance(shard, Gap) else shard[name]
            if isinstance(found, Gap):
                return found
            # A shard may stand twice in a dataset, and a merge may change what it is given.
            whole = metric.merge(whole, deepcopy(found))
        return metric.value(whole)
    except Exception as error:  # noqa: BLE001 - code of others
        return _failed(name, error)


def _of_shard(task: Task, settings: DatasetSettings, metrics: Metrics, source: Source) -> Mapping[str, Any] | Gap:
    found: dict[str, Any] = {}
    keys = {name: _key(task, settings, name, digest) for name, (digest, _) in metrics.items()}
    for name, key in keys.items():
        kept = source.kept.get(KIND, key)
        if kept is not None and "summary" in kept:
            found[name] = kept["summary"]
    todo = {name: metric for name, (_, metric) in metrics.items() if name not in found}
    if not todo:
        return found
    if source.deadline is not None and time.monotonic() >= source.deadline:
        return Gap("deferred: the budget of this stage was spent", "a later stage measures it", deferred=True)
    try:
        fresh = _read(task, Plan(text=False, settings=settings), todo, source.store)
    except (ObjectError, RecordError, DatasetError) as error:
        return Gap(f"{task.version.path}/{task.shard.path}: {error.message}", error.hint)
    for name, summary in fresh.items():
        if not isinstance(summary, Gap):
            source.kept.put(KIND, keys[name], {"summary": summary})
    return {**found, **fresh}


def _read(task: Task, plan: Plan, metrics: Mapping[str, Metric], store: ObjectSource) -> dict[str, Any]:
    """One pass feeds every metric. One that fails does not keep the others from going on."""
    import json

    running = {name: _Running(name, metric) for name, metric in metrics.items()}
    with store.open(task.version, task.shard) as stream:
        sink = TextSink(_Taking(tuple(running.values())))
        for _ in open_records(task.shard.path, stream, plan.settings, BadRows(), texts=sink):
            pass
    found: dict[str, Any] = {}
    for name, each in running.items():
        try:
            # As it will come back from where it is kept, also in the run that made it.
            found[name] = each.gap or json.loads(canonical({"summary": each.summary}))["summary"]
        except (TypeError, ValueError, RecursionError) as error:
            found[name] = _failed(name, error)
    return found


class _Running:
    """A metric in the middle of a shard."""

    def __init__(self, name: str, metric: Metric) -> None:
        self._name, self._metric = name, metric
        self.gap: Gap | None = None
        self.summary: Any = None
        self._try(metric.start)

    def add(self, text: str) -> None:
        """One record's text."""
        if self.gap is None:
            self._try(self._metric.add, self.summary, text)

    def _try(self, call: Any, *given: object) -> None:
        try:
            self.summary = call(*given)
        except Exception as error:  # noqa: BLE001 - code of others, over hostile text
            self.gap = _failed(self._name, error)


class _Taking:
    """What a sink of texts hands its blocks to."""

    def __init__(self, running: tuple[_Running, ...]) -> None:
        self._running = running

    def __call__(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.uint32]
    ) -> NDArray[np.uint32]:
        """Nobody weighs these texts, so none has tokens."""
        import numpy as np

        whole = data.tobytes()
        for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            text = whole[start:end].decode("utf-8", "replace")
            for each in self._running:
                each.add(text)
        return np.zeros(len(rows), np.uint32)


def _failed(name: str, error: Exception) -> Gap:
    said = f"{type(error).__name__}: {error}"[:200]
    return Gap(f"the metric {name} of a plug-in failed ({said})", "report it to those who make the plug-in")


def _key(task: Task, settings: DatasetSettings, name: str, digest: str) -> str:
    """All that decides the summary: the content, how its text is read, and the plug-in's own files."""
    parts = {
        "shard": [task.shard.hash_name, task.shard.hash],
        "metric": [KIND, name, digest, READER_VERSION],
        "format": form_of(task.shard.path, settings),
        "fields": dict(settings.fields),
        "roles": dict(settings.values.get("role", {})),
    }
    return sha256(canonical(parts)).hexdigest()
