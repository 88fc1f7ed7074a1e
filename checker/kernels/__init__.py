"""One sweep over the text of documents: numpy, or numba with equal bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.kernels.backend import prepare as prepare
    from checker.kernels.backend import text_pass as text_pass
    from checker.kernels.merging import merge_stats as merge_stats
    from checker.kernels.minhash import estimate as estimate
    from checker.kernels.passes import TextPass as TextPass
    from checker.kernels.registers import distinct as distinct
    from checker.kernels.sampling import merge_samples as merge_samples
    from checker.kernels.similarity import jaccard as jaccard

# Raise it whenever any text may get other evidence: it is part of every key.
KERNEL_VERSION = "text-1"
_HOMES = {
    "text_pass": "backend",
    "prepare": "backend",
    "merge_stats": "merging",
    "estimate": "minhash",
    "TextPass": "passes",
    "distinct": "registers",
    "merge_samples": "sampling",
    "jaccard": "similarity",
}


def __getattr__(name: str) -> object:
    """The modules import numpy, which the commit hook does not pay for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"checker.kernels.{_HOMES[name]}"), name)
