"""Grouping in blocks: what comes out is what one process gives, and what is lost on the way is noticed."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from engine import kernels
from engine.frames import Frames, Harm, as_they_are
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.keyfiles import simulate
from checker.compare import bucket_edges
from checker.engine.embedded import Embedded
from checker.engine.seam import GroupKernel, KeyFile, Links
from checker.engine.spark.blocks import Range, Task
from checker.engine.spark.cutting import BLOCK_ROWS, cut
from checker.engine.spark.grouping import Plan, group, used
from checker.engine.spark.handshake import stamp
from checker.engine.spark.linking import link
from checker.engine.spark.session import Session
from checker.engine.spark.slots import hashed, slots
from checker.engine.workers import WorkerFault
from checker.errors import EngineError, EvidenceDamaged, UsageError
from checker.store import EvidenceCache
from checker.store.addresses import address_of
from checker.store.shared import SharedStore
from checker.store.sharing import Shared

DOCUMENTS, PARTS = 3000, 64
LINKED = pa.schema([("part", pa.int32()), ("piece", pa.int32()), ("kind", pa.string()), ("links", pa.binary())])


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> EvidenceCache:
    return EvidenceCache(tmp_path_factory.mktemp("evidence"))


@pytest.fixture(scope="module")
def files(cache: EvidenceCache) -> list[KeyFile]:
    return simulate(cache, DOCUMENTS, 7)


def session(harm: Harm = as_they_are, *, local: bool = True) -> Session:
    return Session(cast(Any, Frames(harm)), "a test", local, 2, lambda: None)


def edges(found: Sequence[Links]) -> list[list[int]]:
    return [[int(one), int(other)] for links in found for one, other in links.edges]


def expected(files: Sequence[KeyFile], cache: EvidenceCache, parts: int = PARTS) -> list[list[int]]:
    return edges(list(Embedded().group(files, bucket_edges, cache, parts)))


@pytest.mark.parametrize("parts", [32, 64, 1024])
def test_blocks_give_the_links_of_one_process(cache: EvidenceCache, files: list[KeyFile], parts: int) -> None:
    found = list(group(session(), files[::-1], bucket_edges, cache, parts))
    assert edges(found) == expected(files, cache, parts)
    assert [links.part for links in found] == sorted(links.part for links in found)


def test_a_file_with_many_keys_in_a_part_is_cut_into_several_blocks(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path)
    files = simulate(cache, BLOCK_ROWS + 1000, 1)
    within = Range(0, 1, 32)
    rows = [row for batch in cut(table(files), stamp(), packed(cache), within, (5,)) for row in batch.to_pylist()]
    assert [row["piece"] for row in rows] == [0, 1]
    assert [len(row["block"]) // 12 for row in rows] == [BLOCK_ROWS, 1000]
    assert {row["slot"] for row in rows} == {5}
    assert edges(list(group(session(), files, bucket_edges, cache, 32))) == expected(files, cache, 32)


def test_another_machine_reads_from_the_shared_store(tmp_path: Path) -> None:
    store = SharedStore(address_of(str(tmp_path / "store")))
    cache = EvidenceCache(tmp_path / "evidence", Shared((store,)))
    files = simulate(cache, 500, 3)
    assert edges(list(group(session(local=False), files, bucket_edges, cache, 32))) == expected(files, cache, 32)
    assert len(list((tmp_path / "store" / "v1").rglob("*.keys"))) == 3
    # The driver needs none of it any more.
    elsewhere = EvidenceCache(tmp_path / "empty", Shared((store,)))
    assert edges(list(group(session(local=False), files, bucket_edges, elsewhere, 32))) == expected(files, cache, 32)


def test_key_files_are_read_from_any_of_the_stores(tmp_path: Path) -> None:
    stores = [SharedStore(address_of(str(tmp_path / name))) for name in ("empty", "full")]
    (tmp_path / "empty").mkdir()
    theirs = EvidenceCache(tmp_path / "full" / "v1")
    files = simulate(theirs, 500, 3)
    cache = EvidenceCache(tmp_path / "evidence", Shared(stores))
    assert edges(list(group(session(local=False), files, bucket_edges, cache, 32))) == expected(files, theirs, 32)


def test_another_machine_without_a_shared_store_is_refused(cache: EvidenceCache, files: list[KeyFile]) -> None:
    with pytest.raises(UsageError, match="need a shared store"):
        list(group(session(local=False), files, bucket_edges, cache, 32))


def without_the_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[1:]


def with_the_first_twice(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[0], *rows]


@pytest.mark.parametrize("harm", [without_the_first, with_the_first_twice])
def test_blocks_that_are_lost_or_doubled_are_noticed(cache: EvidenceCache, files: list[KeyFile], harm: Harm) -> None:
    with pytest.raises(EngineError, match=rf"has grouped \d+ keys of {DOCUMENTS * 20}; run the command again"):
        list(group(session(harm), files, bucket_edges, cache, 32))


class Failing(Frames):
    """A Spark that fails when the first job is begun."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def addTag(self, tag: str) -> None:  # noqa: N802 - Spark's name
        raise RuntimeError(self.words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("Connection refused", "is gone", id="it was stopped"),
        pytest.param(
            "Job aborted: ExecutorLostFailure (executor 1 exited): Connection reset by peer",
            "has lost the same work to workers that ended, again and again; give each worker more",
            id="its workers end",
        ),
    ],
)
def test_a_spark_that_fails_is_told(cache: EvidenceCache, files: list[KeyFile], words: str, told: str) -> None:
    failing = Session(cast(Any, Failing(words)), "a test", True, 2, lambda: None)
    with pytest.raises(EngineError, match=f"^Spark at a test {told}"):
        list(group(failing, files, bucket_edges, cache, 32))


