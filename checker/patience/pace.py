"""How many questions one place gets at once, and how long who failed waits before the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from checker.patience.passing import Passing

_AT_ONCE = 8


class Patience(NamedTuple):
    """`seconds` without any good answer, or `tries` of one question while others are answered, and it is given up.

    Waits double from the first to the longest, each between half and all of it by chance: who was sent away together
    must not come back together.
    """

    seconds: float = 20.0
    first_wait_seconds: float = 0.25
    longest_wait_seconds: float = 4.0
    tries: int = 10

    def wait_seconds(self, tries: int) -> float:
        """Before the try after `tries` that failed."""
        import random  # a hook whose store answers does without

        longest: float = min(self.longest_wait_seconds, self.first_wait_seconds * 2.0 ** min(tries - 1, 30))
        return longest * (0.5 + 0.5 * random.random())  # noqa: S311 - nothing is kept secret by it


PATIENCE = Patience()


class Pace:
    """One for each place that is asked. Several threads may use it; a pickled one starts anew.

    When the place has too many questions, half as many are asked at once, and none before its wish is over; with
    every full round of good answers one more.
    """

    def __init__(self, patience: Patience = PATIENCE, at_once: int = _AT_ONCE) -> None:
        self.patience, self.at_once = patience, at_once
        self._most = at_once
        self._changed = threading.Condition()
        self._asking = self._good = 0
        self._not_before = 0.0
        self._answered: float | None = None
        self._lowered = float("-inf")

    @property
    def answered(self) -> float | None:
        """When the last good answer came, by the monotonic clock."""
        return self._answered

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a question may be asked."""
        with self._changed:
            while (wait := self._not_before - time.monotonic()) > 0 or self._asking >= self.at_once:
                self._changed.wait(wait if wait > 0 else None)
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify()

    def good(self) -> None:
        """It gave an answer, whatever the answer was."""
        with self._changed:
            self._answered = time.monotonic()
            self._good += 1
            if self._good >= self.at_once < self._most:
                self.at_once, self._good = self.at_once + 1, 0
                self._changed.notify()

    def wait(self, found: Passing, tries: int, since: float) -> bool:
        """Wait before the next try of a question that was first asked at `since`; False when patience has an end."""
        seconds = max(found.wish_seconds, self.patience.wait_seconds(tries))
        now = time.monotonic()
        latest = max(since, self._answered or since) + self.patience.seconds
        if tries >= self.patience.tries or now + seconds > latest:
            return False
        if found.throttled:
            self._lower(now, seconds)
        time.sleep(seconds)
        return True

    def _lower(self, now: float, seconds: float) -> None:
        with self._changed:
            self._not_before = max(self._not_before, now + seconds)
            if now >= self._lowered:  # those that were asked together are sent away together: one reason, not eight
                self.at_once, self._good = max(1, self.at_once // 2), 0
                self._lowered = now + seconds

    def __reduce__(self) -> tuple[type[Pace], tuple[Patience, int]]:
        return Pace, (self.patience, self._most)
