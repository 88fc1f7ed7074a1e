"""Writes files whole or not at all, whatever dies meanwhile."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

PARTIAL = ".partial-"
# A partial file this old belongs to a process that was killed.
_ABANDONED_SECONDS = 3600


def write_whole(target: Path, chunks: Iterable[bytes | memoryview], *, lasting: bool = True) -> None:
    """Readers see the old file or the new one, after a crash of the machine too if it is `lasting`. Raises OSError."""
    import tempfile  # it brings `random` along, which a hook that only reads does without

    descriptor, name = tempfile.mkstemp(prefix=PARTIAL, dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def sweep(folder: Path) -> None:
    """Remove what killed processes left behind."""
    oldest = time.time() - _ABANDONED_SECONDS
    for partial in folder.glob(f"{PARTIAL}*"):
        with contextlib.suppress(OSError):
            if partial.stat().st_mtime < oldest:
                partial.unlink()