def stumble(keys: object, docs: object) -> Any:
    raise ZeroDivisionError("a fault of ours")


@pytest.mark.parametrize(
    ("kernel", "error", "words"),
    [
        pytest.param(kernels.refuse_keys, UsageError, "there are no such keys", id="what the user can mend"),
        pytest.param(stumble, WorkerFault, "ZeroDivisionError: a fault of ours", id="a fault of ours"),
        pytest.param(kernels.hog_of_keys, EngineError, "more memory than a worker", id="out of memory"),
    ],
)
def test_what_a_kernel_raises_is_raised_here(
    cache: EvidenceCache, files: list[KeyFile], kernel: GroupKernel, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(group(session(), files, kernel, cache, 32))


def test_a_key_file_that_is_another_one_is_named(cache: EvidenceCache, files: list[KeyFile]) -> None:
    other = [files[0]._replace(digest="0" * 64), *files[1:]]
    with pytest.raises(EvidenceDamaged, match=rf"{files[0].key}.* others than were made"):
        list(group(session(), other, bucket_edges, cache, 32))


class Trap:
    """Leaves a file when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.place,)


def test_an_unfit_worker_unpickles_nothing(cache: EvidenceCache, files: list[KeyFile], tmp_path: Path) -> None:
    trap = pickle.dumps(Trap(tmp_path / "unpickled"))
    cut_rows = list(cut(table(files), "headwater 0.0.0", trap, Range(0, 32, 32), (0,)))
    assert {row["kind"] for batch in cut_rows for row in batch.to_pylist()} == {"other"}
    blocks = list(cut(table(files), stamp(), packed(cache), Range(0, 32, 32), (0,)))
    linked = list(link(blocks, "headwater 0.0.0", trap, 32))
    assert {row["kind"] for batch in linked for row in batch.to_pylist()} == {"other"}
    assert not (tmp_path / "unpickled").exists()


def test_a_worker_of_another_release_is_told_with_the_next_step(cache: EvidenceCache, files: list[KeyFile]) -> None:
    def old(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**rows[0], "kind": "other", "block": b"headwater 0.0.1, Python 3.9"}]

    with pytest.raises(EngineError, match=r"has headwater 0\.0\.1 and Python 3\.9 where .*--environment"):
        list(group(session(old), files, bucket_edges, cache, 32))


def test_a_worker_without_the_kernel_is_told_with_the_next_step(cache: EvidenceCache, files: list[KeyFile]) -> None:
    absent = packed(cache).replace(b"bucket_edges", b"bucket_hedge")
    found = [row for batch in cut(table(files), stamp(), absent, Range(0, 32, 32), (0,)) for row in batch.to_pylist()]
    assert [(row["kind"], b"bucket_hedge" in row["block"]) for row in found] == [("stranger", True)]


@given(
    entries=st.integers(20, 10**11),
    power=st.integers(5, 14),
    brought=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**7)), max_size=4),
)
def test_a_plan_gives_out_each_part_once(entries: int, power: int, brought: list[tuple[int, int]]) -> None:
    plan, next_part = Plan(entries, 2**power), 0
    while (within := plan.next()) is not None:
        assert within.begin == next_part < within.end
        next_part = within.end
        if brought:
            plan.learn(*brought.pop())
    assert next_part == used(2**power)


def test_few_links_make_larger_jobs_and_many_do_not() -> None:
    few, many = Plan(10**9, 1024), Plan(10**9, 1024)
    first = few.next()
    assert first == many.next()
    assert first is not None
    few.learn(rows=2**24, links=2**10)
    many.learn(rows=2**24, links=2**24)
    assert size(few) > 10 * (first.end - first.begin)
    assert size(many) == first.end - first.begin


def size(plan: Plan) -> int:
    found = plan.next()
    assert found is not None
    return found.end - found.begin


@pytest.mark.parametrize("partitions", [1, 2, 7, 64, 200])
def test_each_partition_has_a_slot_of_its_own(partitions: int) -> None:
    assert [hashed(slot) % partitions for slot in slots(partitions)] == list(range(partitions))


def test_slots_are_hashed_as_spark_does() -> None:
    """Spark 4.3: `SELECT hash(0), hash(1), hash(42), hash(-1)` with columns of type int."""
    assert [hashed(number) for number in (0, 1, 42, -1 & 0xFFFFFFFF)] == [933211791, -559580957, 29417773, -1604776387]


def table(files: Sequence[KeyFile]) -> list[pa.RecordBatch]:
    return [pa.RecordBatch.from_pylist([file._asdict() for file in files])]


def packed(cache: EvidenceCache) -> bytes:
    return pickle.dumps(Task("a run", bucket_edges, cache.path))


@pytest.mark.parametrize("text", [-1, DOCUMENTS, 2**40])
def test_links_of_texts_that_there_are_not_are_refused(cache: EvidenceCache, files: list[KeyFile], text: int) -> None:
    with pytest.raises(EngineError, match=r"^a worker of Spark at a test has answered what no grouping gives"):
        list(group(session(), files, partial(kernels.link_to, text), cache, PARTS))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param((0, 0, "links", b"fifteen bytes.."), "what no grouping gives", id="half a link"),
        pytest.param((10**6, 0, "links", bytes(16)), "what no grouping gives", id="another part"),
        pytest.param((0, 0, "rows", b"-1"), "what no grouping gives", id="fewer than no rows"),
        pytest.param((0, 0, "rows", b"9" * 5000), "what no grouping gives", id="rows beyond all numbers"),
        pytest.param((0, 0, "pickle", b""), "what no grouping gives", id="something else"),
        pytest.param((0, 0, "measured", b"{}"), "what no grouping gives", id="an answer to another question"),
        pytest.param((0, 0, "refused", b"rubbish"), "in words that are none of ours", id="rubbish for an error"),
        pytest.param((0, 0, "other", b"\xff\xfe"), "a worker of Spark has", id="bytes for a version"),
    ],
)
def test_what_no_worker_of_ours_answers_is_told_in_words(
    cache: EvidenceCache, files: list[KeyFile], row: tuple[object, ...], told: str
) -> None:
    table = pa.Table.from_pylist([dict(zip(LINKED.names, row, strict=True))], LINKED)
    with pytest.raises(EngineError, match=told):
        list(
            group(Session(cast(Any, _Lying(table)), "a test", True, 2, lambda: None), files, bucket_edges, cache, PARTS)
        )


LINK = bytes(8) + (1).to_bytes(8, "little")


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(0, 1, "links", LINK), (0, 2, "rows", b"5")], id="a piece is lost"),
        pytest.param([(0, 0, "links", LINK)] * 2 + [(0, 1, "rows", b"5")], id="a piece is there twice"),
        pytest.param([(0, 0, "links", LINK), (1, 0, "rows", b"5")], id="the number of rows is lost"),
        pytest.param([(0, 0, "rows", b"5")] * 2, id="the number of rows is there twice"),
    ],
)
def test_links_that_are_lost_or_doubled_are_noticed(
    cache: EvidenceCache, files: list[KeyFile], rows: list[tuple[object, ...]]
) -> None:
    lying = _Lying(pa.Table.from_pylist([dict(zip(LINKED.names, row, strict=True)) for row in rows], LINKED))
    with pytest.raises(EngineError, match=r"^Spark at a test has lost links, or gives some twice; run the command"):
        list(group(Session(cast(Any, lying), "a test", True, 2, lambda: None), files, bucket_edges, cache, PARTS))


class _Lying(Frames):
    """Whatever is asked, the answer is this table."""

    def __init__(self, table: pa.Table) -> None:
        super().__init__()
        self._table = table

    def createDataFrame(self, table: pa.Table) -> Any:  # noqa: N802 - Spark's name
        del table
        return self

    def repartition(self, *_: object) -> Any:
        return self

    def mapInArrow(self, *_: object) -> Any:  # noqa: N802 - Spark's name
        return self

    def toArrow(self) -> pa.Table:  # noqa: N802 - Spark's name
        return self._table
