"""Whole processes measured alternately, so that a busy machine slows all of them alike."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one process with all its children: `cpu` is user and system time, `wall` what a person waits."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command to measure, where it runs, and the exit codes that mean it did its work."""

    command: tuple[str, ...]
    folder: Path
    codes: tuple[int, ...] = (0,)


def cost_of(candidate: Candidate, environment: Mapping[str, str]) -> Cost:
    """Run once. Raises when it ends with another code: a program that fails early is fast."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        _become(candidate, environment)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    if code not in candidate.codes:
        raise RuntimeError(f"{' '.join(candidate.command)} ended with {code}, expected {candidate.codes}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)


def _become(candidate: Candidate, environment: Mapping[str, str]) -> None:
    """In the child: silence, the folder, then the program itself. Never returns."""
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        os.chdir(candidate.folder)
        os.execve(candidate.command[0], candidate.command, dict(environment))
    finally:
        os._exit(127)


def alternate(
    candidates: Mapping[str, Candidate], environment: Mapping[str, str], rounds: int
) -> Mapping[str, Sequence[Cost]]:
    """Every candidate once a round, after one round that only warms the caches."""
    costs: dict[str, list[Cost]] = {name: [] for name in candidates}
    for name in list(candidates) * (rounds + 1):
        costs[name].append(cost_of(candidates[name], environment))
    return {name: taken[1:] for name, taken in costs.items()}


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians."""
    return Cost(median(cost.cpu for cost in costs), median(cost.wall for cost in costs))
