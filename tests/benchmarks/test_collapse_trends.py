"""On recursive text that this project did not grow, the product's statistics go one way, generation by generation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.collapse.corpora import Document, rows_of
from benchmarks.collapse.shards import sample_of
from checker.compare.signals import block_signals

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "derived" / "ngram_recursion_gsm8k.jsonl.gz"
TOKENS = 30_000
UP = ("selfrep3", "selfrep4", "selfrep4_documents")
DOWN = ("distinct1", "distinct2", "distinct3", "cond_entropy", "entropy")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_file(), reason="the fixtures are not beside the repository"),
]


@cache
def generations(regime: str) -> Sequence[Mapping[str, float]]:
    """The statistics of 30,000 tokens of each generation; the first is the text of people."""
    texts: defaultdict[int, list[Document]] = defaultdict(list)
    for row in rows_of(SHARED):
        if row["regime"] == regime or row["generation"] == 0:
            texts[int(str(row["generation"]))].append(Document(str(row["text"]), "", 1))
    return [_measured(texts[number]) for number in sorted(texts)]


def _measured(documents: Sequence[Document]) -> Mapping[str, float]:
    sample = sample_of(documents)
    owners = np.repeat(np.arange(len(sample.lengths)), sample.lengths)
    return block_signals(sample.tokens[:TOKENS], owners[:TOKENS])


@pytest.mark.parametrize("regime", ["replace", "replace-top0.9"])
@pytest.mark.parametrize("signal", [*UP, *DOWN])
def test_each_generation_that_replaces_the_last_is_poorer(regime: str, signal: str) -> None:
    values = [found[signal] for found in generations(regime)][1:]
    assert len(values) == 8
    assert values == sorted(values, reverse=signal in DOWN)


@pytest.mark.parametrize("signal", [*UP, *DOWN])
def test_accumulated_text_changes_little(signal: str) -> None:
    kept, replaced = (generations(regime) for regime in ("accumulate", "replace"))
    assert abs(kept[8][signal] - kept[1][signal]) < 0.4 * abs(replaced[8][signal] - replaced[1][signal])


@pytest.mark.parametrize("signal", UP)
def test_half_real_text_lies_between(signal: str) -> None:
    real, half, replaced = (generations(regime)[8][signal] for regime in ("accumulate", "half-real", "replace"))
    assert real < half < replaced
