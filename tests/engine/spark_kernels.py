"""What workers of Spark are given in tests: the name of a shard says what happens to the worker."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

from checker.engine.kernels import measure_one
from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.errors import ObjectOffline, UsageError
from checker.model.location import Location


def by_name(descriptor: Descriptor, work: Work) -> Result:
    """`killer`, `once`, `refused`, `fault`, `hungry`; all others are measured."""
    shard = descriptor.task.shard
    name = shard.path.partition(".")[0]
    if name == "killer":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "once" and work.cache.path is not None:
        try:
            (work.cache.path / "was-here").touch(exist_ok=False)
        except FileExistsError:
            return measure_one(descriptor, work)
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "refused":
        error = UsageError(f"{shard.path} is refused", hint="rename it")
        error.location = Location("data.dvc", 3)
        raise error
    if name == "offline":
        raise ObjectOffline("gone", hint="wait")
    if name == "fault":
        raise ZeroDivisionError("a fault of ours")
    if name == "hungry":
        raise MemoryError
    return measure_one(descriptor, work)


def small_disk(descriptor: Descriptor, work: Work) -> Result:
    """Files of this process may have 100 bytes: what comes after that finds no room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        return measure_one(descriptor, work)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def where(descriptor: Descriptor, work: Work) -> Result:
    """The folder and the import path of the worker, and where two modules come from."""
    import numpy as np

    import checker

    found = [str(Path.cwd()), *sys.path, np.__file__, checker.__file__]
    return Measured(descriptor.task.shard.hash, str(os.getpid()), "", note="\n".join(found))


def wait(descriptor: Descriptor, work: Work) -> Result:
    """Leaves a file and then waits for longer than any test does."""
    if work.cache.path is not None:
        work.cache.path.mkdir(parents=True, exist_ok=True)
        (work.cache.path / f"waits-{os.getpid()}").touch()
    time.sleep(3600)
    return Measured(descriptor.task.shard.hash, "", "")
