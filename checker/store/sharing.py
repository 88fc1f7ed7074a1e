"""The shared stores behind a cache: what they have is fetched, checked and kept; what goes wrong is told once."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from checker.errors import EvidenceUnreachable
from checker.store.entries import Name
from checker.store.receiving import Refused, partial_in, receive
from checker.store.shared import SharedStore
from checker.store.signing import Signed

if TYPE_CHECKING:
    from typing import Any

_AT_ONCE = 8
_WORTH_LISTING = 32
Found = TypeVar("Found")


class Shared:
    """Shared stores, asked in their order. `key` is the secret of signatures, where this machine holds it.

    It can be pickled when the addresses of its stores can; the copy starts without notes.
    """

    def __init__(
        self, stores: Sequence[SharedStore], signed: Signed = Signed.OPTIONAL, key: bytes | None = None
    ) -> None:
        self.stores = tuple(stores)
        self.signed = signed
        self._key = key
        self._refused: dict[str, list[str]] = {}
        self._absent: set[Name] = set()  # asked for in this run: nobody had it
        self._scratch: list[str] = []
        weakref.finalize(self, _remove, self._scratch)

    @property
    def notes(self) -> tuple[str, ...]:
        """Each store that could not be asked, and each whose entries were not used, in one line."""
        told = []
        for store in self.stores:
            if store.trouble:
                told.append(store.trouble)
            refused = self._refused.get(store.address.url, [])
            if refused:
                count = f"{len(refused)} {'entries' if len(refused) > 1 else 'entry'}"
                told.append(f"{count} of the evidence store {store.address.url} not used: {min(refused)}")
        return tuple(told)

    def find(self, name: Name, target: Path | None, read: Callable[[Path, str], Found]) -> Found | None:
        """The entry from the first store that has a good one, kept as `target`; without one, until this object ends."""
        file = target or self._scratch_file(name)
        return read(file, name.key) if self._take_first((name, file)) else None

    def fetch_all(self, wanted: Iterable[tuple[Name, Path]]) -> None:
        """Fetch entries, several at a time. Of many, what a store does not have is not asked for one by one."""
        asked = list(wanted)
        if len(asked) >= _WORTH_LISTING:
            asked = self._held(asked)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="evidence") as pool:
            list(pool.map(self._take_first, asked))

    def expect(self, names: Collection[Name]) -> None:
        """Ask again for entries that nobody had before."""
        self._absent.difference_update(names)

    def close(self) -> None:
        """End the connections."""
        for store in self.stores:
            store.close()

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if name != "_scratch"}
        return {**kept, "_refused": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _scratch=[])
        weakref.finalize(self, _remove, self._scratch)

    def _held(self, asked: list[tuple[Name, Path]]) -> list[tuple[Name, Path]]:
        """Without what no store has; as it is when a store does not say."""
        names = [name for name, _ in asked if name not in self._absent]
        found: set[Name] = set()
        for store in self.stores:
            try:
                held = None if store.trouble else store.held(names)
            except EvidenceUnreachable:
                continue  # the store itself remembers why, and the notes tell it
            if held is None and not store.trouble:
                return asked
            found |= held or frozenset()
        self._absent.update(name for name in names if name not in found)
        return [(name, target) for name, target in asked if name in found]

    def _take_first(self, wanted: tuple[Name, Path]) -> bool:
        name, target = wanted
        if name in self._absent:
            return False
        found = any(self._take(store, name, target) for store in self.stores if not store.trouble)
        if not found:
            self._absent.add(name)
        return found

    def _take(self, store: SharedStore, name: Name, target: Path) -> bool:
        """Fetch one entry; what is damaged or not signed as demanded counts as absent, and is noted."""
        partial = partial_in(target.parent)
        try:
            if receive(store, name, partial, self.signed, self._key):
                partial.replace(target)
                return True
        except EvidenceUnreachable:
            pass  # the store itself remembers why, and the notes tell it
        except Refused as refusal:
            self._refused.setdefault(store.address.url, []).append(f"{name.path}: {refusal}")
        finally:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()
        return False

    def _scratch_file(self, name: Name) -> Path:
        if not self._scratch:
            self._scratch.append(tempfile.mkdtemp(prefix="headwater-"))
        file = Path(self._scratch[0], name.path)
        file.parent.mkdir(exist_ok=True)
        return file


def _remove(folders: list[str]) -> None:
    while folders:
        shutil.rmtree(folders.pop(), ignore_errors=True)
