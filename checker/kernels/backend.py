"""Chooses what does the work: numpy, or numba where compiling pays."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.errors import UsageError
from checker.kernels import _numpy
from checker.kernels.compiled import Keeping, keeping
from checker.kernels.hashing import padded
from checker.kernels.passes import Sweep, TextPass
from checker.kernels.sums import no_sums

CHOICES = ("auto", "numpy", "numba")
# New text from which numba is quicker in all. Loading costs about 1 s of CPU, compiling 9 s; numpy sweeps about
# 37 MB/s and numba 140 (python -m benchmarks.run --only signatures).
WARM_BYTES = 30_000_000
COLD_BYTES = 500_000_000
_SAMPLE = "The gauge, read twice: naïve ÅNGSTRÖM Ὀδυσσεύς 水位計を読む, ภาษาไทย 1️⃣ and again the gauge, read twice. " * 3


@cache
def _keep_freed_memory() -> None:
    """glibc returns freed arrays to the system until one of this size was freed: half of the time went into that."""
    np.empty(24 << 20, np.uint8)


class Engine(NamedTuple):
    """What sweeps, how many bytes it takes at once, its name, and a line about what was wanted and cannot be used."""

    sweep: Sweep
    block_bytes: int
    name: str
    note: str = ""


def text_pass(backend: str = "auto", expected_bytes: int | None = None) -> TextPass:
    """A new pass over the text of one shard.

    `expected_bytes` of text in all that is new, not in this shard alone: "auto" takes numba when they are many.
    HEADWATER_BACKEND (numpy, numba, auto) goes before `backend`. Raises UsageError for another word.
    """
    _keep_freed_memory()
    return TextPass(*_engine(backend, expected_bytes))


def prepare(backend: str = "auto", expected_bytes: int | None = None) -> str:
    """Compile now what passes of these arguments will use, so that worker processes find it; returns their `note`."""
    return _engine(backend, expected_bytes).note


def _engine(backend: str, expected_bytes: int | None) -> Engine:
    wanted = os.environ.get("HEADWATER_BACKEND", "") or backend
    if wanted not in CHOICES:
        raise UsageError(f"the back-end {wanted!r} is not known", hint=f"HEADWATER_BACKEND may be {', '.join(CHOICES)}")
    if wanted == "numpy" or (wanted == "auto" and not _pays(expected_bytes or 0, os.environ)):
        return Engine(_numpy.sweep, _numpy.BLOCK_BYTES, "numpy")
    return _fast()


def _pays(expected_bytes: int, environment: Mapping[str, str]) -> bool:
    if _fast.cache_info().currsize:
        return True
    if expected_bytes < WARM_BYTES:
        return False
    return expected_bytes >= COLD_BYTES or (_installed() and keeping(environment).warm)


def _installed() -> bool:
    try:
        return find_spec("numba") is not None
    except (ImportError, ValueError):  # something keeps it from being imported
        return False


@cache
def _fast() -> Engine:
    """numba, once it has shown that it finds the same as numpy; else numpy with a note."""
    if not _installed():
        return _slow("numba is not installed (pip install 'headwater[fast]')")
    if sys.byteorder != "little":
        return _slow("numba is used on little-endian machines only")
    kept = keeping(os.environ)
    try:
        return _compile(kept)
    except Exception as error:  # noqa: BLE001 - whatever numba or LLVM cannot do here, numpy can
        return _slow(f"numba cannot be used here ({type(error).__name__}: {' '.join(str(error).split())[:200]})")


def _compile(kept: Keeping) -> Engine:
    from checker.kernels._numba import BLOCK_BYTES, Sweeper

    problem = kept.problem
    try:
        sweep = Sweeper(kept.folder).sweep
        _check(sweep)
    except (OSError, RuntimeError) as error:  # a full disk, or numba finds no place to its liking
        sweep, problem = Sweeper(None).sweep, str(error)
        _check(sweep)
    note = f"text is measured with numba, whose compiled code is not kept: {problem}" if problem else ""
    return Engine(sweep, BLOCK_BYTES, "numba", note)


def _check(sweep: Sweep) -> None:
    """Compile, and hold the result against numpy: evidence must not depend on the machine."""
    data = _SAMPLE.encode()
    block, offsets = padded(np.frombuffer(data, np.uint8)), np.array([0, 70, 70, len(data)])
    mine, other = no_sums(), no_sums()
    found: list[NDArray[Any]] = [*sweep(block, offsets, mine), *mine]
    expected: list[NDArray[Any]] = [*_numpy.sweep(block, offsets, other), *other]
    if not all(np.array_equal(one, two) for one, two in zip(found, expected, strict=True)):
        raise ArithmeticError("its results differ from those of numpy")


def _slow(reason: str) -> Engine:
    note = f"text is measured with numpy, about four times slower than with numba: {reason}"
    return Engine(_numpy.sweep, _numpy.BLOCK_BYTES, "numpy", note)
