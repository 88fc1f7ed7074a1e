"""What a command and all the processes that it starts take: CPU, wall time, memory at the highest."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it comes with DVC

_AT_FIRST_SECONDS, _EVERY_SECONDS = 0.02, 0.1
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds and megabytes (10^6 bytes) of a whole tree of processes.

    `peak` is that of all together, pages that several share counted once. `first` is the highest of the command
    itself, `largest` of any one that it started. `output` is what the command printed.
    """

    cpu: float
    wall: float
    peak: float
    first: float
    largest: float
    output: str


@dataclass(slots=True)
class _Peaks:
    """The highest that was seen."""

    together: int = 0
    each: dict[int, int] = field(default_factory=dict)


def spent(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)
) -> Spent:
    """Run it once. Raises RuntimeError, with the last it said, when it ends otherwise: what fails early is fast."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=said)
        peaks, over = _Peaks(), threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, peaks, over), daemon=True)
        watch.start()
        try:
            # Of all children that were waited for, too: the workers of the command.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            over.set()
            watch.join()
        wall = time.perf_counter() - started
        out.seek(0)
        said.seek(0)
        if process.returncode not in codes:
            last = said.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}, expected {codes}: {last}")
        first = peaks.each.pop(process.pid, 0)
        return Spent(
            cpu=usage.ru_utime + usage.ru_stime,
            wall=wall,
            peak=peaks.together / 1e6,
            first=first / 1e6,
            largest=max(peaks.each.values(), default=0) / 1e6,
            output=out.read().decode(errors="replace"),
        )


def _watch(pid: int, peaks: _Peaks, over: threading.Event) -> None:
    """At first often, then ten times a second: what ends within tenths of a second is seen, too."""
    started = time.monotonic()
    while not over.wait(_AT_FIRST_SECONDS if time.monotonic() - started < 1 else _EVERY_SECONDS):
        together = 0
        for each in _tree(pid):
            try:
                whole, highest = _memory(each)
            except (OSError, psutil.Error, KeyError):
                continue  # it has ended, or is about to
            together += whole
            peaks.each[each] = max(peaks.each.get(each, 0), highest)
        peaks.together = max(peaks.together, together)


def _tree(pid: int) -> list[int]:
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return []


def _memory(pid: int) -> tuple[int, int]:
    """Bytes: its share of all that is resident, and the most that it ever had resident."""
    if not _PROC.is_dir() or sys.platform != "linux":
        size = psutil.Process(pid).memory_info().rss
        return size, size
    now = _kilobytes((_PROC / str(pid) / "smaps_rollup").read_text())
    ever = _kilobytes((_PROC / str(pid) / "status").read_text())
    return now["Pss"], ever["VmHWM"]


def _kilobytes(text: str) -> dict[str, int]:
    rows = (line.split() for line in text.splitlines())
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) == 3 and row[2] == "kB"}
