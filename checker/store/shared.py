"""A shared store of entries: asked patiently, believed only after checking, and given up with one clear reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from checker.errors import EvidenceUnreachable, UsageError
from checker.patience.pace import PATIENCE, Pace, Patience
from checker.store.addresses import Address
from checker.store.download import Download, Unusable
from checker.store.entries import Name, name_at
from checker.store.listing import in_order, paired
from checker.store.places import READ_ONLY, place_of
from checker.store.s3 import MOST_REMOVED, Page
from checker.store.signing import MAX_SIGNATURE_BYTES, SUFFIX
from checker.store.text_layout import MAX_HEADER_BYTES
from checker.store.troubles import TooSlow, Trouble, trouble_of

__all__ = ["LAYOUT", "SharedStore", "Unusable"]
LAYOUT = "v1"
# So many entries in a row that are refused while nothing is given: then it is the store, not the entries.
_REFUSALS = 3
# A transfer that was cut off counts as come forward by so much: else each single byte would renew patience.
_FORWARD_BYTES = 64 * 1024

Answer = TypeVar("Answer")


class SharedStore:
    """Entries below `v1/` of an address. After one failure to reach it, it is not asked again: `trouble` says why.

    A store that answers for others may fail for one entry (its rights, a broken copy): that is Unusable, and only that.
    Several threads may use it. It can be pickled when its address can.
    """

    def __init__(self, address: Address, patience: Patience = PATIENCE) -> None:
        self.address = address
        self.trouble = ""
        self._hint = ""
        self._place = place_of(address)
        self._pace = Pace(patience)
        self._refusals = 0

    @property
    def writable(self) -> bool:
        """Whether entries can be written at all over this protocol."""
        return self.address.scheme not in READ_ONLY

    def fetch(self, name: Name, into: BinaryIO, limit: Callable[[bytes], int]) -> bool:
        """Copy an entry; False when the store has none, Unusable when it has more bytes than `limit` says of its start.

        Raises EvidenceUnreachable.
        """
        download = Download(self._place, f"{LAYOUT}/{name.path}", into, limit, self._pace.patience.seconds)
        try:
            return bool(self._ask(download, lambda: download.received))
        finally:
            download.close()

    def signature(self, name: Name) -> bytes | None:
        """What is stored beside an entry as its signature. Raises EvidenceUnreachable, Unusable."""
        return self._beginning(f"{name.path}{SUFFIX}", MAX_SIGNATURE_BYTES)

    def start(self, name: Name) -> bytes | None:
        """As much of an entry as a header can take. Raises EvidenceUnreachable, Unusable."""
        return self._beginning(name.path, MAX_HEADER_BYTES)

    def write(self, name: Name, source: Path, suffix: str = "") -> None:
        """Write a file as an entry (or, with the suffix, as its signature). Raises EvidenceUnreachable, Unusable."""
        self.must_be_writable()
        self._ask(lambda: self._place.write(f"{LAYOUT}/{name.path}{suffix}", source))

    def remove(self, names: Iterable[Name]) -> None:
        """Remove entries and their signatures, where they are there. Raises EvidenceUnreachable."""
        self.must_be_writable()
        paths = [f"{LAYOUT}/{name.path}{suffix}" for name in names for suffix in ("", SUFFIX)]
        for start in range(0, len(paths), MOST_REMOVED):
            some = paths[start : start + MOST_REMOVED]
            self._surely(lambda some=some: self._place.remove(some))  # type: ignore[misc]  # bound now: it is a loop

    def names(self, keys: Collection[str] | None = None) -> Iterator[tuple[Name, int, bool]]:
        """The entries with their sizes, and whether each has a signature; with `keys`, those near these keys.

        Page after page, as it is asked for. Raises EvidenceUnreachable; UsageError where the protocol cannot list.
        """
        if not self.writable:
            raise UsageError(
                f"{self.address.url} cannot be listed over {self.address.scheme}",
                hint="name the entries by running inside the repository, or use the store's own address",
            )
        for path, size, signed in paired(self._listed(keys)):
            name = name_at(path)
            if name is not None:
                yield name, size, signed

    def held(self, names: Collection[Name]) -> frozenset[Name] | None:
        """Which of the entries it has, in fewer questions than one each; None where that cannot be had, or not here.

        Raises EvidenceUnreachable.
        """
        if not self.writable:
            return None
        try:
            listed = in_order(partial(self._page, self._ask_if_allowed), {name.key for name in names})
            found = None if listed is None else {name_at(path) for path, _ in listed}
        except Unusable:  # who may not list may read all the same
            return None
        return None if found is None else frozenset(name for name in names if name in found)

    def must_be_writable(self) -> None:
        """Raises UsageError when the protocol is only for reading."""
        if not self.writable:
            raise UsageError(
                f"{self.address.url} can only be read over {self.address.scheme}",
                hint="push to the store's own address (s3://…, a folder), which need not be the one that is read from",
            )

    def close(self) -> None:
        """End the connection; the next question makes a new one."""
        self._place.close()

    def _beginning(self, path: str, most: int) -> bytes | None:
        """Up to so many bytes of a file, however many pieces they come in."""

        def read() -> bytes:
            file, found = self._place.open(f"{LAYOUT}/{path}"), b""
            latest = time.monotonic() + self._pace.patience.seconds
            try:
                while len(found) < most and (block := file.read(most - len(found))):
                    found += block
                    if time.monotonic() > latest:
                        raise TooSlow("it answers too slowly")
            finally:
                file.close()
            return found

        return self._ask(read)

    def _listed(self, keys: Collection[str] | None) -> Iterator[tuple[str, int]]:
        """Paths below the layout's folder, ascending."""

        found = in_order(partial(self._page, self._surely), keys)
        if found is not None:
            yield from found
            return
        folders = (
            (self._surely(self._place.folders) or [])
            if keys is None
            else sorted({f"{LAYOUT}/{key[:2]}" for key in keys})
        )
        for folder in folders:
            sizes = self._surely(lambda folder=folder: self._place.sizes(folder)) or {}  # type: ignore[misc]  # as above
            for path, size in sorted(sizes.items()):
                yield path.removeprefix(f"{LAYOUT}/"), size

    def _page(self, ask: Callable[[Callable[[], Page | None]], Page | None], after: str, most: int) -> Page | None:
        return ask(lambda: self._place.page(LAYOUT, after, most))

    def _ask_if_allowed(self, question: Callable[[], Answer]) -> Answer | None:
        """As `_ask`; a refusal says nothing about other questions."""
        return self._ask(question, optional=True)

    def _surely(self, question: Callable[[], Answer]) -> Answer | None:
        """As `_ask`; what is refused to one question of this kind is refused to all."""
        try:
            return self._ask(question)
        except Unusable as error:
            raise self._given_up(Trouble(str(error))) from error

    def _ask(
        self, question: Callable[[], Answer], received: Callable[[], int] = int, *, optional: bool = False
    ) -> Answer | None:
        """The answer, or None when the store has no such entry. `received`: how far a transfer has come."""
        since, tries, before = time.monotonic(), 0, 0
        while True:
            if self.trouble:
                raise EvidenceUnreachable(self.trouble, hint=self._hint)
            try:
                with self._pace.turn():
                    answer = question()
            except Unusable:
                self._good()
                raise
            except Exception as error:  # the plug-ins' exceptions are an open set; each is put in words
                trouble = trouble_of(error, self.address.scheme)
                if trouble is None:
                    self._good()
                    return None
                if received() >= before + _FORWARD_BYTES:  # it may then be cut off as often as it likes
                    since, tries, before = time.monotonic(), 0, received()
                tries += 1
                if optional and trouble.of_one and trouble.passing is None:
                    raise Unusable(trouble.reason) from error
                if trouble.passing is None or not self._pace.wait(trouble.passing, tries, since):
                    raise self._failure(trouble, since) from error
            else:
                self._good()
                return answer

    def _good(self) -> None:
        self._refusals = 0
        self._pace.good()

    def _failure(self, trouble: Trouble, since: float) -> Exception:
        """Whether it is this entry or the store: a store that has nothing for anybody is not asked again."""
        answered = self._pace.answered
        self._refusals += 1
        alive = answered is not None and (answered > since if trouble.passing else self._refusals < _REFUSALS)
        return Unusable(trouble.reason) if trouble.of_one and alive else self._given_up(trouble)

    def _given_up(self, trouble: Trouble) -> EvidenceUnreachable:
        self.trouble, self._hint = f"the evidence store {self.address.url} {trouble.reason}", trouble.hint
        return EvidenceUnreachable(self.trouble, hint=self._hint)
