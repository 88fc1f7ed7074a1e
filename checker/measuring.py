"""Measures for one run: from one store, one cache and one budget, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Shard
from checker.model.outcome import Outcome
from checker.shards import Store

if TYPE_CHECKING:
    from pathlib import Path

    from checker.compare.chains import Meet
    from checker.engine.seam import Engine
    from checker.measure import EvidenceCache, Plan
    from checker.model.text import TextSource
    from checker.required import Required
    from checker.reverify import Known

# In the folder of results; no kind of result has a hyphen in its name.
DOUBTED = "worked-out-again"
Progress = Callable[[int, int, str], None]
Measurements = Mapping[str, Measurement | Unmeasured]


class Effort(NamedTuple):
    """What may be spent: seconds (None: as long as it takes), and worker processes (None: one a core) or an engine.

    `open_cache` opens the evidence when it is first asked for, once; so does `engine`.
    `reverify` is the share of the evidence to measure again. With `required` nothing is measured at all.
    """

    open_cache: Callable[[], EvidenceCache]
    budget_seconds: float | None = None
    jobs: int | None = None
    reverify: float | None = None
    engine: Callable[[], Engine] | None = None
    required: Required | None = None


class Measuring:
    """What a run measures. What only some policies need (engine, metrics) is imported where it is used."""

    def __init__(self, store: Store, effort: Effort, progress: Progress | None) -> None:
        self._store, self._effort, self._progress = store, effort, progress
        budget = effort.budget_seconds
        self._deadline = None if budget is None else time.monotonic() + budget
        self._known: Known | None = None
        self._notes: list[str] = []

    def evidence(self) -> EvidenceCache:
        """What was measured before."""
        return self._effort.open_cache()

    def derived(self) -> Path | None:
        """Where results are kept; for who doubts the evidence, apart from what a rollup may have brought earlier."""
        folder = self.evidence().derived
        return folder if folder is None or self._effort.reverify is None else folder / DOUBTED

    def expect(self, version: DatasetVersion, settings: DatasetSettings, base: DatasetVersion | None = None) -> None:
        """What is known of a version is asked for next; where it has no rollup, most shards may stand in its base's."""
        from checker.measure.names import rollup_name

        own = rollup_name(version, settings)
        before = rollup_name(base, settings) if base is not None and base.is_dir else None
        names = tuple(name for name in (own, before) if name is not None)
        # Who doubts the evidence has what follows from it worked out again.
        self.evidence().expect_rollups(*([names] if names else []), results=self._effort.reverify is None)

    def measure(
        self, version: DatasetVersion, settings: DatasetSettings, *, text: bool, signatures: bool = False
    ) -> Measurements:
        """The shards of a version, by hash; what is known is not read again."""
        from checker.measure import Plan, measure_shards

        shards = [(version, shard) for shard in version.shards or ()]
        plan = Plan(text=text, signatures=signatures, settings=settings)
        if self._effort.required is not None:
            return self._effort.required.known(version, plan, self.evidence())
        if self._effort.reverify is not None:
            self._remember(shards, plan)
        if self._deadline is not None:
            left = max(0.0, self._deadline - time.monotonic())
            return self._noted(
                measure_shards(
                    shards, self._store(), plan, self.evidence(), budget_seconds=left, progress=self._progress
                )
            )
        from checker.engine.measuring import measure_all
        from checker.engine.workers import cores

        found = measure_all(
            shards,
            self._store(),
            plan,
            self.evidence(),
            jobs=self._effort.jobs or cores(),
            budget_seconds=None,
            progress=self._progress,
            note=self._notes.append,
            engine=self._effort.engine,
        )
        return self._noted(found)

    def _noted(self, found: Measurements) -> Measurements:
        self._notes += [one.note for one in found.values() if isinstance(one, Measurement) and one.note]
        return found

    def _remember(self, shards: list[tuple[DatasetVersion, Shard]], plan: Plan) -> None:
        """Which of the shards are known before anything is measured."""
        from checker.engine.kernels import recall_any
        from checker.engine.prefetching import prefetch
        from checker.engine.seam import Descriptor
        from checker.measure.shards import tasks_of
        from checker.reverify import Known

        self._known = self._known or Known()
        descriptors = [Descriptor(task, plan) for task in tasks_of(shards, plan.settings)]
        prefetch(descriptors, self.evidence())
        for descriptor in descriptors:
            known = recall_any(descriptor, self.evidence())
            if known is not None:
                self._known.add(*known)

    def meeting(self, version: DatasetVersion, settings: DatasetSettings, texts: Sequence[TextSource]) -> Meet | None:
        """What lets texts meet on the engine; None where it is this machine, which needs no key files."""
        if self._effort.engine is None:
            return None
        from checker.engine.meeting import Meeting, descriptors_of

        descriptors = descriptors_of(version, settings, texts)
        return Meeting(self._effort.engine, descriptors, self._store, self.evidence())

    def extras(self, dataset: Dataset) -> Mapping[str, object]:
        """What the metrics of plug-ins make of it."""
        from checker import added
        from checker.measure.extras import Source, summarize
        from checker.store.results import Results

        source = Source(self._store(), Results(self.derived()), self._deadline)
        made = summarize(dataset.version, dataset.settings, added.metrics(), source)
        return made if self._effort.required is None else self._effort.required.extras(dataset.version, made)

    def notes(self) -> tuple[str, ...]:
        """Kernels that could not be used, evidence that proved wrong."""
        return tuple(dict.fromkeys(self._notes))

    def reverified(self) -> tuple[Outcome, ...]:
        """What measuring a share of the known evidence again gave, where that is asked for."""
        share, known = self._effort.reverify, self._known
        return () if share is None or known is None else known.outcomes(share, self._store(), self.evidence())
