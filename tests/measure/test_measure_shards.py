"""Many shards: each content once, the cache first, a budget, and a reason for whatever is not measured."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from checker.errors import ObjectDamaged, ObjectDenied, ObjectError, ObjectMissing, ObjectOffline
from checker.measure import EvidenceCache, Plan, measure_shards, merge
from checker.model.composition import Absence, Measurement, Origin, Unmeasured
from checker.model.dataset import DatasetSettings, OriginRule
from checker.store.encoding import digest_of

BARE = Plan(text=False, settings=DatasetSettings())
FULL = Plan(text=True, settings=DatasetSettings())
HUMAN = {"origin": "human", "text": "one two"}


def test_no_shards(store: Any) -> None:
    assert measure_shards([], store, BARE, EvidenceCache(None), budget_seconds=None) == {}


def test_the_second_time_nothing_is_opened(store: Any, tmp_path: Path) -> None:
    shards = [store.add(f"{number}.jsonl", {**HUMAN, "id": number}) for number in range(5)]
    first = measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    assert sorted(store.opened) == [f"{number}.jsonl" for number in range(5)]
    store.opened.clear()
    assert measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None) == first
    assert store.opened == []


def test_only_the_changed_shard_is_opened(store: Any, tmp_path: Path) -> None:
    shards = [store.add(f"{number}.jsonl", {**HUMAN, "id": number}) for number in range(5)]
    measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    store.opened.clear()
    shards[3] = store.add("3.jsonl", {"origin": "machine"})
    measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    assert store.opened == ["3.jsonl"]


def test_a_damaged_entry_is_measured_again(store: Any, tmp_path: Path) -> None:
    shards = [store.add("a.jsonl", HUMAN)]
    first = measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    (entry,) = tmp_path.glob("??/*.json")
    entry.write_bytes(entry.read_bytes()[:-30])
    assert measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None) == first
    assert len(store.opened) == 2


def test_a_pass_with_text_serves_one_without(store: Any, tmp_path: Path) -> None:
    shards = [store.add("a.jsonl", HUMAN)]
    bare = measure_shards(shards, store, BARE, EvidenceCache(None), budget_seconds=None)
    measure_shards(shards, store, FULL, EvidenceCache(tmp_path), budget_seconds=None)
    store.opened.clear()
    assert measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None) == bare
    assert store.opened == []


def test_a_pass_without_text_does_not_serve_one_with(store: Any, tmp_path: Path) -> None:
    (_, shard) = pair = store.add("a.jsonl", HUMAN)
    measure_shards([pair], store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    found = measure_shards([pair], store, FULL, EvidenceCache(tmp_path), budget_seconds=None)[shard.hash]
    assert isinstance(found, Measurement)
    (tally,) = found.composition.cells.values()
    assert (tally.tokens, tally.bytes) == (2, 7)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(DatasetSettings(fields={"origin": "who"}), id="fields"),
        pytest.param(DatasetSettings(values={"origin": {"human": "machine"}}), id="values"),
        pytest.param(DatasetSettings(domain="health"), id="domain"),
        pytest.param(DatasetSettings(language="de"), id="language"),
        pytest.param(DatasetSettings(format="lines"), id="format"),
        pytest.param(DatasetSettings(origins=(OriginRule("**", "machine"),)), id="origin by path"),
    ],
)
def test_other_settings_are_another_measurement(store: Any, tmp_path: Path, settings: DatasetSettings) -> None:
    shards = [store.add("a.jsonl", HUMAN)]
    measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    measure_shards(shards, store, Plan(False, settings), EvidenceCache(tmp_path), budget_seconds=None)
    assert len(store.opened) == 2


def test_a_renamed_shard_is_not_read_again(store: Any, tmp_path: Path) -> None:
    version, shard = store.add("a.jsonl", HUMAN)
    measure_shards([(version, shard)], store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    moved = shard._replace(path="other/b.jsonl")
    measure_shards([(version, moved)], store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    assert store.opened == ["a.jsonl"]


def test_equal_content_is_measured_once(store: Any) -> None:
    shards = [store.add(path, HUMAN) for path in ("a.jsonl", "b.jsonl", "c.jsonl")]
    found = measure_shards(shards, store, BARE, EvidenceCache(None), budget_seconds=None)
    assert (len(found), store.opened) == (1, ["a.jsonl"])


@pytest.mark.parametrize("order", [1, -1], ids=["as listed", "the other way round"])
def test_equal_content_in_two_folders_is_judged_by_the_strictest(store: Any, order: int) -> None:
    shards = [store.add(path, {"text": "x"}) for path in ("books/a.jsonl", "synthetic/a.jsonl")][::order]
    settings = DatasetSettings(origins=(OriginRule("books/**", "human"),))
    (found,) = measure_shards(shards, store, Plan(False, settings), EvidenceCache(None), budget_seconds=None).values()
    assert isinstance(found, Measurement)
    assert {cell.origin for cell in found.composition.cells} == {Origin.MACHINE}


@pytest.mark.parametrize(
    ("error", "absence"),
    [
        (ObjectMissing, Absence.NO_BYTES),
        (ObjectDenied, Absence.DENIED),
        (ObjectOffline, Absence.OFFLINE),
        (ObjectDamaged, Absence.DAMAGED),
        (ObjectError, Absence.NO_BYTES),
    ],
)
def test_why_there_are_no_bytes(store: Any, error: type[ObjectError], absence: Absence) -> None:
    version, shard = store.add("a.jsonl", HUMAN)
    other = store.add("b.jsonl", {"origin": "machine"})
    store.faults[shard.hash] = error("the door is shut", hint="knock")
    found = measure_shards([(version, shard), other], store, BARE, EvidenceCache(None), budget_seconds=None)
    assert found[shard.hash] == Unmeasured(shard.hash, absence, "a.jsonl: the door is shut", "knock")
    assert isinstance(found[other[1].hash], Measurement)


class Damaged(io.RawIOBase):
    """A stream that says at its end that its bytes are not those of their hash."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._data.read(size)
        if not data:
            raise ObjectDamaged("wrong hash")
        return data


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.jsonl", b'{"origin": "human"}\n' * 9, id="good rows"),
        pytest.param("a.jsonl.gz", b"\x1f\x8bgarbage" * 9, id="bytes that look damaged, because they are"),
        pytest.param("a.parquet", b"PAR1 and so on", id="a format that is read from its end"),
        pytest.param("a.jsonl", b"", id="nothing"),
    ],
)
def test_a_wrong_hash_is_said_before_anything_else(store: Any, tmp_path: Path, path: str, data: bytes) -> None:
    version, shard = store.add(path, data=data)
    store.open = lambda _version, _shard: Damaged(data)
    found = measure_shards([(version, shard)], store, BARE, EvidenceCache(tmp_path), budget_seconds=None)[shard.hash]
    assert isinstance(found, Unmeasured)
    assert found.absence is Absence.DAMAGED
    assert list(tmp_path.glob("??/*.json")) == []


