"""Words of any length have the hash of the oracle, and one of megabytes takes about as long as as much prose."""

from __future__ import annotations

import time

import numpy as np
import pytest
from kernels import oracle

from checker.kernels import _numpy
from checker.kernels.hashing import AT_ONCE, FEW, WINDOW, padded, word_hashes

PIECE = AT_ONCE * WINDOW


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param((1, 8, 16, 17, 24, 25), id="around the windows"),
        pytest.param((PIECE + 15, PIECE + 16, PIECE + 17, 2 * PIECE + 21), id="around the pieces"),
        pytest.param(tuple(range(30, 30 + FEW)), id="few"),
        pytest.param(tuple(range(30, 31 + FEW)), id="one more than few"),
        pytest.param((*range(60), 1000, 1001), id="many short ones and few long ones"),
    ],
)
def test_a_word_of_any_length_has_the_hash_of_the_oracle(lengths: tuple[int, ...]) -> None:
    words = [("abcdefghijk" * (length // 11 + 1))[:length] for length in lengths if length]
    block = padded(np.frombuffer(" ".join(words).encode(), np.uint8))
    sizes = np.array([len(word) for word in words])
    starts = np.cumsum(sizes + 1) - sizes - 1
    assert word_hashes(block, starts, sizes).tolist() == [oracle.word_hash(word) for word in words]


def test_a_word_of_megabytes_takes_no_longer_than_ten_times_as_much_prose() -> None:
    def seconds(text: bytes) -> float:
        block, offsets = padded(np.frombuffer(text, np.uint8)), np.array([0, len(text)])
        started = time.process_time()
        _numpy.sign(block, offsets)
        return time.process_time() - started

    size = 4 << 20
    seconds(b"a warm up " * 1000)
    assert seconds(b"a" * size) < 10 * seconds(b"some words " * (size // 11))
