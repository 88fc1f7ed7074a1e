"""Registers, vocabulary, 13-grams and the sample of documents: bounded, and the same in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import oracle
from kernels.passing import differences
from numpy.typing import NDArray

from checker.kernels import distinct, merge_samples, vocabulary
from checker.kernels.registers import observe
from checker.kernels.sampling import Sampler
from checker.kernels.vocabulary import MOST_WORDS, Fragments, Vocabulary
from checker.model.text import Sample


def hashes(number: int, seed: int = 1, zeros: int = 0) -> NDArray[np.uint64]:
    """Random ones that end in so many zero bits."""
    drawn = np.random.default_rng(seed).integers(0, 1 << 63, number, np.uint64) * np.uint64(2)
    found: NDArray[np.uint64] = (drawn >> np.uint64(zeros)) << np.uint64(zeros)
    return found


@pytest.mark.parametrize("number", [0, 1, 100, 5_000, 40_000, 1_000_000])
def test_distinct_hashes_are_estimated_within_four_standard_errors(number: int) -> None:
    registers = np.zeros(1 << 14, np.uint8)
    observe(registers, np.repeat(hashes(number), 2))
    assert distinct(registers) == pytest.approx(number, rel=4 * 1.04 / 2**7)


def test_registers_of_the_rarest_hashes() -> None:
    registers = np.zeros(1 << 14, np.uint8)
    observe(registers, np.array([0, 1, 1 << 35, (5 << 50) | 1 << 49, (5 << 50) | 1], np.uint64))
    assert {place: int(registers[place]) for place in np.flatnonzero(registers)} == {0: 51, 5: 50}
    assert registers.tolist() == oracle.registers([0, 1, 1 << 35, (5 << 50) | 1 << 49, (5 << 50) | 1])


def test_the_vocabulary_rises_by_what_it_holds_and_not_by_the_order() -> None:
    words = hashes(MOST_WORDS + 5_000, zeros=4)
    tokens = np.concatenate([words, words[: MOST_WORDS // 2]])
    at_once, in_parts, merged = Vocabulary(), Vocabulary(), Vocabulary()
    at_once.add(tokens)
    at_once.settle()
    for part in np.array_split(tokens[::-1], 7):
        in_parts.add(part)
        in_parts.settle()
    for part in np.array_split(tokens, 3):
        one = Vocabulary()
        one.add(part)
        one.settle()
        merged.merge(one.level, one.hashes, one.counts)
    expected = words[words % np.uint64(32) == 0]
    assert at_once.level == in_parts.level == merged.level == 5
    assert at_once.hashes.tolist() == sorted(expected.tolist())
    assert int(at_once.counts.sum()) == int(np.count_nonzero(tokens % np.uint64(32) == 0))
    for other in (in_parts, merged):
        assert not differences((at_once.hashes, at_once.counts), (other.hashes, other.counts))


def test_as_many_words_as_may_be_do_not_raise_the_level() -> None:
    words = Vocabulary()
    words.add(np.arange(MOST_WORDS, dtype=np.uint64) * np.uint64(16))
    words.settle()
    assert (words.level, len(words.hashes)) == (4, MOST_WORDS)


def test_of_too_many_fragments_the_smallest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_FRAGMENTS", 100)
    monkeypatch.setattr(vocabulary, "_PENDING", 30)
    drawn = hashes(1_000, zeros=6)
    there, back = Fragments(), Fragments()
    for part in np.array_split(drawn, 40):
        there.add(part)
    back.add(drawn[::-1])
    assert there.settled().tolist() == back.settled().tolist() == sorted(set(drawn.tolist()))[:100]


def sample_of(lengths: list[tuple[int, int]], budget: int) -> Sample:
    """The sample of documents given by key and length, each made of its key."""
    sampler = Sampler(budget)
    for key, length in lengths:
        sampler.add(np.array([key], np.uint64), np.array([length]), np.full(length, key << 32, np.uint64))
    return sampler.settled()


@given(
    st.dictionaries(st.integers(0, 1 << 30), st.integers(0, 9), max_size=30).map(lambda found: list(found.items())),
    st.integers(1, 60),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_the_sample_is_the_smallest_keys_that_fill_the_budget(
    lengths: list[tuple[int, int]], budget: int, cut: int, rnd: object
) -> None:
    expected, total = [], 0
    filled = sorted((key, length) for key, length in lengths if length)
    for key, length in filled:
        if total < budget:
            expected.append((key, length))
            total += length
    shuffled = [*lengths, *lengths[:5]]
    getattr(rnd, "shuffle")(shuffled)  # noqa: B009 - hypothesis does not type it
    found = sample_of(shuffled, budget)
    assert list(zip(found.keys.tolist(), found.lengths.tolist(), strict=True)) == expected
    assert found.tokens.tolist() == [key for key, length in expected for _ in range(length)]
    assert found.complete == (len(expected) == len(filled))
    parts = [sample_of(shuffled[:cut], budget), sample_of(shuffled[cut:], budget)]
    assert not differences(found, merge_samples(parts, budget))


def test_a_sampler_holds_at_most_the_budget_and_one_batch() -> None:
    sampler = Sampler(1_000)
    for seed in range(300):
        sampler.add(hashes(50, seed), np.full(50, 10), hashes(500, seed))
        assert sampler.held <= 2 * 1_000 + 500
    assert len(sampler.settled().tokens) == 1_000
