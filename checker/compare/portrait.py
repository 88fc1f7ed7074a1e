"""Figures of a sample on its own, at a budget that both sides of a difference have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from checker.compare.blocks import block_starts, stream_of
from checker.compare.signals import block_signals
from checker.model.text import BLOCK_TOKENS, Sample

# Clean blocks differ by 0.5 to 1.5 % in most signals, so the mean of ten tells a change of a few percent.
MOST_BLOCKS = 10
LEAST_TOKENS = 1_000


def common_budget(*tokens: int) -> int:
    """The size of a block that each of the sides can fill; 0 where that would say nothing."""
    budget = min((BLOCK_TOKENS, *tokens))
    return budget if budget >= LEAST_TOKENS else 0


def portrait(sample: Sample, budget_tokens: int) -> tuple[int, Mapping[str, float]]:
    """How many blocks of that size were looked at, and the mean of each signal that all of them have."""
    stream = stream_of([sample])
    starts = block_starts(len(stream.tokens), budget_tokens)[:MOST_BLOCKS]
    rows = [
        block_signals(
            stream.tokens[start : start + budget_tokens], stream.documents[start : start + budget_tokens]
        )
        for start in starts
    ]  # fmt: skip
    shared = [name for name in rows[0] if all(name in row for row in rows)] if rows else []
    return len(rows), {name: float(np.mean([row[name] for row in rows])) for name in shared}
