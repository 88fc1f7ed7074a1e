"""Compiles the kernels once, before several workers would each do it."""

from __future__ import annotations

from checker.engine.worker import Tell


def prepare_kernels(backend: str, expected_bytes: int, *, jobs: int, memory_bytes: int | None) -> str:
    """A line about why the quick kernels cannot be used, where they were wanted; else nothing.

    `expected_bytes` are those of all workers together. With workers it is done in another process, too: what
    compiling takes is then given back, and counts as a worker's memory.
    """
    if backend == "numpy":
        return ""
    if jobs == 1 and memory_bytes is None:
        return _prepare((backend, expected_bytes), lambda _: None)
    from checker.engine.workers import Workers

    outcomes = list(Workers(_prepare, 1, memory_bytes).run([(backend, expected_bytes)]))
    note = outcomes[0][1]
    return note if isinstance(note, str) else "the kernels could not be compiled in a worker process"


def _prepare(wanted: tuple[str, int], _: Tell) -> str:
    from checker.kernels import prepare

    return prepare(*wanted)
