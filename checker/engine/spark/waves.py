"""Jobs of Spark, two at a time, so that no wave waits for the slowest shard of the one before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple
from uuid import uuid4

from checker.engine.spark.rows import Answer
from checker.engine.spark.session import Session
from checker.engine.spark.troubles import ended_a_worker, put_in_words
from checker.errors import EngineError

Wave = Sequence[int]
AT_ONCE = 2
# How often a shard that is alone may end its worker. What Spark tries again by itself counts once.
ENDS = 2
# So many shards lost and not one measured: it is the workers that do not work, not the shards.
MOST_LOST = 8
_WAKE_SECONDS = 1.0
_JOIN_SECONDS = 10.0


class Lost(NamedTuple):
    """A shard that has ended its worker so many times, alone."""

    times: int


Asked = Answer | Lost


class Waves:
    """Asks for the answers of waves in threads of its own, until it is closed: then what still runs is canceled."""

    def __init__(self, session: Session, waves: Sequence[Wave], ask: Callable[[Wave], list[Asked]]) -> None:
        self._session, self._ask = session, ask
        self._source = iter(waves)
        self._tag = f"headwater-{uuid4().hex}"
        self._lock = threading.Lock()
        self._answers: SimpleQueue[Any] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._lost, self._came = 0, False

    def run(self, before: Callable[[Wave], None]) -> Generator[tuple[Wave, list[Asked]], None, None]:
        """Each wave with its answers, as they end; `before` is called with each before it begins."""
        self._threads = [threading.Thread(target=self._serve, args=(before,), daemon=True) for _ in range(AT_ONCE)]
        for thread in self._threads:
            thread.start()
        running = len(self._threads)
        while running:
            found = self._next()
            if isinstance(found, BaseException):
                raise found
            if found is None:
                running -= 1
            else:
                yield found

    def close(self) -> None:
        """Cancel the jobs that run."""
        with self._lock:
            self._closed = True
        if any(thread.is_alive() for thread in self._threads):
            self._session.cancel(self._tag)
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def _next(self) -> Any:
        """Wakes up now and then: on Windows a wait without end cannot be interrupted by Ctrl-C."""
        while True:
            with suppress(Empty):
                return self._answers.get(timeout=_WAKE_SECONDS)

    def _serve(self, before: Callable[[Wave], None]) -> None:
        try:
            with put_in_words(self._session.where):
                self._session.spark.addTag(self._tag)
                while (wave := self._take()) is not None:
                    before(wave)
                    self._answers.put((wave, list(self._asked(wave))))
            self._answers.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that iterates
            self._answers.put(error)

    def _take(self) -> Wave | None:
        with self._lock:
            return None if self._closed else next(self._source, None)

    def _asked(self, wave: Wave) -> Iterator[Asked]:
        """A wave that ends a worker is halved, until the shard that does it is alone. What is measured stays so."""
        for times in range(1, ENDS + 1):
            try:
                answers = self._ask(wave)
            except Exception as error:
                if self._closed or not ended_a_worker(error):
                    raise
                if len(wave) > 1:
                    half = len(wave) // 2
                    yield from self._asked(wave[:half])
                    yield from self._asked(wave[half:])
                    return
                if times == ENDS:
                    self._count_lost(error)
            else:
                self._came = True
                yield from answers
                return
        yield Lost(ENDS)

    def _count_lost(self, error: Exception) -> None:
        with self._lock:
            self._lost += 1
            hopeless = self._lost >= MOST_LOST and not self._came
        if hopeless:
            raise EngineError(
                f"Spark's workers end on every shard ({self._lost} of {self._lost})",
                hint="give them more memory (spark.executor.memoryOverhead), and see what their own logs say",
            ) from error
