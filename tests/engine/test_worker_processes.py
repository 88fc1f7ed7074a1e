"""Worker processes: what they give back, how they die, and what they leave behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from engine import kernels

from checker.engine.worker import Tell
from checker.engine.workers import DEATHS, WAITING, Lost, WorkerFault, Workers
from checker.errors import EngineError, UsageError

T = TypeVar("T")
R = TypeVar("R")


def run(call: Callable[[T, Tell], R], items: Iterable[T], jobs: int = 2) -> list[tuple[T, R | Lost]]:
    return list(Workers(call, jobs).run(items))


def wait_for(what: Callable[[], T], seconds: float = 20) -> T:
    """What becomes true before long."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("jobs", [pytest.param(1, id="one worker"), pytest.param(3, id="more workers than items")])
def test_every_item_has_its_outcome(jobs: int) -> None:
    assert sorted(run(kernels.double, [1, 2], jobs)) == [(1, 2), (2, 4)]


def test_what_a_call_tells_meanwhile_is_heard() -> None:
    heard: list[tuple[int, int]] = []
    workers: Workers[int, int] = Workers(kernels.count, 2, on_read=lambda item, size: heard.append((item, size)))
    assert sorted(workers.run([3, 2])) == [(2, 2), (3, 3)]
    assert sorted(heard) == [(2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]


def test_nothing_to_do_starts_nothing() -> None:
    workers = Workers(kernels.double, 2)
    assert list(workers.run([])) == []
    assert workers.pids == ()


def test_an_item_that_kills_its_worker_each_time_is_lost_alone() -> None:
    items = [(number, "always" if number == 3 else "") for number in range(6)]
    found = dict(run(kernels.die, items))
    assert found.pop((3, "always")) == Lost(-signal.SIGKILL)
    assert found == {(number, ""): 2 * number for number in (0, 1, 2, 4, 5)}


def test_an_item_that_kills_its_worker_once_is_done_the_second_time(tmp_path: Path) -> None:
    items = [(number, str(tmp_path / str(number))) for number in range(3)]
    assert sorted(number for (_, _), number in run(kernels.die, items)) == [0, 2, 4]
    assert DEATHS == 2


def test_a_worker_that_is_killed_from_outside_costs_nothing(tmp_path: Path) -> None:
    workers: Workers[str, str] = Workers(kernels.slow, 1)
    killed: list[int] = []

    def kill() -> None:
        for _ in range(DEATHS):
            pid = int(wait_for(lambda: [p.name for p in tmp_path.iterdir() if int(p.name) not in killed])[0])
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    assert list(workers.run([str(tmp_path)])) == [(str(tmp_path), Lost(-signal.SIGKILL))]
    killer.join()
    assert len(set(killed)) == DEATHS


def test_a_worker_that_leaves_is_lost_with_its_code() -> None:
    assert run(kernels.leave, [7], 1) == [(7, Lost(7))]


def test_what_the_user_can_mend_is_raised_as_it_is() -> None:
    with pytest.raises(UsageError) as caught:
        run(kernels.refuse, [4])
    assert (caught.value.message, caught.value.hint) == ("there is no 4", "count to three")


def test_a_fault_of_our_own_names_the_item_and_the_place() -> None:
    with pytest.raises(WorkerFault) as caught:
        run(kernels.stumble, [41], 1)
    assert "on 41" in str(caught.value)
    assert "ZeroDivisionError" in str(caught.value)
    assert "in stumble" in str(caught.value)


def test_a_call_that_cannot_be_sent_is_an_error_here() -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        run(lambda number, tell: number, [1])


def test_items_that_cannot_be_had_are_an_error_here() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the list ends here")

    with pytest.raises(OSError, match="the list ends here"):
        run(kernels.double, items())


def test_what_is_printed_does_not_get_between_the_messages(capfd: pytest.CaptureFixture[str]) -> None:
    assert sorted(run(kernels.chatter, [1, 2])) == [(1, 1), (2, 2)]
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello 1" in err
    assert "straight to the descriptor" in err


def test_a_worker_is_one_thread() -> None:
    (_, found), *_ = run(kernels.threads, [1], 1)
    assert isinstance(found, dict)
    assert set(found.values()) == {"1"}
    assert {"OMP_NUM_THREADS", "NUMBA_NUM_THREADS"} <= found.keys()


def test_the_working_folder_is_not_on_the_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pickle", "struct", "threading", "checker", "multiprocessing", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a file of the judged repository was run')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    (_, found), *_ = run(kernels.import_path, [1], 1)
    assert isinstance(found, list)
    assert not {"", ".", str(tmp_path)} & set(found)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a bound on its data")
def test_an_item_that_needs_more_memory_than_a_worker_may_take_is_lost_alone() -> None:
    megabyte = 2**20
    found = dict(Workers(kernels.hog, 2, 192 * megabyte).run([megabyte, 1024 * megabyte, 2 * megabyte]))
    assert found == {megabyte: megabyte, 1024 * megabyte: Lost(0, memory=True), 2 * megabyte: 2 * megabyte}


def test_workers_that_cannot_even_start_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(EngineError, match="ended with 1 before it could start"):
        run(kernels.double, [1, 2])


def test_a_program_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="cannot be started: No such file"):
        run(kernels.double, [1, 2])


