"""What rollups say of a run's entries: believed until an entry shows otherwise; bodies of texts are fetched later."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from checker.errors import EvidenceDamaged
from checker.model.nothing import NOTHING
from checker.model.text import TextEntry
from checker.store.entries import COMPOSITION, LIST, TEXT, Kept, Name, read_entry
from checker.store.lists import check_list
from checker.store.results import Results
from checker.store.rollup import Rollup, read_rollup
from checker.store.text_reader import load_documents, load_sample, load_stats, load_text

if TYPE_CHECKING:
    from checker.store.sharing import Shared

DERIVED = "derived"
# Bodies are fetched one, two, four … at a time: who reads one shard waits for one, who reads all for few rounds.
_MOST_AHEAD = 64

Part = TypeVar("Part")


class Reach(NamedTuple):
    """How entries are had: the folder that keeps them, the stores behind it, and the file that one is written to."""

    folder: Path | None
    shared: Shared | None
    target: Callable[[Name], Path | None]


class Rolled:
    """The opened rollups. A copy in another process has none, and still gets the bodies of texts."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._start()

    def _start(self) -> None:
        self.notes: list[str] = []
        self._open: dict[Name, Rollup] = {}
        self._ahead = 1
        self._bodies: Iterator[Name] = iter(())

    def take(self, names: tuple[Name, ...], *, results: bool = True) -> None:
        """Open the first of these rollups that there is, from the folder or else from a store."""
        for name in names:
            if name in self._open:
                return
            found = self._read(name)
            if found is not None:
                self.add(name, found if results else found._replace(results={}))
                return

    def add(self, name: Name, rollup: Rollup) -> None:
        """Know a rollup. What was worked out of its entries is laid where such results are looked for."""
        self._open[name] = rollup
        self._bodies = self._not_here()
        if self._reach.folder is not None and self._reach.target(name) is not None:
            Results(self._reach.folder / DERIVED).put_bodies(rollup.results)

    def holds(self, name: Name) -> bool:
        """Whether some rollup says what this entry says; of a text, all but its body."""
        return any(name.key in _table(rollup, name.kind) for rollup in self._open.values())

    def composition(self, key: str) -> Kept | None:
        """The composition, checked like one that came alone."""
        return self._checked(Name(key, COMPOSITION), read_entry)

    def shard_list(self, key: str) -> bytes | None:
        """The list of shards whose md5 the key stands for."""
        return self._checked(Name(key, LIST), _read_list)

    def text(self, key: str) -> TextEntry | None:
        """The entry, whose body is fetched when something reads it."""
        head = next((rollup.texts[key] for rollup in self._open.values() if key in rollup.texts), None)
        if head is None:
            return None
        return TextEntry(
            key,
            head.digest,
            head.records,
            partial(self._load, load_text, key, head.digest),
            partial(self._load, load_stats, key, head.digest),
            partial(self._load, load_documents, key, head.digest),
            partial(self._load, load_sample, key, head.digest),
        )

    def _load(self, read: Callable[[Path, str, str], Part], key: str, digest: str) -> Part:
        """A part of a text entry. Raises EvidenceDamaged when its body is not to be had, or another one."""
        name = Name(key, TEXT)
        file = self._body(name)
        if file is None:
            reason = f"{name.path} cannot be had, which a rollup names"
            self._lose(key, reason)
            raise EvidenceDamaged(reason, hint="run the command again, which measures its shard again")
        try:
            return read(file, key, digest)
        except EvidenceDamaged as error:
            self._lose(key, error.message, forget=True)
            raise

    def _body(self, name: Name) -> Path | None:
        """The file of a text entry, here or fetched, and then some more with it that nobody asked for yet."""
        folder, shared, target = self._reach
        if folder is not None and (folder / name.path).is_file():
            return folder / name.path
        if shared is None:
            return None
        file = target(name)
        if file is None:
            return shared.find(name, None, _itself)
        wanted = dict.fromkeys((name, *islice(self._bodies, self._ahead - 1)))
        shared.fetch_all((each, place) for each in wanted if (place := target(each)) is not None)
        self._ahead = min(2 * self._ahead, _MOST_AHEAD)
        return file if file.is_file() else None

    def _not_here(self) -> Iterator[Name]:
        """The text entries whose bodies the folder lacks, each once."""
        folder = self._reach.folder
        for rollup in tuple(self._open.values()):
            for key in rollup.texts:
                name = Name(key, TEXT)
                if folder is not None and not (folder / name.path).is_file():
                    yield name

    def _read(self, name: Name) -> Rollup | None:
        folder, shared, target = self._reach
        with contextlib.suppress(OSError, ValueError):
            if folder is not None:
                return read_rollup(folder / name.path, name.key)
        return None if shared is None else shared.find(name, target(name), read_rollup)

    def _checked(self, name: Name, read: Callable[[str, bytes], Part]) -> Part | None:
        for place, rollup in tuple(self._open.items()):
            data = _table(rollup, name.kind).get(name.key)
            if isinstance(data, bytes):
                try:
                    return read(name.key, data)
                except ValueError as error:
                    self._forget(place, f"{name.path} in it cannot be used as evidence: {error}")
        return None

    def _lose(self, key: str, reason: str, *, forget: bool = False) -> None:
        """Of a rollup that names a body which is not there, no text is believed; of one that names another, nothing."""
        for place, rollup in tuple(self._open.items()):
            if key in rollup.texts and forget:
                self._forget(place, reason)
            elif key in rollup.texts:
                self._open[place] = rollup._replace(texts={})
                self.notes.append(f"the texts of {place.path} are not used: {reason}")

    def _forget(self, place: Name, reason: str) -> None:
        """What it says is asked for entry by entry, and the next run fetches it anew."""
        del self._open[place]
        self.notes.append(f"{place.path} is not used: {reason}")
        if self._reach.folder is not None:
            with contextlib.suppress(OSError):
                (self._reach.folder / place.path).unlink()

    def __getstate__(self) -> Reach:
        return self._reach

    def __setstate__(self, reach: Reach) -> None:
        self._reach = reach
        self._start()


def _table(rollup: Rollup, kind: str) -> Mapping[str, object]:
    return {COMPOSITION: rollup.compositions, LIST: rollup.lists, TEXT: rollup.texts}.get(kind, NOTHING)


def _read_list(key: str, data: bytes) -> bytes:
    check_list(data, key)
    return data


def _itself(file: Path, _: str) -> Path:
    return file
