"""What the workers of the tests call: functions of a module, as every kernel has to be."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from checker.errors import UsageError


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def die(item: tuple[int, str]) -> int:
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


def leave(code: int) -> int:
    """Ends its process in an orderly way."""
    os._exit(code)


def refuse(number: int) -> int:
    """A fault that the user can mend."""
    raise UsageError(f"there is no {number}", hint="count to three")


def stumble(number: int) -> int:
    """A fault of our own."""
    return 1 // (number - number)


def chatter(number: int) -> int:
    """Prints, as libraries do."""
    print("hello", number)
    sys.stdout.flush()
    os.write(1, b"straight to the descriptor\n")
    return number


def threads(_: int) -> dict[str, str]:
    """What the environment says of threads, and what is on the import path."""
    return {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}


def import_path(_: int) -> list[str]:
    """Where modules are looked for."""
    return sys.path


def hog(size_bytes: int) -> int:
    """Takes that much memory for a moment."""
    return len(bytearray(size_bytes))


def slow(folder: str) -> str:
    """Says that it runs, and ends when it is killed."""
    Path(folder, str(os.getpid())).touch()
    signal.pause()
    return folder