@pytest.mark.parametrize(
    "words", ["can't start new thread", "zstd decompress error: Allocation error : not enough memory"]
)
def test_other_words_for_too_little_memory_are_understood(words: str) -> None:
    assert run(kernels.fail_with, [words], 1) == [(words, Lost(0, memory=True))]


def test_no_worker_is_left_when_the_iteration_ends_early(tmp_path: Path) -> None:
    workers: Workers[int, int] = Workers(kernels.double, 2)
    with closing(workers.run(range(1000))) as outcomes:
        next(outcomes)
        pids = workers.pids
        assert pids
    assert workers.pids == ()
    assert all(gone(pid) for pid in pids)


def test_outcomes_that_nobody_takes_hold_the_workers_up() -> None:
    jobs, taken, most = 2, [0], 2 * (1 + WAITING)

    def items() -> Iterator[int]:
        for number in range(60):
            taken[0] = number + 1
            yield number

    workers: Workers[int, int] = Workers(kernels.double, jobs)
    with closing(workers.run(items())) as outcomes:
        for done, (item, outcome) in enumerate(outcomes):
            assert outcome == 2 * item
            wait_for(lambda done=done: taken[0] >= min(60, done + most))  # type: ignore[misc]  # bound now: it is a loop
            assert taken[0] - done <= most
    assert done == 59


def test_no_worker_is_left_when_others_wait_for_room() -> None:
    workers: Workers[int, int] = Workers(kernels.double, 3)
    outcomes = workers.run(range(1000))
    next(outcomes)
    started = workers.pids
    outcomes.close()
    assert workers.pids == ()
    for pid in started:
        wait_for(lambda pid=pid: gone(pid))  # type: ignore[misc]  # bound now: it is a loop


def test_at_most_one_item_for_each_worker_is_in_flight(tmp_path: Path) -> None:
    taken = []

    def items() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield str(tmp_path)

    workers: Workers[str, str] = Workers(kernels.slow, 2)
    outcomes = workers.run(items())
    reader = threading.Thread(target=lambda: list(outcomes))
    reader.start()
    wait_for(lambda: len([*tmp_path.iterdir()]) == 2)
    in_flight = len(taken)
    workers.close()
    reader.join()
    assert in_flight == 2


PARENT = """
import sys
from engine import kernels
from checker.engine.worker import Tell
from checker.engine.workers import Workers

for _ in Workers(kernels.slow, 2).run([sys.argv[1], sys.argv[1]]):
    pass
"""


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        pytest.param(signal.SIGKILL, id="kill -9"),
        pytest.param(signal.SIGTERM, id="a runner that cancels"),
    ],
)
def test_no_worker_outlives_its_parent(tmp_path: Path, ending: signal.Signals) -> None:
    tests = Path(__file__).resolve().parents[1]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pids = wait_for(lambda: [int(path.name) for path in tmp_path.iterdir()] if len([*tmp_path.iterdir()]) == 2 else [])
    # A terminal sends it to the whole group: the workers have one of their own.
    os.killpg(parent.pid, ending)
    assert parent.wait(20) != 0
    wait_for(lambda: all(gone(pid) for pid in pids))
