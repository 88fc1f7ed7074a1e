"""What the workers of the tests call: functions of a module, as every kernel has to be."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checker.compare import bucket_edges
from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.engine.worker import Tell
from checker.errors import UsageError


def double(number: int, tell: Tell) -> int:
    """Twice the number."""
    return 2 * number


def die(item: tuple[int, str], tell: Tell) -> int:
    """Ends its own process by SIGKILL when the item says so: `always`, or once for each marker file."""
    number, how = item
    if how == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    if how.startswith("/"):
        try:
            Path(how).touch(exist_ok=False)
        except FileExistsError:
            return 2 * number
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def leave(code: int, tell: Tell) -> int:
    """Ends its process in an orderly way."""
    os._exit(code)


def refuse(number: int, tell: Tell) -> int:
    """A fault that the user can mend."""
    raise UsageError(f"there is no {number}", hint="count to three")


def stumble(number: int, tell: Tell) -> int:
    """A fault of our own."""
    return 1 // (number - number)


def fail_with(words: str, tell: Tell) -> int:
    """A fault in somebody else's words."""
    raise RuntimeError(words)


def chatter(number: int, tell: Tell) -> int:
    """Prints, as libraries do."""
    print("hello", number)
    sys.stdout.flush()
    os.write(1, b"straight to the descriptor\n")
    return number


def threads(_: int, tell: Tell) -> dict[str, str]:
    """What the environment says of threads, and what is on the import path."""
    return {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}


def import_path(_: int, tell: Tell) -> list[str]:
    """Where modules are looked for."""
    return sys.path


def hog(size_bytes: int, tell: Tell) -> int:
    """Takes that much memory for a moment."""
    return len(bytearray(size_bytes))


def count(number: int, tell: Tell) -> int:
    """Tells of each step."""
    for step in range(number):
        tell(step)
    return number


def hungry(descriptor: Descriptor, work: Work) -> Result:
    """Takes as many bytes as the shard says it has."""
    bytearray(descriptor.task.shard.size_bytes or 0)
    return Measured(descriptor.task.shard.hash, "", "")


def slow(folder: str, tell: Tell) -> str:
    """Says that it runs, and ends when it is killed."""
    Path(folder, str(os.getpid())).touch()
    signal.pause()
    return folder


def refuse_keys(keys: NDArray[np.uint64], docs: NDArray[np.int64]) -> NDArray[np.int64]:
    """A kernel of grouping that meets a fault that the user can mend."""
    raise UsageError("there are no such keys", hint="look for others")


def edges_after_the_kill(
    folder: str, calls: int, keys: NDArray[np.uint64], docs: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Leaves a file a call; after so many calls it stops, says so, and goes on when there is a file `killed`."""
    call = f"{int(keys.min()) >> 58}.{os.getpid()}"
    marks, deadline = Path(folder), time.monotonic() + 240
    if len(list(marks.glob("done.*"))) >= calls:
        (marks / f"waits.{call}").touch()
        while not (marks / "killed").exists():
            assert time.monotonic() < deadline, "nobody was killed in time"
            time.sleep(0.05)
    edges = bucket_edges(keys, docs)
    (marks / f"done.{call}").touch()
    return edges


def hog_of_keys(keys: NDArray[np.uint64], docs: NDArray[np.int64]) -> NDArray[np.int64]:
    """A kernel of grouping that wants more memory than there is."""
    raise MemoryError


def link_to(text: int, keys: NDArray[np.uint64], docs: NDArray[np.int64]) -> NDArray[np.int64]:
    """A kernel that lies: it links the first text with one that may not be there."""
    return np.array([[docs[0], text]], np.int64)
