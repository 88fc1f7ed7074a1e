"""Sends entries to a shared store while the next shards are measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from checker.errors import EvidenceUnreachable
from checker.store.entries import Name
from checker.store.shared import SharedStore
from checker.store.signing import signing_key
from checker.store.transfer import Moved, push

_AT_ONCE = 4


class Pushing:
    """Pushes the entries of a folder. A store that fails is told at the next entry: hours would be lost otherwise.

    What it does not take of some entries is told at the end.
    """

    def __init__(self, folder: Path, store: SharedStore) -> None:
        store.must_be_writable()
        self._folder, self._store, self._key = folder, store, signing_key(os.environ)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headwater-push")
        self._moves: list[Future[Moved]] = []
        self._sent = 0
        self._left: list[str] = []

    def add(self, names: Sequence[Name], *, anew: bool = False) -> None:
        """Entries of the folder; with `anew` they replace what the store has. Raises EvidenceUnreachable."""
        waiting = []
        for move in self._moves:
            if move.done():
                self._count(move.result())
            else:
                waiting.append(move)
        self._moves = [*waiting, self._threads.submit(self._push, names, anew)]

    def finish(self) -> int:
        """How many entries the store did not have. Raises EvidenceUnreachable, also when some were not taken."""
        moves, self._moves = self._moves, []
        for move in moves:
            self._count(move.result())
        if self._left:
            raise EvidenceUnreachable(
                f"{len(self._left):,} of {len(self._left) + self._sent:,} entries were not sent to "
                f"{self._store.address.url}: {min(self._left)}",
                hint="they are kept here: mend it and run again",
            )
        return self._sent

    def _count(self, moved: Moved) -> None:
        self._sent += len(moved.sent)
        self._left += moved.damaged

    def _push(self, names: Sequence[Name], anew: bool) -> Moved:
        return push(self._folder, self._store, names, self._key, anew=anew)

    def __enter__(self) -> Pushing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
