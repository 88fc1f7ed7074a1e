"""Union-find, compiled: each node names an earlier one of its component or itself, so that roots are the smallest."""

from __future__ import annotations

from typing import Any

from numba import njit


def _join(parents: Any, edges: Any) -> None:
    """Join the two ends of each row of `edges`, halving the paths on the way (Tarjan and van Leeuwen, 1984)."""
    for row in range(len(edges)):
        one, other = edges[row, 0], edges[row, 1]
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        while parents[other] != other:
            parents[other] = parents[parents[other]]
            other = parents[other]
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other


def _flatten(parents: Any) -> None:
    """Let each node name its root. A parent never comes after its child, so one pass is enough."""
    for node in range(len(parents)):
        parents[node] = parents[parents[node]]


# Compiling both takes a quarter of a second, so nothing is kept on the disk.
join = njit(_join, nogil=True)
flatten = njit(_flatten, nogil=True)
