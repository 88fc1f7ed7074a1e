"""A shared store of entries: asked patiently, believed only after checking, and given up with one clear reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from checker.errors import EvidenceUnreachable, UsageError
from checker.store.addresses import Address
from checker.store.entries import Name, name_at
from checker.store.places import READ_ONLY, place_of
from checker.store.signing import MAX_SIGNATURE_BYTES, SUFFIX
from checker.store.text_layout import MAX_HEADER_BYTES
from checker.store.troubles import trouble_of

LAYOUT = "v1"
_BLOCK = 1024 * 1024
# A busy store is asked again after these waits, as long as all of it stays within the patience.
_WAITS_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)
PATIENCE_SECONDS = 20.0
# A transfer slower than this is given up: a store must not hold a check up without end.
_LEAST_BYTES_A_SECOND = 64 * 1024

_HINT = "check the network, the address and this machine's credentials"

Answer = TypeVar("Answer")


class Unusable(ValueError):
    """A store sends what is no entry, or more than the entry says it has."""


class SharedStore:
    """Entries below `v1/` of an address. After one failure to reach it, it is not asked again: `trouble` says why.

    Several threads may use it. It can be pickled when its address can.
    """

    def __init__(self, address: Address, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.address = address
        self.trouble = ""
        self._place = place_of(address)
        self._patience = patience_seconds

    @property
    def writable(self) -> bool:
        """Whether entries can be written at all over this protocol."""
        return self.address.scheme not in READ_ONLY

    def fetch(self, name: Name, into: BinaryIO, limit: Callable[[bytes], int]) -> bool:
        """Copy an entry; False when the store has none, Unusable when it has more bytes than `limit` says of its start.

        Raises EvidenceUnreachable.
        """
        return bool(self._ask(lambda: self._copy(f"{LAYOUT}/{name.path}", into, limit)))

    def signature(self, name: Name) -> bytes | None:
        """What is stored beside an entry as its signature. Raises EvidenceUnreachable."""

        def read() -> bytes:
            with self._place.open(f"{LAYOUT}/{name.path}{SUFFIX}") as file:
                return file.read(MAX_SIGNATURE_BYTES)

        return self._ask(read)

    def write(self, name: Name, source: Path, suffix: str = "") -> None:
        """Write a file as an entry (or, with the suffix, as its signature). Raises EvidenceUnreachable."""
        self.must_be_writable()
        self._ask(lambda: self._place.write(f"{LAYOUT}/{name.path}{suffix}", source))

    def remove(self, name: Name) -> None:
        """Remove an entry and its signature, where they are there. Raises EvidenceUnreachable."""
        self.must_be_writable()
        for suffix in ("", SUFFIX):
            self._ask(lambda suffix=suffix: self._place.remove(f"{LAYOUT}/{name.path}{suffix}"))  # type: ignore[misc]  # bound now: it is a loop

    def names(self, keys: Collection[str] | None = None) -> Iterator[tuple[Name, int, bool]]:
        """The entries with their sizes, and whether each has a signature; with `keys`, those near these keys.

        Raises EvidenceUnreachable; UsageError where the protocol cannot list.
        """
        if not self.writable:
            raise UsageError(
                f"{self.address.url} cannot be listed over {self.address.scheme}",
                hint="name the entries by running inside the repository, or use the store's own address",
            )
        folders = self._folders() if keys is None else sorted({f"{LAYOUT}/{key[:2]}" for key in keys})
        for folder in folders:
            sizes = self._ask(lambda folder=folder: self._place.sizes(folder)) or {}  # type: ignore[misc]  # bound now: it is a loop
            for path, size in sorted(sizes.items()):
                name = name_at(path.removeprefix(f"{LAYOUT}/"))
                if name is not None:
                    yield name, size, f"{path}{SUFFIX}" in sizes

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

    def _folders(self) -> list[str]:
        return self._ask(self._place.folders) or []

    def _copy(self, path: str, into: BinaryIO, limit: Callable[[bytes], int]) -> bool:
        into.seek(0)
        into.truncate()
        with self._place.open(path) as file:
            blocks = self._blocks(file)
            start = b""
            for block in blocks:
                start += block
                if len(start) >= MAX_HEADER_BYTES:  # a network hands out whatever has arrived
                    break
            most, received = _limited(limit, start), len(start)
            into.write(start)
            while received <= most and (block := next(blocks, b"")):
                received += len(block)
                into.write(block)
        if received > most:
            raise Unusable("it is longer than it says")
        return True

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        started, received = time.monotonic(), 0
        while block := file.read(_BLOCK):
            received += len(block)
            if time.monotonic() - started > self._patience + received / _LEAST_BYTES_A_SECOND:
                raise TimeoutError("it answers too slowly")
            yield block

    def _ask(self, question: Callable[[], Answer]) -> Answer | None:
        """The answer, or None when the store has no such entry."""
        if self.trouble:
            raise EvidenceUnreachable(self.trouble, hint=_HINT)
        deadline, waits = time.monotonic() + self._patience, list(_WAITS_SECONDS)
        while True:
            try:
                return question()
            except Unusable:
                raise
            except Exception as error:  # the plug-ins' exceptions are an open set; each is put in words
                trouble = trouble_of(error, self.address.scheme)
                if trouble is None:
                    return None
                if not (trouble.again and waits and time.monotonic() + waits[0] <= deadline):
                    self.trouble = f"the evidence store {self.address.url} {trouble.reason}"
                    raise EvidenceUnreachable(self.trouble, hint=_HINT) from error
                time.sleep(waits.pop(0))


def _limited(limit: Callable[[bytes], int], start: bytes) -> int:
    try:
        return limit(start)
    except ValueError as error:
        raise Unusable(str(error)) from error
