"""Keeps evidence by content: a folder of files, each written whole or not at all and checked on every read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from checker.store.entries import COMPOSITION, KEYS, MAX_ENTRY_BYTES, TEXT, Kept, Name, decode_entry, encode_entry
from checker.store.files import sweep, write_whole

if TYPE_CHECKING:
    from checker.model.text import ShardText, TextEntry
    from checker.store.keys_layout import Head
    from checker.store.keys_reader import SortedKeys
    from checker.store.keys_writer import Band
    from checker.store.rolled import Rolled
    from checker.store.rollup import Rollup
    from checker.store.sharing import Shared

__all__ = ["EvidenceCache", "Kept", "default_folder"]
Found = TypeVar("Found")


class EvidenceCache:
    """A folder of entries, and behind it the shared stores, where there are any.

    What a shared store has is checked, kept in the folder and read from there. What is put is written to the folder
    alone. When the folder cannot be written to, nothing more is kept, and the notes say so once.
    """

    def __init__(self, path: Path | None, shared: Shared | None = None) -> None:
        self.path = path
        self.shared = shared
        self._unwritable = ""
        self._ready = False
        self._expected: tuple[tuple[Name, ...], ...] = ()
        self._with_results = True
        self._rolled: Rolled | None = None

    @classmethod
    def default(cls, environment: Mapping[str, str] | None = None) -> EvidenceCache:
        """The user's cache folder."""
        return cls(default_folder(os.environ if environment is None else environment))

    @property
    def writable(self) -> bool:
        """Whether entries are kept, as far as is known."""
        return self.path is not None and not self._unwritable

    @property
    def derived(self) -> Path | None:
        """A folder for what is computed from entries and can be computed again; None where nothing is kept."""
        return self.path / "derived" if self.path is not None and self.writable else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: evidence that is not kept, stores that could not be asked, entries not used."""
        return (
            *([self._unwritable] if self._unwritable else []),
            *(self._rolled.notes if self._rolled else ()),
            *(self.shared.notes if self.shared else ()),
        )

    @property
    def note(self) -> str:
        """The notes as one line."""
        return "; ".join(self.notes)

    def get(self, key: str) -> Kept | None:
        """The entry, or None when there is none or it is damaged: then it is measured again."""
        return self._find(Name(key, COMPOSITION), _read_composition, lambda rolled: rolled.composition(key))

    def put(self, key: str, kept: Kept) -> None:
        """Write an entry; another process may write the same one at the same time."""
        target = self._target(Name(key, COMPOSITION))
        if target is not None:
            try:
                write_whole(target, [encode_entry(key, kept)])
            except OSError as error:
                self._give_up(error)

    def text(self, key: str) -> TextEntry | None:
        """The entry about a shard's text by its header and size, or None when there is none or it is damaged."""
        from checker.store.text_reader import open_text

        return self._find(Name(key, TEXT), open_text, lambda rolled: rolled.text(key))

    def keep_text(self, key: str, text: ShardText) -> TextEntry:
        """Write an entry. Where nothing can be written the evidence stays in memory."""
        from checker.store.text_reader import entry_of
        from checker.store.text_writer import in_memory, write_text

        target = self._target(Name(key, TEXT))
        if target is not None:
            try:
                return entry_of(target, write_text(target, key, text))
            except OSError as error:
                self._give_up(error)
        return in_memory(key, text)

    def keys(self, key: str) -> SortedKeys | None:
        """The sorted keys of a shard's texts, or None when there are none or they are damaged: they are made again."""
        from checker.store.keys_reader import open_keys

        return self._find(Name(key, KEYS), open_keys)

    def keep_keys(self, head: Head, bands: Iterable[Band]) -> SortedKeys | None:
        """Write the sorted keys of a shard's texts; None where nothing can be written: then `note` says why."""
        from checker.store.keys_reader import open_keys
        from checker.store.keys_writer import write_keys

        target = self._target(Name(head.key, KEYS))
        if target is not None:
            try:
                write_keys(target, head, bands)
                return open_keys(target, head.key)
            except OSError as error:
                self._give_up(error)
        return None

    def shard_list(self, oid: str, hash_name: str) -> bytes | None:
        """The list of shards that git records as `oid`, its md5 checked; None when there is none or it is another."""
        from checker.store.lists import list_name, read_list

        name = list_name(oid, hash_name)
        return self._find(name, read_list, lambda rolled: rolled.shard_list(name.key))

    def keep_shard_list(self, oid: str, hash_name: str, data: bytes) -> None:
        """Write the list, unless it is here. `data` has been held against `oid`."""
        from checker.store.lists import list_name

        name = list_name(oid, hash_name)
        target = None if self.has(name) else self._target(name)
        if target is not None:
            try:
                write_whole(target, [data])
            except OSError as error:
                self._give_up(error)

    def prefetch(self, names: Collection[Name]) -> None:
        """Take from the shared stores what is not here yet, several at a time. Where there are none: nothing."""
        if self.shared is not None and self.writable:
            missing = [name for name in names if not self.has(name)]
            rolled = self._roll() if missing else None
            wanted = (name for name in missing if rolled is None or not rolled.holds(name))
            targets = ((name, self._target(name)) for name in wanted)
            self.shared.fetch_all((name, target) for name, target in targets if target is not None)

    def expect(self, names: Collection[Name]) -> None:
        """Entries that another machine has written since they were asked for: the shared stores are asked again."""
        if self.shared is not None:
            self.shared.expect(names)

    def expect_rollups(self, *choices: tuple[Name, ...], results: bool = True) -> None:
        """Rollups of what is asked for next: once something is not here, of each choice the first there is is opened.

        Without `results` what was worked out of their entries is not taken. What was expected before, and nothing
        asked for, is forgotten.
        """
        self._expected, self._with_results = choices, results

    def know(self, name: Name, rollup: Rollup) -> None:
        """Believe a rollup that is at hand."""
        self._opened().add(name, rollup)

    def holds(self, name: Name) -> bool:
        """Whether the folder has the entry, or a rollup says what it says (of a text, all but its body)."""
        return self.has(name) or ((rolled := self._roll()) is not None and rolled.holds(name))

    def close(self) -> None:
        """End the connections to shared stores; entries stay usable."""
        if self.shared is not None:
            self.shared.close()

    def has(self, name: Name) -> bool:
        """Whether the folder holds the entry; its content is not looked at."""
        return self.path is not None and (self.path / name.path).is_file()

    def _find(
        self, name: Name, read: Callable[[Path, str], Found], unroll: Callable[[Rolled], Found | None] | None = None
    ) -> Found | None:
        """From the folder, else from a rollup that can hold it, else from the first shared store that has it."""
        place = name.path
        if self.path is not None:
            try:
                return read(self.path / place, name.key)
            except (OSError, ValueError):
                pass
        rolled = None if unroll is None else self._roll()
        found = None if rolled is None or unroll is None else unroll(rolled)
        if found is not None or self.shared is None:
            return found
        return self.shared.find(name, self._target(name), read)

    def _roll(self) -> Rolled | None:
        """The rollups; those that are expected are opened now."""
        expected, self._expected = self._expected, ()
        for names in expected:
            # Without a store, and a rollup here, a hook need not import what opens one.
            if self.shared is not None or any(map(self.has, names)):
                self._opened().take(names, results=self._with_results)
        return self._rolled

    def _opened(self) -> Rolled:
        if self._rolled is None:
            from checker.store.rolled import Reach, Rolled

            self._rolled = Rolled(Reach(self.path, self.shared, self._target))
        return self._rolled

    def _target(self, name: Name) -> Path | None:
        """The file to write an entry to, its folder made; None where nothing is kept."""
        place = name.path
        if self.path is None or self._unwritable:
            return None
        target = self.path / place
        try:
            self._prepare(self.path, target.parent)
        except OSError as error:
            self._give_up(error)
            return None
        return target

    def _give_up(self, error: OSError) -> None:
        self._unwritable = f"measurements are not kept: {self.path} cannot be written ({error.strerror or error})"

    def _prepare(self, path: Path, folder: Path) -> None:
        if not self._ready:
            path.mkdir(parents=True, exist_ok=True)
            # Should the cache lie in a repository, git must not see it.
            ignore = path / ".gitignore"
            if not ignore.exists():
                write_whole(ignore, [b"*\n"])
            self._ready = True
        folder.mkdir(exist_ok=True)
        sweep(folder)


def _read_composition(file: Path, key: str) -> Kept:
    with file.open("rb") as stream:
        data = stream.read(MAX_ENTRY_BYTES + 1)
    if len(data) > MAX_ENTRY_BYTES:
        raise ValueError("it is longer than an entry can be")
    return decode_entry(key, data)


def default_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """`HEADWATER_CACHE_DIR`, else `XDG_CACHE_HOME`, else where the platform keeps caches; None without a home."""
    given = environment.get("HEADWATER_CACHE_DIR")
    if given:
        return Path(given).absolute() / "measurements"
    shared = environment.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():  # the specification says to ignore a relative one
        return Path(shared) / "headwater" / "measurements"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if platform == "darwin":
        return home / "Library" / "Caches" / "headwater" / "measurements"
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "headwater" / "Cache" / "measurements"
    return home / ".cache" / "headwater" / "measurements"
