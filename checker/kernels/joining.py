"""Chooses who joins the two ends of edges: numpy, or numba where loading and compiling it pays."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.signedinteger]

# So many edges take numpy about as long as numba takes to be loaded and compiled (python -m benchmarks.union_find).
PAYS_FROM = 2_000_000


class Joiner(NamedTuple):
    """`join(parents, edges)` takes (e, 2) int64 into a forest, `flatten(parents)` lets each node name its root."""

    join: Callable[[Labels, NDArray[np.int64]], None]
    flatten: Callable[[Labels], None]


def joiner(edges: int) -> Joiner | None:
    """For so many edges; None where numpy is as quick, or numba cannot be used. HEADWATER_BACKEND goes before both."""
    wanted = os.environ.get("HEADWATER_BACKEND", "")
    if wanted == "numpy" or (wanted != "numba" and edges < PAYS_FROM):
        return None
    return _compiled()


@cache
def _compiled() -> Joiner | None:
    try:
        from checker.kernels import _union

        found = Joiner(_union.join, _union.flatten)
        parents = np.arange(4, dtype=np.int32)
        found.join(parents, np.array([[3, 2], [1, 3]]))
        found.flatten(parents)
    except Exception:  # noqa: BLE001 - whatever numba or LLVM cannot do here, numpy can
        return None
    return found if parents.tolist() == [0, 1, 1, 1] else None
