"""Figures of the vocabulary of all text, against plain Python over the same words."""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest

from checker.compare import figures
from checker.kernels import merge_stats, text_pass
from checker.model.text import TextStats


def stats_of(texts: list[str]) -> TextStats:
    data = [text.encode() for text in texts]
    borders = np.concatenate(([0], np.cumsum([len(part) for part in data]))).astype(np.int64)
    sweep = text_pass("numpy")
    sweep.add(np.frombuffer(b"".join(data), np.uint8), borders, np.arange(1, len(data) + 1, dtype=np.uint32))
    return sweep.finish().stats


def words(seed: int, count: int) -> list[str]:
    dice = np.random.default_rng(seed)
    return [f"w{number}" for number in dice.zipf(1.3, size=count) % 100_000]


def texts_of(written: list[str]) -> list[str]:
    return [" ".join(written[at : at + 200]) for at in range(0, len(written), 200)]


def test_the_vocabulary_is_what_counting_every_word_gives() -> None:
    written = words(1, 200_000)
    counts = Counter(written)
    once = sum(number == 1 for number in counts.values())
    found = figures(stats_of(texts_of(written)))
    assert found["tokens"] == len(written)
    assert found["distinct_words"] == pytest.approx(len(counts), rel=0.03)
    assert found["hapax_share"] == pytest.approx(once / len(counts), abs=0.05)
    assert found["unseen_mass"] == pytest.approx(once / len(written), rel=0.1)
    entropy = -sum(number / len(written) * log2(number / len(written)) for number in counts.values())
    # Words that share one of 16,384 buckets are taken for one, which hides a little of the entropy.
    assert entropy - 0.3 < found["word_entropy"] <= entropy


def test_bytes_and_windows_are_exact() -> None:
    text = " ".join(words(2, 500))
    counts = Counter(text.encode())
    found = figures(stats_of([text]))
    assert found["byte_entropy"] == pytest.approx(-sum(n / len(text) * log2(n / len(text)) for n in counts.values()))
    split = text.split()
    windows = [len(set(split[at : at + 50])) / 50 for at in range(len(split) - 49)]
    assert found["mattr"] == pytest.approx(sum(windows) / len(windows))


def test_parts_merged_have_the_figures_of_the_whole() -> None:
    texts = texts_of(words(3, 5_000))
    parts = [stats_of(texts[:7]), stats_of(texts[7:])]
    assert figures(merge_stats(parts)) == figures(stats_of(texts))


@pytest.mark.parametrize(
    ("texts", "lacking"),
    [
        pytest.param([], {"hapax_share", "unseen_mass", "word_entropy", "byte_entropy", "mattr"}, id="nothing"),
        pytest.param([""], {"hapax_share", "word_entropy", "mattr"}, id="an empty text"),
        pytest.param(["one"], {"hapax_share", "unseen_mass", "mattr"}, id="one word"),
        pytest.param(["a " * 49], {"mattr"}, id="one word short of a window"),
        pytest.param([" ".join(words(4, 1_000))], {"hapax_share", "unseen_mass"}, id="too few words to sample"),
    ],
)
def test_where_there_is_nothing_to_divide_by_there_is_no_figure(texts: list[str], lacking: set[str]) -> None:
    found = figures(stats_of(texts))
    assert lacking.isdisjoint(found)
    assert all(np.isfinite(value) for value in found.values())
    assert 0 <= found.get("unseen_mass", 0) <= 1
