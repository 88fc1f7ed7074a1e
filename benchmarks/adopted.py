"""What a command costs with all that it starts, also with what outlives it: JVMs, and the workers of JVMs."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]  # it comes with DVC

from benchmarks.composition import ROOT

_EVERY_SECONDS = 0.05
# Spark's workers of Python are the children of one of these, which lets the system forget what they have cost.
_DAEMON = "pyspark.daemon"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: who outlives its parent becomes ours, and is counted when it ends


class Spent(NamedTuple):
    """What the command printed last, as JSON, and seconds: CPU of all processes, and wall time."""

    said: dict[str, Any]
    cpu: float
    wall: float


def absent() -> str:
    """Why this cannot be counted here; empty when it can."""
    return "" if sys.platform == "linux" else "CPU of processes that outlive their parents is counted on Linux only"


def spent(module: str, *arguments: str) -> Spent:
    """`python -m MODULE ARGUMENTS` from the top of the checkout, until the last of its processes has ended."""
    if ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0):
        raise OSError("this process cannot adopt those that outlive their parents")
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command: Sequence[str] = [sys.executable, "-m", module, *arguments]
    forgotten: dict[tuple[int, float], float] = {}
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(forgotten, over), daemon=True)
    watch.start()
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        wall = time.perf_counter() - began
        _wait_for_all()
    finally:
        over.set()
        watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + sum(forgotten.values())
    return Spent(json.loads(done.stdout.splitlines()[-1]), round(cpu, 2), round(wall, 1))


def _wait_for_all() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _watch(forgotten: dict[tuple[int, float], float], over: threading.Event) -> None:
    """What each worker has cost when it was seen last; they end with the command, so that little is missed."""
    here = psutil.Process()
    while not over.wait(_EVERY_SECONDS):
        for process in here.children(recursive=True):
            try:
                parent = process.parent()
                if parent is None or _DAEMON not in parent.cmdline():
                    continue
                times = process.cpu_times()
                forgotten[process.pid, process.create_time()] = times.user + times.system
            except psutil.Error:  # it has ended meanwhile
                continue
