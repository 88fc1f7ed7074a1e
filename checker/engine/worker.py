"""What runs in a worker process: it takes one item after the other from standard input and sends back what it gives."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO, NamedTuple

from checker.errors import HeadwaterError

_LENGTH = struct.Struct("!Q")


# What a call is given beside the item, to say how many bytes it has read.
Tell = Callable[[int], None]


class Setup(NamedTuple):
    """The first message to a worker: what to call for each item, and how much memory it may take for data."""

    call: Callable[[Any, Tell], Any]
    memory_bytes: int | None


class Ready(NamedTuple):
    """The worker has started and knows what to do."""


class Reading(NamedTuple):
    """So many more bytes of the item were read; its outcome is yet to come."""

    bytes: int


class Finished(NamedTuple):
    """What the call gave for the item."""

    outcome: Any


class Refused(NamedTuple):
    """The call raised what the user can mend."""

    error: HeadwaterError


class Faulty(NamedTuple):
    """The call raised anything else, as text: not every exception can be sent."""

    trace: str


class OutOfMemory(NamedTuple):
    """The item needs more memory than this worker may take."""


Message = Ready | Reading | Finished | Refused | Faulty | OutOfMemory


def main() -> None:
    """Serve until the parent closes our standard input, which it also does by dying."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    frames: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=(inbox, frames), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # the parent has gone
        call = _set_up(frames.get(), outbox)
        while call is not None:
            send(outbox, _answer(call, frames.get(), lambda size: send(outbox, Reading(size))))


def send(pipe: BinaryIO, message: object) -> None:
    """One message, whole."""
    data = pickle.dumps(message)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """The bytes of the next message. Raises EOFError when the other side is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def unpacked(frame: bytes) -> Any:
    """The message in a frame. Both ends are the same program, on a pipe that nobody else can write to."""
    return pickle.loads(frame)  # noqa: S301 - only the process at the other end of our own pipe writes it


def _receive(inbox: BinaryIO, frames: SimpleQueue[bytes]) -> None:
    """In a thread of its own: a parent that is gone is noticed also in the middle of a shard."""
    with contextlib.suppress(EOFError):
        while True:
            frames.put(receive(inbox))
    os._exit(0)


def _set_up(frame: bytes, outbox: BinaryIO) -> Callable[[Any, Tell], Any] | None:
    try:
        setup: Setup = unpacked(frame)
        if setup.memory_bytes is not None:
            limit_memory(setup.memory_bytes)
    except Exception:  # noqa: BLE001 - sent to the parent, which raises it
        send(outbox, Faulty(traceback.format_exc()))
        return None
    send(outbox, Ready())
    return setup.call


def _answer(call: Callable[[Any, Tell], Any], frame: bytes, tell: Tell) -> Message:
    try:
        return Finished(call(unpacked(frame), tell))
    except HeadwaterError as error:
        return Refused(error)
    except Exception as error:  # noqa: BLE001 - sent to the parent, which raises it with the name of the item
        return OutOfMemory() if for_want_of_memory(error) else Faulty(traceback.format_exc())


def for_want_of_memory(error: Exception) -> bool:
    """Not everything that runs short of memory says so by MemoryError: a thread without a stack, a library unmapped."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    words = ("start new thread", "cannot allocate memory", "not enough memory", "allocation error")
    return any(word in str(error).lower() for word in words)


def limit_memory(memory_bytes: int) -> None:
    """The most memory that this process may take for data, where the platform can hold it to that (Linux)."""
    if sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
