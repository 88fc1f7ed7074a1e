"""The statistics of one block, against plain Python that follows their definitions word by word."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare.ngrams import mixed
from checker.compare.signals import block_signals

WORDS = st.lists(st.integers(0, 6) | st.integers(0, 2**32 - 1), min_size=1, max_size=60)
BLOCKS = st.lists(WORDS, min_size=1, max_size=12)
Documents = Sequence[Sequence[int]]


def measured(documents: Documents) -> dict[str, float]:
    tokens = np.array([word for document in documents for word in document], np.uint32)
    owners = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    return dict(block_signals(tokens, owners))


def grams(documents: Documents, size: int) -> list[tuple[int, ...]]:
    return [tuple(d[i : i + size]) for d in documents for i in range(len(d) - size + 1)]


def entropy(items: Sequence[object]) -> float:
    return -sum(n / len(items) * log2(n / len(items)) for n in Counter(items).values())


def expected(documents: Documents) -> dict[str, float]:
    found: dict[str, float] = {}
    for size in (1, 2, 3):
        if runs := grams(documents, size):
            found[f"distinct{size}"] = len(set(runs)) / len(runs)
    found["entropy"] = entropy(grams(documents, 1))
    if pairs := grams(documents, 2):
        found["cond_entropy"] = entropy(pairs) - entropy([first for first, _ in pairs])
    for size in (3, 4):
        owners = defaultdict(set)
        for number, document in enumerate(documents):
            for run in grams([document], size):
                owners[run].add(number)
        shared = [[len(owners[run]) > 1 for run in own] for d in documents if (own := grams([d], size))]
        if told := [each for own in shared for each in own]:
            found[f"selfrep{size}"] = sum(told) / len(told)
        if shared and size == 4:
            found["selfrep4_documents"] = sum(sqrt(sum(own) / len(own)) for own in shared) / len(shared)
    if runs := grams(documents, 13):
        counts = Counter(runs)
        found["dup13"] = sum(counts[run] > 1 for run in runs) / len(runs)
    words = [word for document in documents for word in document]
    found["zlib"] = compression(words)
    chunks = [words[i : i + 100] for i in range(0, len(words) - 99, 100)]
    if len(chunks) > 1:
        found.update(likeness(chunks))
    return found


def compression(words: Sequence[int]) -> float:
    numbers: dict[int, int] = {}
    data = b"".join(numbers.setdefault(word, len(numbers)).to_bytes(4, "little") for word in words)
    return len(data) / len(zlib.compress(data, 6))


def likeness(chunks: Documents) -> dict[str, float]:
    bags = []
    for chunk in chunks:
        bag: Counter[int] = Counter()
        for bits in mixed(np.array(chunk, np.uint32)).tolist():
            bag[bits % 1024] += -1 if bits >> 63 else 1
        bags.append(bag)
    lengths = [sqrt(sum(value * value for value in bag.values())) or 1.0 for bag in bags]
    cosines = [
        [sum(a[cell] * b[cell] for cell in a) / m / n for b, n in zip(bags, lengths, strict=True)]
        for a, m in zip(bags, lengths, strict=True)
    ]
    count = len(chunks)
    others = [cosines[i][j] for i in range(count) for j in range(count) if i != j]
    return {
        "vendi": count / sum(value * value for row in cosines for value in row),
        "mean_cosine": sum(others) / len(others),
    }


@given(BLOCKS)
@settings(max_examples=150, deadline=None)
def test_every_signal_is_what_its_definition_says(documents: Documents) -> None:
    assert measured(documents) == pytest.approx(expected(documents), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("documents", "lacking"),
    [
        pytest.param([[1]], {"cond_entropy", "selfrep4", "dup13", "distinct2", "vendi"}, id="a single word"),
        pytest.param([[1], [2], [3]], {"cond_entropy", "selfrep4", "distinct3"}, id="documents of one word"),
        pytest.param([[1] * 12], {"dup13", "vendi"}, id="one word short of a 13-gram"),
        pytest.param([[1] * 199], {"vendi", "mean_cosine"}, id="one chunk and no second"),
    ],
)
def test_what_cannot_be_computed_is_left_out(documents: Documents, lacking: set[str]) -> None:
    found = measured(documents)
    assert lacking.isdisjoint(found)
    assert all(np.isfinite(value) for value in found.values())


@pytest.mark.parametrize(
    ("signal", "value"),
    [
        pytest.param("selfrep4", 1.0, id="each 4-gram is in the other document"),
        pytest.param("dup13", 1.0, id="each 13-gram comes again"),
        pytest.param("distinct1", 1 / 400, id="one word"),
        pytest.param("entropy", 0.0, id="no choice"),
        pytest.param("cond_entropy", 0.0, id="no choice after a word"),
        pytest.param("mean_cosine", 1.0, id="all chunks are alike"),
        pytest.param("vendi", 1 / 4, id="worth one chunk of four"),
    ],
)
def test_a_block_of_one_word(signal: str, value: float) -> None:
    assert measured([[7] * 200, [7] * 200])[signal] == pytest.approx(value)


def test_a_run_across_two_documents_is_none() -> None:
    apart = measured([[1, 2, 3], [4, 1, 2, 3], [4]])
    assert apart["selfrep4"] == 0.0
    assert measured([[1, 2, 3, 4], [1, 2, 3, 4]])["selfrep4"] == 1.0


def test_a_document_that_repeats_itself_is_no_repetition_across_documents() -> None:
    assert measured([[1, 2, 3, 4] * 5, [9, 8, 7, 6]])["selfrep4"] == 0.0


@pytest.mark.parametrize("one", [0, 2**32 - 1, 12345])
def test_spread_bits_of_a_word_do_not_depend_on_its_width(one: int) -> None:
    assert mixed(np.array([one], np.uint32)) == mixed(np.array([one], np.uint64))
