"""Measures many shards: the cache first, then the bytes, within a budget; what cannot be measured says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Protocol

from checker.errors import (
    DatasetError,
    ObjectDamaged,
    ObjectDenied,
    ObjectError,
    ObjectMissing,
    ObjectOffline,
    RecordError,
)
from checker.kernels import KERNEL_VERSION
from checker.measure.fallback import fallback, strictest
from checker.measure.tally import Tallies
from checker.measure.texts import Texts
from checker.measure.tokens import TOKENIZER_VERSION, count_tokens
from checker.model.composition import Absence, Composition, Measurement, Tally, Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.read.records import READER_VERSION, form_of, open_records
from checker.read.records.bad import BadRows
from checker.read.records.resolution import Resolver, Stated
from checker.read.records.slices import NO_SLICES, Slices
from checker.store.encoding import canonical, digest_of
from checker.store.entries import COMPOSITION, Name
from checker.store.local import EvidenceCache, Kept

if TYPE_CHECKING:
    from checker.model.text import TextEntry

METRIC = "composition"
METRIC_VERSION = 1
TEXT_METRIC = "text"

# Called with how many shards are done, how many there are, and the path of the one that comes next.
Progress = Callable[[int, int, str], None]


class ObjectSource(Protocol):
    """Where bytes come from; the stream raises ObjectDamaged at the latest at its end."""

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """`text`: token and byte counts are wanted. `settings`: how the records are to be read.

    `signatures`: the evidence about the text is wanted, too. `backend` and `expected_bytes` (of all shards that this
    process will read) choose the kernels; they change no evidence.
    """

    text: bool
    settings: DatasetSettings
    signatures: bool = False
    backend: str = "auto"
    expected_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One content to measure, wherever it lies."""

    version: DatasetVersion
    shard: Shard
    fallback: Stated


class OutOfTime(Exception):
    """The budget was spent in the middle of a shard."""


def measure_shards(
    shards: Iterable[tuple[DatasetVersion, Shard]],
    store: ObjectSource,
    plan: Plan,
    cache: EvidenceCache,
    *,
    budget_seconds: float | None,
    progress: Progress | None = None,
) -> Mapping[str, Measurement | Unmeasured]:
    """Measure each content once; the result is keyed by shard hash."""
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    tasks = tasks_of(shards, plan.settings)
    known = {task.shard.hash: recall(task, plan, cache) for task in tasks}
    if plan.expected_bytes is None:
        unread = sum(task.shard.size_bytes or 0 for task in tasks if known[task.shard.hash] is None)
        plan = replace(plan, expected_bytes=unread)
    results: dict[str, Measurement | Unmeasured] = {}
    for done, task in enumerate(tasks):
        if progress is not None:
            progress(done, len(tasks), task.shard.path)
        results[task.shard.hash] = known[task.shard.hash] or measure(task, store, plan, cache, deadline)
    if progress is not None and tasks:
        progress(len(tasks), len(tasks), "")
    return results


def tasks_of(shards: Iterable[tuple[DatasetVersion, Shard]], settings: DatasetSettings) -> list[Task]:
    """One task for each content."""
    by_hash: dict[str, list[Task]] = {}
    for version, shard in shards:
        task = Task(version, shard, fallback(version, shard, settings))
        by_hash.setdefault(shard.hash, []).append(task)
    return [replace(tasks[0], fallback=strictest(task.fallback for task in tasks)) for tasks in by_hash.values()]


def measure(
    task: Task, store: ObjectSource, plan: Plan, cache: EvidenceCache, deadline: float | None
) -> Measurement | Unmeasured:
    """One shard, from the cache or from its bytes."""
    try:
        return recall(task, plan, cache) or _measure(task, store, plan, cache, deadline)
    except OutOfTime:
        return _absent(task, Absence.DEFERRED, Absence.DEFERRED.value, "a later stage measures it; or raise --budget")
    except (RecordError, DatasetError) as error:
        return _absent(task, Absence.UNREADABLE, error.message, error.hint)
    except ObjectError as error:
        return _absent(task, _absence(error), error.message, error.hint)


