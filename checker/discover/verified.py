"""A file object that hands out bytes only while they can still be what their hash says."""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Protocol

from checker.errors import ObjectDamaged

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 2**20  # DVC hashes by blocks of this size, and for md5-dos2unix the size is part of the rule
_AHEAD = 4  # blocks that wait for the hashing thread: the reader is never more than this far ahead
_TEXT_PROBE = 512
_TEXT_BYTES = bytes(range(32, 127)) + b"\n\r\t\f\b"


class Source(Protocol):
    """Where the bytes come from. `read` may return less than asked for, and nothing only at the end."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def verified(source: Source, digest: str, hash_name: str, *, of: str, hint: str, size_bytes: int | None) -> BinaryIO:
    """A buffered stream over `source` that raises ObjectDamaged before the last block of wrong bytes is handed out.

    It is seekable when `source` is; the first seek to another place reads and verifies everything first.
    """
    return io.BufferedReader(_Verified(source, digest, hash_name, of, hint, size_bytes), BLOCK)


class _Verified(io.RawIOBase):
    """Hashes block by block and holds the newest block back until the one after it is there."""

    def __init__(self, source: Source, digest: str, hash_name: str, of: str, hint: str, size_bytes: int | None) -> None:
        super().__init__()
        self._source = source
        self._digest = digest
        self._hasher = _Hasher(dos2unix=hash_name == "md5-dos2unix")
        self._of = of
        self._hint = hint
        self._size_bytes = size_bytes
        self._seen = 0
        self._position = 0
        self._current = memoryview(b"")
        self._next: bytes | None = None
        self._whole = False
        self._failure: ObjectDamaged | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return isinstance(self._source, io.FileIO)

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if not self._current:
            self._current = memoryview(self._advance())
        count = min(len(self._current), memoryview(buffer).nbytes)
        memoryview(buffer).cast("B")[:count] = self._current[:count]
        self._current = self._current[count:]
        self._position += count
        return count

    def readall(self) -> bytes:
        blocks = [bytes(self._current)]
        self._current = memoryview(b"")
        while block := self._advance():
            blocks.append(block)
        whole = b"".join(blocks)
        self._position += len(whole)
        return whole

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        source = self._source
        if not isinstance(source, io.FileIO):
            raise io.UnsupportedOperation("a stream from a remote cannot seek")
        if whence == os.SEEK_CUR:
            offset, whence = self._position + offset, os.SEEK_SET
        if (offset, whence) != (self._position, os.SEEK_SET):
            while not self._whole:
                self._take_block()
            self._position = source.seek(offset, whence)
            self._current, self._next = memoryview(b""), None
        return self._position

    def close(self) -> None:
        if not self.closed:
            try:
                self._hasher.close()
                self._source.close()
            finally:
                super().close()

    def _advance(self) -> bytes:
        """The block that may be handed out now; nothing at the end."""
        if self._whole:
            if self._next is not None:
                block, self._next = self._next, None
                return block
            return self._source.read(BLOCK)
        block = self._next if self._next is not None else self._take_block()
        self._next = self._take_block() if block else None
        return block

    def _take_block(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        try:
            block = _full_block(self._source.read)
            self._seen += len(block)
            self._check_size(at_end=not block)
            self._hasher.update(block)
            if not block:
                self._check_digest()
        except ObjectDamaged as failure:
            self._failure = failure
            raise
        return block

    def _check_size(self, *, at_end: bool) -> None:
        expected = self._size_bytes
        if expected is not None and (self._seen > expected or (at_end and self._seen < expected)):
            found = f"{self._seen:,} bytes" if at_end else f"more than {expected:,} bytes"
            raise ObjectDamaged(f"{self._of}: it has {found}, git records {expected:,}", hint=self._hint)

    def _check_digest(self) -> None:
        found = self._hasher.digests()
        if self._digest not in found:
            raise ObjectDamaged(f"{self._of}: its md5 is {found[0]}, git records {self._digest}", hint=self._hint)
        self._whole = True


class _Hasher:
    """md5 over blocks, in a thread as soon as there is more than one block: hashlib lets go of the GIL."""

    def __init__(self, *, dos2unix: bool) -> None:
        self._rules: tuple[_Rule, ...] = (_TextByBlock(), _TextByFile()) if dos2unix else (_Bytes(),)
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()
        self._blocks = 0

    def update(self, block: bytes) -> None:
        self._blocks += 1
        if self._blocks > 1 and block:
            self._hash_in_thread(block)
        else:
            self._hash(block)

    def digests(self) -> tuple[str, ...]:
        """Every digest that DVC might have recorded for these bytes."""
        while self._waiting:
            self._waiting.popleft().result()
        return tuple(rule.md5.hexdigest() for rule in self._rules)

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)

    def _hash_in_thread(self, block: bytes) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="headwater-md5")
        if len(self._waiting) >= _AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._hash, block))

    def _hash(self, block: bytes) -> None:
        for rule in self._rules:
            rule.add(block)


class _Rule:
    def __init__(self) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)

    def add(self, block: bytes) -> None:
        raise NotImplementedError


class _Bytes(_Rule):
    """`md5`: the bytes as they are."""

    def add(self, block: bytes) -> None:
        self.md5.update(block)


class _TextByBlock(_Rule):
    """`md5-dos2unix` as DVC 3 computes it: each block decides for itself whether it is text (dvc_data hash.py)."""

    def add(self, block: bytes) -> None:
        self.md5.update(block.replace(b"\r\n", b"\n") if _is_text(block) else block)


class _TextByFile(_Rule):
    """`md5-dos2unix` as DVC 2 computed it: the head of the file decides for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._text: bool | None = None

    def add(self, block: bytes) -> None:
        if self._text is None:
            self._text = _is_text(block)
        self.md5.update(block.replace(b"\r\n", b"\n") if self._text else block)


def _is_text(block: bytes) -> bool:
    head = block[:_TEXT_PROBE]
    return b"\0" not in head and len(head.translate(None, _TEXT_BYTES)) <= 0.30 * len(head)


def _full_block(read: Callable[[int], bytes]) -> bytes:
    """Exactly one block unless the source ends: a network hands out what it has."""
    block = read(BLOCK)
    if not block or len(block) == BLOCK:
        return block
    parts, missing = [block], BLOCK - len(block)
    while missing and (part := read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