def test_an_unreadable_shard_says_why(store: Any) -> None:
    version, shard = store.add("a.parquet", data=b"PAR1")
    found = measure_shards([(version, shard)], store, BARE, EvidenceCache(None), budget_seconds=None)[shard.hash]
    assert isinstance(found, Unmeasured)
    assert found.absence is Absence.UNREADABLE
    assert found.reason.startswith("a.parquet: the Parquet data are damaged")


def test_a_spent_budget_defers_what_is_not_cached(store: Any, tmp_path: Path) -> None:
    shards = [store.add(f"{number}.jsonl", {**HUMAN, "id": number}) for number in range(3)]
    measure_shards(shards[:1], store, BARE, EvidenceCache(tmp_path), budget_seconds=None)
    store.opened.clear()
    found = measure_shards(shards, store, BARE, EvidenceCache(tmp_path), budget_seconds=0)
    kinds = [getattr(found[shard.hash], "absence", None) for _, shard in shards]
    assert kinds == [None, Absence.DEFERRED, Absence.DEFERRED]
    assert store.opened == []


class Slow(io.RawIOBase):
    """A stream that never ends; the budget must."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return b'{"origin": "human"}\n' * 50


def test_the_budget_ends_in_the_middle_of_a_shard(store: Any, tmp_path: Path) -> None:
    version, shard = store.add("a.jsonl", HUMAN)
    store.open = lambda _version, _shard: Slow()
    found = measure_shards([(version, shard)], store, BARE, EvidenceCache(tmp_path), budget_seconds=0.2)[shard.hash]
    assert isinstance(found, Unmeasured)
    assert found.absence is Absence.DEFERRED
    assert list(tmp_path.glob("??/*.json")) == []


def test_progress_is_told(store: Any) -> None:
    told: list[tuple[int, int, str]] = []
    shards = [store.add(f"{number}.jsonl", {**HUMAN, "id": number}) for number in range(2)]
    measure_shards(
        shards, store, BARE, EvidenceCache(None), budget_seconds=None, progress=lambda *step: told.append(step)
    )
    assert told == [(0, 2, "0.jsonl"), (1, 2, "1.jsonl"), (2, 2, "")]


def test_the_digest_is_of_the_counts_alone(store: Any) -> None:
    shards = [store.add("a.jsonl", HUMAN, {"origin": "machine"}), store.add("b.jsonl", {"origin": "machine"}, HUMAN)]
    first, second = measure_shards(shards, store, FULL, EvidenceCache(None), budget_seconds=None).values()
    assert isinstance(first, Measurement)
    assert isinstance(second, Measurement)
    assert first.digest == second.digest == digest_of(first.composition)
    assert first.key != second.key
    assert merge([first.composition, second.composition]).records == 4


def test_the_stream_is_closed(store: Any) -> None:
    version, shard = store.add("a.jsonl", HUMAN)
    stream = io.BytesIO(store.objects[shard.hash])
    store.open = lambda _version, _shard: stream
    measure_shards([(version, shard)], store, BARE, EvidenceCache(None), budget_seconds=None)
    assert stream.closed