def recall(task: Task, plan: Plan, cache: EvidenceCache) -> Measurement | None:
    """What is known of a shard already; None when its bytes have to be read."""
    key = key_of(task, plan)
    kept = _cached(task, plan, cache, key)
    if kept is None:
        return None
    text = known_text(task, plan, cache, kept.composition) if plan.signatures else None
    if plan.signatures and text is None:
        return None
    return Measurement(task.shard.hash, kept.composition, kept.digest, key, text)


def _measure(task: Task, store: ObjectSource, plan: Plan, cache: EvidenceCache, deadline: float | None) -> Measurement:
    """One pass over the bytes finds all that is not known yet."""
    _check(deadline)
    key = key_of(task, plan)
    kept = _cached(task, plan, cache, key)
    texts = (
        Texts(plan.backend, plan.expected_bytes) if plan.signatures and not _has_text(task, plan, cache, kept) else None
    )
    before = kept
    if kept is None:
        kept = _count(task, store, plan, texts, deadline)
    elif texts is not None:
        _read(task, store, plan, None, texts, deadline)
    text = None if texts is None else texts.found()
    if text is not None and len(text.documents.rows) != kept.composition.records:
        # What was kept is not about these bytes: forged, or damaged with a checksum that fits.
        kept = _count_again(task, store, plan, cache, deadline)
    if kept is not before:
        cache.put(key, kept)
    entry = None
    if text is not None:
        entry = cache.keep_text(text_key_of(task, plan, kept.composition), text)
    elif plan.signatures:
        entry = known_text(task, plan, cache, kept.composition) or _text_alone(task, store, plan, cache, kept, deadline)
    note = "" if before is None or before is kept else _replaced(task, before, kept, key)
    return Measurement(task.shard.hash, kept.composition, kept.digest, key, entry, note)


def _count(task: Task, store: ObjectSource, plan: Plan, texts: Texts | None, deadline: float | None) -> Kept:
    """What the records are, counted from the bytes; `texts` gets their texts on the way."""
    tallies = Tallies(Resolver(plan.settings, task.fallback), text=plan.text)
    slices = Slices(plan.settings.slices)
    bad = _read(task, store, plan, tallies, texts, deadline, slices)
    composition = tallies.composition(bad, slices)
    return Kept(composition, digest_of(composition))


def _count_again(task: Task, store: ObjectSource, plan: Plan, cache: EvidenceCache, deadline: float | None) -> Kept:
    """In the place of what proved wrong; the entry with token counts, from which it may have come, is replaced too."""
    with_tokens = replace(plan, text=True)
    if plan.text or cache.get(key_of(task, with_tokens)) is None:
        return _count(task, store, plan, None, deadline)
    kept = _count(task, store, with_tokens, None, deadline)
    cache.put(key_of(task, with_tokens), kept)
    composition = without_text(kept.composition)
    return Kept(composition, digest_of(composition))


def _replaced(task: Task, before: Kept, kept: Kept, key: str) -> str:
    return (
        f"{task.version.path}/{task.shard.path}: the composition that was kept counted {before.composition.records:,} "
        f"records, its bytes hold {kept.composition.records:,}: it was measured again and replaced; find out who wrote "
        f"entry {key}"
    )


def _has_text(task: Task, plan: Plan, cache: EvidenceCache, kept: Kept | None) -> bool:
    """Whether the text need not be read: of a shard that was never read we bet that all its rows are good."""
    if kept is None:
        return cache.text(text_key_of(task, plan, Composition())) is not None
    return known_text(task, plan, cache, kept.composition) is not None


def _text_alone(
    task: Task, store: ObjectSource, plan: Plan, cache: EvidenceCache, kept: Kept, deadline: float | None
) -> TextEntry:
    """The bet was lost: what is kept was read under settings by which other rows are good."""
    texts = Texts(plan.backend, plan.expected_bytes)
    _read(task, store, plan, None, texts, deadline)
    return cache.keep_text(text_key_of(task, plan, kept.composition), texts.found())


def known_text(task: Task, plan: Plan, cache: EvidenceCache, composition: Composition) -> TextEntry | None:
    """The evidence about the text that is kept, if it is about the very records that the composition counts."""
    entry = cache.text(text_key_of(task, plan, composition))
    return entry if entry is not None and entry.records == composition.records else None


