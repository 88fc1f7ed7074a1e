"""Worker processes, each with pipes of its own, so that one that is killed costs its item alone.

`concurrent.futures` ends the whole pool when one process is killed, and does not say which item killed it. And
`multiprocessing` starts processes with the working folder on their import path: a pull request decides what is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar, cast

from checker.engine.worker import (
    Faulty,
    Finished,
    Message,
    OutOfMemory,
    Reading,
    Ready,
    Refused,
    Setup,
    Tell,
    receive,
    send,
    unpacked,
)
from checker.errors import EngineError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

# How often an item may end its worker before it is given up.
DEATHS = 2
# How often a worker may be killed before it is ready, until it is the machine that does not want any.
STARTS = 3
# So many outcomes a worker may wait to be taken: then it waits, too. A large one must not meet thousands of others.
WAITING = 2
# One worker is one thread: what it would start more is what the other workers use.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from checker.engine.worker import main; main()"
_WAKE_SECONDS = 1.0


class Lost(NamedTuple):
    """An item that ended its worker each time: by this exit code (minus a signal's number), or for want of memory."""

    exit_code: int
    memory: bool = False


class WorkerFault(RuntimeError):
    """The call raised in a worker: a fault of headwater. The text has the worker's traceback."""


class Workers(Generic[Item, Outcome]):
    """Up to `jobs` processes that call `call` on items, one item in flight for each. `memory_bytes` is for each.

    A thread a worker waits for its answers; the call must be picklable, that is a function of a module or a `partial`.
    What the call tells while it works, `on_read` is called with, together with the item. No item is begun while
    `WAITING` outcomes a worker have not been taken, so memory does not grow with the items.
    """

    def __init__(
        self,
        call: Callable[[Item, Tell], Outcome],
        jobs: int,
        memory_bytes: int | None = None,
        on_read: Callable[[Item, int], None] | None = None,
    ) -> None:
        self._setup = Setup(call, memory_bytes)
        self._on_read = on_read
        self._jobs = jobs
        self._lock = threading.Lock()
        self._room = threading.Semaphore(jobs * (1 + WAITING))
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers that run."""
        with self._lock:
            return tuple(process.pid for process in self._running)

    def run(self, items: Iterable[Item]) -> Generator[tuple[Item, Outcome | Lost], None, None]:
        """Each item with its outcome, as they finish. The workers end with the iteration, however it ends."""
        source = iter(items)
        answers: SimpleQueue[Any] = SimpleQueue()
        threads = [threading.Thread(target=self._serve, args=(source, answers), daemon=True) for _ in range(self._jobs)]
        try:
            for thread in threads:
                thread.start()
            running = len(threads)
            while running:
                answer = _next(answers)
                if isinstance(answer, BaseException):
                    raise answer
                if answer is None:
                    running -= 1
                elif isinstance(answer[1], Reading):
                    if self._on_read is not None:
                        self._on_read(answer[0], answer[1].bytes)
                else:
                    yield answer
                    self._room.release()
        finally:
            self.close()
            for thread in threads:
                thread.join()

    def close(self) -> None:
        """End all workers, at once; their threads then find the pipes closed."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._room.release(self._jobs)  # whoever waits finds that it is over

    def _serve(self, source: Iterator[Item], answers: SimpleQueue[Any]) -> None:
        """One worker after the other, for as long as there are items. Runs in a thread."""
        worker: _Worker | None = None
        try:
            while (item := self._take(source)) is not _END:
                outcome, worker = self._asked(item, worker, answers)
                answers.put((item, outcome))
            answers.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
            answers.put(error)
        finally:
            if worker is not None:
                self._end(worker)

    def _take(self, source: Iterator[Item]) -> Any:
        self._room.acquire()
        with self._lock:
            return _END if self._closed else next(source, _END)

    def _asked(
        self, item: Item, worker: _Worker | None, answers: SimpleQueue[Any]
    ) -> tuple[Outcome | Lost, _Worker | None]:
        """What comes of an item, and the worker that may take the next; none when that one is gone."""
        lost = Lost(0)
        for _ in range(DEATHS):
            worker = worker or self._start()
            message = self._answer(worker, item, lambda reading: answers.put((item, reading)))
            if isinstance(message, Finished):
                return message.outcome, worker
            worker = None
            if isinstance(message, Lost):
                lost = message
            elif isinstance(message, OutOfMemory):
                lost = Lost(0, memory=True)
            else:
                raise _raised(message, item)
            if self._closed:
                break
        return lost, None

    def _answer(
        self, worker: _Worker, message: object, hear: Callable[[Reading], None] | None = None
    ) -> Message | Lost:
        """What a worker says in the end; it is gone unless it says that it is ready or has finished."""
        try:
            answer = worker.ask(message)
            while isinstance(answer, Reading):
                if hear is not None:
                    hear(answer)
                answer = worker.hear()
        except (EOFError, OSError):
            return Lost(self._end(worker))
        except BaseException:  # what cannot be sent
            self._end(worker)
            raise
        if not isinstance(answer, Ready | Finished):
            self._end(worker)
        return answer

    def _start(self) -> _Worker:
        """A new worker that has said that it is ready. One that is killed meanwhile is started again."""
        code = 0
        for _ in range(STARTS):
            worker = self._started()
            message = self._answer(worker, self._setup)
            if isinstance(message, Ready):
                return worker
            if not isinstance(message, Lost):
                raise _raised(message, "its start")
            code = message.exit_code
            if code >= 0 or self._closed:
                break
        raise EngineError(
            f"a worker process ended with {code} before it could start", hint="use --jobs 1, or raise --memory"
        )

    def _started(self) -> _Worker:
        with self._lock:
            try:
                process = _process()
            except OSError as error:
                raise EngineError(
                    f"a worker process cannot be started: {error.strerror}", hint="use --jobs 1"
                ) from error
            self._running.add(process)
            if self._closed:
                process.kill()
        return _Worker(process)

    def _end(self, worker: _Worker) -> int:
        worker.close()
        code = worker.process.wait()
        with self._lock:
            self._running.discard(worker.process)
        return code


class _Worker:
    """A process and its two pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._inbox, self._outbox = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)

    def ask(self, message: object) -> Message:
        """Send, and wait for the answer. Raises EOFError or OSError when the process is gone."""
        send(self._inbox, message)
        return self.hear()

    def hear(self) -> Message:
        """The next thing that it says. Raises EOFError when the process is gone."""
        answer: Message = unpacked(receive(self._outbox))
        return answer

    def close(self) -> None:
        """The worker ends when its standard input does."""
        for pipe in (self._inbox, self._outbox):
            try:
                pipe.close()
            except OSError:  # what was not flushed has no reader any more
                continue


def cores() -> int:
    """How many cores this process may use: a container or `taskset` may allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_END = object()


def _next(answers: SimpleQueue[Any]) -> Any:
    """Wakes up now and then: on Windows a wait without end cannot be interrupted by Ctrl-C."""
    while True:
        try:
            return answers.get(timeout=_WAKE_SECONDS)
        except Empty:
            continue


def _raised(message: Message, item: object) -> Exception:
    if isinstance(message, Refused):
        return message.error
    trace = message.trace if isinstance(message, Faulty) else repr(message)
    return WorkerFault(f"in a worker, on {item}:\n{trace}")


def _process() -> subprocess.Popen[bytes]:
    """A process in a session of its own: Ctrl-C at the terminal is for the parent, which then ends it.

    Isolated (`-I`), so that neither the working folder nor the environment is on its import path.
    """
    flags = ["-I", *(["-B"] if sys.dont_write_bytecode else []), *(["-X", "utf8"] if sys.flags.utf8_mode else [])]
    home = str(Path(__file__).resolve().parents[2])
    paths = [path for path in sys.path if path]
    return subprocess.Popen(
        [sys.executable, *flags, "-c", _BOOT, *paths, *([] if home in paths else [home])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
        start_new_session=True,
    )
