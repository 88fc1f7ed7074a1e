"""Shards in waves: what is lost on the way is noticed, and who ends workers costs only itself. No JVM is started."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from engine.frames import Frames, Harm, as_they_are
from engine.shards import FolderStore, notes
from engine.test_spark_grouping import with_the_first_twice, without_the_first

from checker.engine.kernels import measure_one
from checker.engine.seam import Descriptor, Measured, Work
from checker.engine.spark.mapping import map_shards
from checker.engine.spark.rows import Answer, Kind
from checker.engine.spark.session import Session
from checker.engine.spark.waves import ENDS, MOST_LOST, Asked, Lost, Waves
from checker.errors import EngineError
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.dataset import DatasetSettings

PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")


def session(harm: Harm = as_they_are) -> Session:
    return Session(cast(Any, Frames(harm)), "a test", True, 2, lambda: None)


def work(folder: Path) -> tuple[list[Descriptor], Work]:
    store = FolderStore(folder)
    shards = [store.add(f"{number}.jsonl", *notes(10 * number, 10)) for number in range(3)]
    descriptors = [Descriptor(task, PLAN) for task in tasks_of(shards, PLAN.settings)]
    return descriptors, Work(measure_one, store, EvidenceCache(folder / "evidence"))


def test_a_shard_without_an_answer_is_noticed(tmp_path: Path) -> None:
    descriptors, wanted = work(tmp_path)
    with pytest.raises(EngineError, match=r"^Spark at a test has answered for 2 shards of 3; run the command again"):
        list(map_shards(session(without_the_first), descriptors, wanted))


def test_a_shard_that_is_measured_twice_has_one_result(tmp_path: Path) -> None:
    descriptors, wanted = work(tmp_path)
    found = list(map_shards(session(with_the_first_twice), descriptors, wanted))
    assert sorted(one.task.shard.path for one, _ in found) == ["0.jsonl", "1.jsonl", "2.jsonl"]
    assert all(isinstance(result, Measured) for _, result in found)


class Cluster:
    """Answers for shards, except for waves in which one ends its worker; notes what it was asked."""

    def __init__(self, killers: Sequence[int], words: str = "Python worker exited unexpectedly (crashed)") -> None:
        self.killers, self.words = set(killers), words
        self.asked: list[tuple[int, ...]] = []

    def ask(self, wave: Sequence[int]) -> list[Asked]:
        self.asked.append(tuple(wave))
        if self.killers.intersection(wave):
            raise RuntimeError(f"Job aborted: {self.words}")
        return [Answer(number, Kind.MEASURED, "") for number in wave]

    def run(self, waves: Sequence[Sequence[int]]) -> dict[int, Asked]:
        found: dict[int, Asked] = {}
        with closing(Waves(session(), waves, self.ask)) as running:
            for wave, answers in running.run(before=lambda wave: None):
                assert len(wave) == len(answers)
                assert found.keys().isdisjoint(wave)
                found |= dict(zip(wave, answers, strict=True))
        return found


def test_whoever_ends_workers_is_lost_alone() -> None:
    cluster = Cluster([3, 40, 41])
    found = cluster.run([range(32), range(32, 64), range(64, 70)])
    assert sorted(found) == list(range(70))
    assert {number: one for number, one in found.items() if isinstance(one, Lost)} == dict.fromkeys(
        (3, 40, 41), Lost(ENDS)
    )
    assert all(one.number == number for number, one in found.items() if isinstance(one, Answer))
    assert cluster.asked.count((3,)) == ENDS


@pytest.mark.parametrize(
    ("first", "hopeless"), [pytest.param([], True, id="none"), pytest.param([99], False, id="one")]
)
def test_where_nothing_is_ever_measured_it_is_the_workers(first: list[int], hopeless: bool) -> None:
    waves = [[*first, *range(2 * MOST_LOST)]]
    cluster = Cluster(range(2 * MOST_LOST))
    if hopeless:
        with pytest.raises(EngineError, match=rf"^Spark's workers end on every shard \({MOST_LOST} of {MOST_LOST}\)"):
            cluster.run(waves)
    else:
        assert sum(isinstance(one, Lost) for one in cluster.run(waves).values()) == 2 * MOST_LOST


def test_any_other_trouble_is_told_and_nothing_is_repeated() -> None:
    cluster = Cluster([1], "No space left on device")
    with pytest.raises(EngineError, match=r"^Spark at a test has run out of disk space; make room"):
        cluster.run([[0, 1, 2]])
    assert cluster.asked == [(0, 1, 2)]
