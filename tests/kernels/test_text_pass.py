"""The whole pass, by both back-ends: against plain Python, and however the documents are handed over."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernels import oracle
from kernels.passing import arrays, differences, documents, pass_over, prose

from checker.kernels import _numpy, merge_samples, merge_stats
from checker.kernels.hashing import sample_keys
from checker.kernels.passes import Sweep, TextPass
from checker.kernels.vocabulary import MOST_WORDS

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "text"
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(given_documents=documents)
@relaxed
def test_everything_is_what_plain_python_finds(sweep: Sweep, given_documents: list[bytes]) -> None:
    check_against_oracle(sweep, given_documents)


def test_prose_is_what_plain_python_finds(sweep: Sweep) -> None:
    check_against_oracle(sweep, prose(40))


def check_against_oracle(sweep: Sweep, given_documents: list[bytes]) -> None:
    stats, found, _ = pass_over(sweep, given_documents)
    texts = [oracle.tokens(document) for document in given_documents]
    every = [word for words, _ in texts for word in words]
    hashes = [oracle.word_hash(word) for word in every]
    fives = [gram for words, _ in texts for gram in oracle.grams(words, 5)]
    assert found.hashes.tolist() == [list(oracle.document_hash(document)) for document in given_documents]
    assert found.signatures.tolist() == [oracle.signature(words) for words, _ in texts]
    assert found.tokens.tolist() == [len(words) for words, _ in texts]
    assert found.rows.tolist() == list(range(1, len(given_documents) + 1))
    assert stats.records == len(given_documents)
    assert stats.empty == sum(not words for words, _ in texts)
    assert stats.bytes == sum(map(len, given_documents))
    assert stats.tokens == len(every)
    assert stats.utf8_errors == sum(errors for _, errors in texts)
    assert stats.mattr_sum == sum(oracle.mattr(words)[0] for words, _ in texts)
    assert stats.mattr_positions == sum(oracle.mattr(words)[1] for words, _ in texts)
    assert stats.shingles == len(fives)
    assert stats.repeated_shingles == sum(oracle.repeated(words) for words, _ in texts)
    assert stats.byte_counts.tolist() == [b"".join(given_documents).count(bytes([byte])) for byte in range(256)]
    buckets = Counter(value >> 50 for value in hashes)
    assert stats.word_buckets.tolist() == [buckets[bucket] for bucket in range(1 << 14)]
    assert stats.word_registers.tolist() == oracle.registers(hashes)
    assert stats.shingle_registers.tolist() == oracle.registers([oracle.gram_hash(gram) for gram in fives])
    level, counts = oracle.vocabulary(Counter(hashes), MOST_WORDS)
    assert stats.vocabulary_level == level
    assert dict(zip(stats.vocabulary_hashes.tolist(), stats.vocabulary_counts.tolist(), strict=True)) == counts
    thirteen = {oracle.gram_hash(gram) for words, _ in texts for gram in oracle.grams(words, 13)}
    assert stats.fragments.tolist() == sorted(value for value in thirteen if value % 64 == 0)


@given(given_documents=documents)
@relaxed
def test_both_back_ends_find_equal_bits(compiled_sweep: Sweep, given_documents: list[bytes]) -> None:
    assert not differences(pass_over(compiled_sweep, given_documents), pass_over(_numpy.sweep, given_documents))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["python_peps", "gsm8k_train", "pubmedqa_pairs", "gpteacher_codegen"])
def test_both_back_ends_find_equal_bits_in_real_text(compiled_sweep: Sweep, name: str) -> None:
    path = SHARED / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the fixtures beside the repository are absent")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [
            text.encode() for line, _ in zip(lines, range(1500), strict=False) for text in strings(json.loads(line))
        ]
    assert sum(map(len, texts)) > 100_000
    assert not differences(pass_over(compiled_sweep, texts), pass_over(_numpy.sweep, texts))


def strings(record: dict[str, object]) -> list[str]:
    """The texts of a record."""
    return [value for value in record.values() if isinstance(value, str)]


@given(given_documents=documents, batch=st.integers(1, 3), block_bytes=st.sampled_from([1, 20, 1 << 20]))
@relaxed
def test_batches_and_blocks_do_not_matter(
    sweep: Sweep, given_documents: list[bytes], batch: int, block_bytes: int
) -> None:
    whole = pass_over(sweep, given_documents)
    assert not differences(whole, pass_over(sweep, given_documents, batch=batch, block_bytes=block_bytes))


@given(given_documents=documents, cut=st.integers(0, 6))
@relaxed
def test_parts_merge_to_the_whole_in_any_order(given_documents: list[bytes], cut: int) -> None:
    whole = pass_over(_numpy.sweep, given_documents)
    parts = [pass_over(_numpy.sweep, given_documents[:cut]), pass_over(_numpy.sweep, given_documents[cut:])]
    for order in (parts, parts[::-1]):
        assert not differences(whole.stats, merge_stats(part.stats for part in order))
        assert not differences(whole.sample, merge_samples(part.sample for part in order))


def test_the_order_of_documents_changes_nothing_but_their_rows(sweep: Sweep) -> None:
    texts = prose(200)
    there, back = pass_over(sweep, texts), pass_over(sweep, texts[::-1])
    assert not differences((there.stats, there.sample), (back.stats, back.sample))
    assert np.array_equal(there.documents.signatures, back.documents.signatures[::-1])


def test_no_document_at_all(sweep: Sweep) -> None:
    found = pass_over(sweep, [])
    assert not differences(found.stats, merge_stats([]))
    assert (found.documents.signatures.shape, found.sample.complete) == ((0, 128), True)


def test_equal_documents_come_once_in_the_sample_and_long_ones_are_cut(sweep: Sweep) -> None:
    long = b"word " * 30_000
    found = pass_over(sweep, [b"one two", long, b"one two", b" ", long])
    assert found.sample.lengths.tolist() == [
        length for _, length in sorted(zip(sample_keys(found.documents.hashes[:2]).tolist(), (2, 20_000), strict=True))
    ]
    assert len(set(found.sample.tokens.tolist())) == 3
    assert oracle.ascending(found.sample.keys.tolist())


def test_words_that_end_at_the_last_byte_of_the_buffer(sweep: Sweep) -> None:
    for size in range(1, 40):
        assert pass_over(sweep, [b"x" * size]).documents.signatures.tolist() == [oracle.signature(["x" * size])]


def test_each_document_has_its_number_of_tokens_at_once() -> None:
    made = TextPass(_numpy.sweep, 8, "test")
    data, offsets = arrays([b"one two", b"", b"three"])
    assert made.add(data, offsets, np.array([1, 2, 3], np.uint32)).tolist() == [2, 0, 1]


@pytest.mark.parametrize("offsets", [[0, 9], [0, 4, 2], [-1, 3]], ids=["beyond the end", "descending", "negative"])
def test_offsets_outside_the_data_are_refused(offsets: list[int]) -> None:
    rows = np.ones(len(offsets) - 1, np.uint32)
    with pytest.raises(ValueError, match="offsets must ascend within the data"):
        TextPass(_numpy.sweep, 8, "test").add(np.zeros(8, np.uint8), np.array(offsets), rows)
