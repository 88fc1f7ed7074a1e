"""Hashes that must never change in silence, and how well signatures estimate similarity."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from kernels import oracle
from kernels.passing import arrays, pass_over, telling_text

from checker.kernels import _numpy, estimate, jaccard
from checker.kernels.hashing import document_hashes, padded, sample_keys
from checker.kernels.minhash import factors, finalised

TEXT = "The gauge was read twice: naïve ÅNGSTRÖM, 水位計. And once more, for counterrevolutionaries!".encode()


def test_golden_values() -> None:
    """A change here makes all evidence worthless that was kept: raise KERNEL_VERSION with it."""
    stats, documents, sample = pass_over(_numpy.sweep, [TEXT, b"", b"word"])
    assert [[f"{half:016x}" for half in pair] for pair in documents.hashes.tolist()] == [
        ["8ed4bb6fda362407", "2f6f6e94f28e98ac"],
        ["0000000000000000", "0000000000000000"],
        ["322e1fe0d1ee4424", "83ab8fa6d4654379"],
    ]
    assert bytes(documents.signatures[0, :16]).hex() == "eaca80d27a29b466e037e565c7887ad4"
    assert [f"{key:016x}" for key in sample.keys.tolist()] == ["6715b56a10a094f7", "fdc78832d9320eff"]
    assert [f"{token:08x}" for token in sample.tokens[:3].tolist()] == ["5f86f86a", "d93c290a", "f77ba62f"]
    assert (stats.tokens, int(stats.word_registers.sum()), int(stats.shingle_registers.sum())) == (16, 34, 22)


def test_every_bit_of_a_document_counts() -> None:
    """Each flip of a bit, each cut and each swap of eight bytes gives another hash, in both halves."""
    block = b"0123456789abcdefABCDEFGH"
    changed = [
        bytes(byte ^ (1 << bit if place == at else 0) for place, byte in enumerate(block))
        for at in range(24)
        for bit in range(8)
    ]
    cut = [block[:size] for size in range(25)]
    swapped = [block[8:16] + block[:8] + block[16:], block + b"\0", block + b"\0\0"]
    data, offsets = arrays(given := changed + cut + swapped)
    hashes = document_hashes(padded(data), offsets)
    assert [len(set(half)) for half in hashes.T.tolist()] == [len(given)] * 2
    assert len(set(sample_keys(hashes).tolist())) == len(given)


def test_all_256_bytes_of_a_signature_are_equally_likely() -> None:
    minima = np.random.default_rng(1).integers(0, 1 << 22, (4096, 128), np.uint32)  # as of documents of 1,000 shingles
    counts = np.bincount(finalised(minima).ravel(), minlength=256)
    expected = minima.size / 256
    assert ((counts - expected) ** 2 / expected).sum() < 340  # chi-squared, 255 degrees of freedom, one in 3,000


def test_factors_are_odd_and_all_different() -> None:
    assert (factors() & 1).all()
    assert len(set(factors().tolist())) == 128


@given(telling_text, telling_text)
def test_exact_similarity_is_that_of_plain_python(one: str, other: str) -> None:
    first, second = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    assert jaccard(one, other) == float(oracle.jaccard(first, second))


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        pytest.param("a b c d e f", "A, b; c d e f!", 1.0, id="case and marks do not count"),
        pytest.param("a b c d e f", "a b c d e g", 1 / 3, id="one of three 5-grams"),
        pytest.param("a b", "a b c", 0.0, id="short texts are one shingle each"),
        pytest.param("", "", 0.0, id="nothing is like nothing"),
    ],
)
def test_exact_similarity(one: str, other: str, similarity: float) -> None:
    assert jaccard(one, other) == similarity


def test_estimates_are_as_good_as_theory_says() -> None:
    """Root mean square error of 128 values, and no bias, over pairs from nearly nothing to nearly all in common."""
    rnd = random.Random(3)
    pairs = []
    for _ in range(1500):
        words = [f"w{rnd.randrange(10**6)}" for _ in range(300)]
        other = (
            [f"x{rnd.randrange(10**6)}" if rnd.random() < share else word for word in words]
            if (share := rnd.random() / 5)
            else words
        )
        pairs.append((" ".join(words).encode(), " ".join(other).encode()))
    signatures = pass_over(_numpy.sweep, [text for pair in pairs for text in pair]).documents.signatures
    exact = np.array([jaccard(one.decode(), other.decode()) for one, other in pairs])
    errors = estimate(signatures[::2], signatures[1::2]) - exact
    agreement = exact + (1 - exact) / 256
    theory = np.sqrt(np.mean(agreement * (1 - agreement) / 128)) / (1 - 1 / 256)
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(theory, rel=0.08)
    assert abs(np.mean(errors)) < 4 * theory / np.sqrt(len(pairs))


def test_documents_with_nothing_in_common_are_estimated_at_nothing() -> None:
    texts = [" ".join(f"{number}x{place}" for place in range(50)).encode() for number in range(400)]
    signatures = pass_over(_numpy.sweep, texts).documents.signatures
    assert float(np.mean(estimate(signatures[:200], signatures[200:]))) < 0.006
    assert estimate(signatures[0], signatures[0]) == 1.0