def _read(
    task: Task,
    store: ObjectSource,
    plan: Plan,
    tallies: Tallies | None,
    texts: Texts | None,
    deadline: float | None,
    slices: Slices = NO_SLICES,
) -> BadRows:
    bad = BadRows()
    count = count_tokens if plan.text and tallies is not None else None
    with store.open(task.version, task.shard) as stream:
        sink = None if texts is None else texts.sink
        for batch in open_records(task.shard.path, stream, plan.settings, bad, count, sink, slices):
            if tallies is not None:
                tallies.add(batch)
            _check(deadline)
    return bad


def key_of(task: Task, plan: Plan) -> str:
    """The sha256 over all that decides the outcome: content, versions, and how the records are read."""
    settings = plan.settings
    parts = {
        "shard": [task.shard.hash_name, task.shard.hash],
        "metric": [METRIC, METRIC_VERSION, READER_VERSION, TOKENIZER_VERSION],
        "text": plan.text,
        "format": form_of(task.shard.path, settings),
        "fallback": asdict(task.fallback),
        **how_read(settings),
    }
    return sha256(canonical(parts)).hexdigest()


def how_read(settings: DatasetSettings) -> Mapping[str, object]:
    """What settings say of the records of any shard and any version of a dataset."""
    return {
        "role": settings.role.value == "eval",
        "domain": settings.domain,
        "language": settings.language,
        "fields": dict(settings.fields),
        "values": {field: dict(table) for field, table in settings.values.items()},
        "slices": dict(settings.slices),
    }


def versions() -> tuple[str, ...]:
    """Whatever decides the outcome beside the content and the way in which its records are read."""
    return (
        f"{METRIC} {METRIC_VERSION}",
        f"reader {READER_VERSION}",
        f"tokenizer {TOKENIZER_VERSION}",
        f"kernels {KERNEL_VERSION}",
    )


def text_key_of(task: Task, plan: Plan, composition: Composition) -> str:
    """The same for the evidence about the text: only what decides which text is read, and how it is looked at.

    Where every row is good, other fields do not matter. Where some are bad, it may be these fields that make them so.
    """
    settings = plan.settings
    decisive = settings.fields if composition.bad_rows else ("text", "turns")
    parts = {
        "shard": [task.shard.hash_name, task.shard.hash],
        "metric": [TEXT_METRIC, KERNEL_VERSION, READER_VERSION, TOKENIZER_VERSION],
        "format": form_of(task.shard.path, settings),
        "fields": {name: path for name, path in settings.fields.items() if name in decisive},
        "good": not composition.bad_rows,
        "roles": dict(settings.values.get("role", {})),
    }
    return sha256(canonical(parts)).hexdigest()


def _cached(task: Task, plan: Plan, cache: EvidenceCache, key: str) -> Kept | None:
    """A pass that read the text serves one that need not, and gives the very same evidence."""
    if plan.text:
        return cache.get(key)
    other = key_of(task, replace(plan, text=True))
    if cache.shared is None or cache.has(Name(key, COMPOSITION)) or not cache.holds(Name(other, COMPOSITION)):
        # What is at hand is not asked for in another form.
        found = cache.get(key)
        if found is not None:
            return found
    with_text = cache.get(other)
    if with_text is None:
        return None
    composition = without_text(with_text.composition)
    return Kept(composition, digest_of(composition))


def without_text(composition: Composition) -> Composition:
    """The composition as a pass that did not read the text gives it."""
    bare = Tally()
    return composition._replace(
        cells={
            cell: tally._replace(
                bytes=None, tokens=None, machine_bytes=0, machine_tokens=0, token_moments=bare.token_moments
            )
            for cell, tally in composition.cells.items()
        },
    )


def _check(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise OutOfTime


def _absence(error: ObjectError) -> Absence:
    kinds = {
        ObjectMissing: Absence.NO_BYTES,
        ObjectDenied: Absence.DENIED,
        ObjectOffline: Absence.OFFLINE,
        ObjectDamaged: Absence.DAMAGED,
    }
    return next((absence for kind, absence in kinds.items() if isinstance(error, kind)), Absence.NO_BYTES)


def _absent(task: Task, absence: Absence, reason: str, fix: str) -> Unmeasured:
    return Unmeasured(task.shard.hash, absence, f"{task.shard.path}: {reason}", fix)
