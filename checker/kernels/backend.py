"""Chooses what does the work: numpy, or numba where compiling pays."""

from __future__ import annotations

from checker.kernels import _numpy
from checker.kernels.passes import TextPass


def text_pass(backend: str = "auto", expected_bytes: int | None = None) -> TextPass:
    """A new pass over the text of one shard."""
    return TextPass(_numpy.sweep, _numpy.BLOCK_BYTES, "numpy")
