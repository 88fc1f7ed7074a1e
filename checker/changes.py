"""One dataset in two states: both are measured, and what differs between them is told."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import EvidenceDamaged
from checker.model.changes import VOCABULARY, DatasetChange, Flow, Kind, ShardChange, Side
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import Dataset, DatasetVersion, Shard
from checker.shards import with_shards

if TYPE_CHECKING:
    from checker.compare.records import Hashes
    from checker.discover.objects import ObjectStore
    from checker.model.text import Sample, TextEntry, TextSource
    from checker.store import EvidenceCache

Progress = Callable[[int, int, str], None]
Found = Mapping[str, Measurement | Unmeasured]
MOST_OPEN = 3
# So many damaged entries are mended for one dataset; with more, the disk is what needs mending.
MOST_DAMAGED = 16


class _State(NamedTuple):
    """One side with the evidence about its shards, by hash."""

    dataset: Dataset | None
    found: Found

    @property
    def shards(self) -> tuple[Shard, ...]:
        return (self.dataset.version.shards or ()) if self.dataset else ()

    @property
    def complete(self) -> bool:
        """Whether the shards are known, and each of them is measured with its text."""
        known = self.dataset is None or self.dataset.version.shards is not None
        return known and all(_text_of(self.found.get(shard.hash)) is not None for shard in self.shards)

    def sources(self) -> list[TextSource]:
        """The evidence about the text, shard by shard."""
        from checker.model.text import TextSource

        name = self.dataset.name if self.dataset else ""
        made = ((shard, _text_of(self.found.get(shard.hash))) for shard in self.shards)
        return [TextSource(name, shard.path, shard.hash, text) for shard, text in made if text is not None]


class Measuring:
    """Looks at one dataset after the other, with one store and one cache."""

    def __init__(self, store: ObjectStore, cache: EvidenceCache, jobs: int, progress: Progress | None) -> None:
        self._store, self.cache, self._jobs, self._progress = store, cache, jobs, progress
        self.notes: list[str] = []  # evidence that proved wrong

    def change(self, name: str, old: Dataset | None, new: Dataset | None) -> DatasetChange:
        """The change of one dataset; of one with the same hash nothing is asked for."""
        if old is not None and new is not None and old.version.hash == new.version.hash:
            return DatasetChange(name, Kind.UNCHANGED)
        for _ in range(MOST_DAMAGED):
            # Evidence that proves damaged when it is read is gone then, so it is measured again.
            with contextlib.suppress(EvidenceDamaged):
                return self._changed(name, old, new)
        return self._changed(name, old, new)

    def _changed(self, name: str, old: Dataset | None, new: Dataset | None) -> DatasetChange:
        kind = Kind.NEW if old is None else Kind.REMOVED if new is None else Kind.CHANGED
        before, after = self._state(old), self._state(new)
        samples = _sample(before), _sample(after)
        budget = _budget(*samples)
        return DatasetChange(
            name,
            kind,
            self._side(before, samples[0], budget),
            self._side(after, samples[1], budget),
            shards=tuple(_shard_changes(before, after)) if _listed(before) and _listed(after) else (),
            records=_flow(before, after) if before.complete and after.complete else None,
            open=tuple(dict.fromkeys((*_open_ends(before), *_open_ends(after)))),
        )

    def _state(self, dataset: Dataset | None) -> _State:
        if dataset is None:
            return _State(None, {})
        dataset = with_shards(dataset, lambda: self._store, base=False)
        return _State(dataset, self._measure(dataset))

    def _measure(self, dataset: Dataset) -> Found:
        from checker.engine.measuring import measure_all
        from checker.measure import Plan

        found = measure_all(
            [(dataset.version, shard) for shard in dataset.version.shards or ()],
            self._store,
            Plan(text=True, signatures=True, settings=dataset.settings),
            self.cache,
            jobs=self._jobs,
            budget_seconds=None,
            progress=self._progress,
        )
        self.notes += [one.note for one in found.values() if isinstance(one, Measurement) and one.note]
        return found

    def _side(self, state: _State, sample: Sample | None, budget: int) -> Side:
        if state.dataset is None:
            return Side()
        if sample is None:
            return Side(shards=len(state.shards) if _listed(state) else None)
        from checker.compare import duplication, figures
        from checker.kernels import merge_stats
        from checker.measure import merge

        sources = state.sources()
        stats = merge_stats(source.entry.stats() for source in sources)
        vocabulary = figures(stats)
        blocks, means = _figures(sample, budget)
        return Side(
            shards=len(state.shards),
            composition=merge(found.composition for found in _measured(state)),
            copies=duplication(sources, near=True, cache=self.cache.derived).whole,
            tokens=stats.tokens,
            words=round(vocabulary["distinct_words"]),
            budget_tokens=budget,
            blocks=blocks,
            figures=means,
            vocabulary={name: value for name, value in vocabulary.items() if name in VOCABULARY},
        )


def _text_of(found: Measurement | Unmeasured | None) -> TextEntry | None:
    return found.text if isinstance(found, Measurement) else None


def _measured(state: _State) -> Iterator[Measurement]:
    """The measurement of each shard, as often as its content is there."""
    for shard in state.shards:
        found = state.found.get(shard.hash)
        if isinstance(found, Measurement):
            yield found


def _listed(state: _State) -> bool:
    return state.dataset is None or state.dataset.version.shards is not None


def _sample(state: _State) -> Sample | None:
    """Documents of all shards; None where there is no dataset, or where some shard is not measured."""
    if state.dataset is None or not state.complete:
        return None
    from checker.kernels import merge_samples

    return merge_samples(source.entry.sample() for source in state.sources())


def _budget(*samples: Sample | None) -> int:
    """The size of a block that the samples of all sides can fill."""
    there = [int(sample.lengths.sum()) for sample in samples if sample is not None]
    if not there:
        return 0
    from checker.compare.portrait import common_budget

    return common_budget(*there)


def _figures(sample: Sample, budget: int) -> tuple[int, Mapping[str, float]]:
    if not budget:
        return 0, {}
    from checker.compare.portrait import portrait

    return portrait(sample, budget)


def _open_ends(state: _State) -> Iterator[str]:
    """Why a side is not whole; of many shards the first few."""
    if state.dataset is None:
        return
    version = state.dataset.version
    if version.shards is None:
        yield _sentence(version, version.shards_problem or "its shards are not known", version.shards_fix)
        return
    missing = [shard for shard in version.shards if _text_of(state.found.get(shard.hash)) is None]
    for shard in missing[:MOST_OPEN]:
        found = state.found.get(shard.hash)
        reason, fix = (found.reason, found.fix) if isinstance(found, Unmeasured) else ("its text was not read", "")
        yield _sentence(version, reason if shard.path in reason else f"{shard.path}: {reason}", fix)
    if len(missing) > MOST_OPEN:
        yield f"{version.path}: {len(missing) - MOST_OPEN:,} more shards are not measured"


def _sentence(version: DatasetVersion, reason: str, fix: str) -> str:
    said = reason if version.path in reason else f"{version.path}: {reason}"
    return f"{said}; {fix}" if fix else said


def _shard_changes(before: _State, after: _State) -> Iterator[ShardChange]:
    """Shards that came, went, changed or are somewhere else, by path; one that stayed is not told."""
    old, new = ({shard.path: shard for shard in state.shards} for state in (before, after))
    went = [shard for path, shard in old.items() if path not in new]
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is not None and now is not None:
            if was.hash != now.hash:
                yield ShardChange(path, Kind.CHANGED, _records(before, was), _records(after, now))
        elif now is not None:
            twin = next((shard for shard in went if shard.hash == now.hash), None)
            if twin is not None:
                went.remove(twin)
                yield ShardChange(path, Kind.MOVED, _records(before, twin), _records(after, now), twin.path)
            else:
                yield ShardChange(path, Kind.NEW, None, _records(after, now))
    for shard in went:
        yield ShardChange(shard.path, Kind.REMOVED, _records(before, shard))


def _records(state: _State, shard: Shard) -> int | None:
    found = state.found.get(shard.hash)
    return found.composition.records if isinstance(found, Measurement) else None


def _flow(before: _State, after: _State) -> Flow:
    """Only shards whose content the other side lacks are compared record by record."""
    from checker.compare.records import flow

    old, new = (Counter(shard.hash for shard in state.shards) for state in (before, after))
    both = old & new
    unchanged = sum(_size(before, content) * times for content, times in both.items())
    return flow(_lacking(before, both), _lacking(after, both), unchanged)


def _size(state: _State, content: str) -> int:
    found = state.found[content]
    return found.text.records if isinstance(found, Measurement) and found.text is not None else 0


def _lacking(state: _State, both: Counter[str]) -> dict[str, Hashes]:
    """The hashes of the documents of the shards that are not in both states, by path."""
    left, found = Counter(both), {}
    for source in state.sources():
        left[source.shard_hash] -= 1
        if left[source.shard_hash] < 0:
            found[source.shard] = source.entry.documents().hashes
    return found
