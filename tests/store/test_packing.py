"""Sections between arrays and frames: what is packed comes back, and what was not packed so is refused."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from store.texts import equal, shard_text

from checker.measure import EvidenceCache
from checker.model.text import BLOCK_TOKENS, Sample
from checker.store.packing import shrink, unpack
from checker.store.ranks import decode_ranks, encode_ranks
from checker.store.text_layout import SECTIONS, Packing, Section
from checker.store.text_writer import digest_of_text

PACKED = [section for section in SECTIONS if section.packing is not Packing.NEVER]
WORDS = next(section for section in SECTIONS if section.packing is Packing.RANKS)
TWO, THREE = 144, 144 + 48 * 256  # from these ranks on, a word takes two and three bytes


def words_of(vocabulary: int, size: int, seed: int = 3) -> NDArray[np.uint32]:
    """So many distinct words, each at least once, the frequent ones far more often."""
    random = np.random.default_rng(seed)
    hashes = np.unique(random.integers(0, 2**32, 2 * vocabulary, "u4"))
    chosen = random.permutation(hashes)[:vocabulary]
    ranks = np.concatenate([np.arange(vocabulary), random.zipf(1.2, size - vocabulary) % vocabulary])
    return random.permutation(chosen[ranks])


@pytest.mark.parametrize(
    ("vocabulary", "size"),
    [
        pytest.param(1, 1, id="one word"),
        pytest.param(1, 50_000, id="all words equal"),
        pytest.param(TWO, 500, id="the last rank of one byte"),
        pytest.param(TWO + 1, 500, id="the first rank of two bytes"),
        pytest.param(THREE, 20_000, id="the last rank of two bytes"),
        pytest.param(THREE + 1, 20_000, id="the first rank of three bytes"),
        pytest.param(THREE + 65_536, 80_000, id="the last rank of the first lead of three bytes"),
        pytest.param(THREE + 65_537, 80_000, id="the first rank of the second lead of three bytes"),
        pytest.param(70_000, 70_000, id="70,000 distinct words, each once"),
        pytest.param(300_000, 400_000, id="more distinct words than the table of upper bits has places"),
    ],
)
def test_words_come_back(vocabulary: int, size: int) -> None:
    words = words_of(vocabulary, size)
    again = unpack(WORDS, shrink(WORDS, words), size)
    assert again.dtype == np.uint32
    assert np.array_equal(again, words)


def test_words_that_share_their_upper_bits_come_back() -> None:
    words = np.tile(np.arange(5_000, dtype="u4"), 3)[::-1].copy()
    assert np.array_equal(unpack(WORDS, shrink(WORDS, words), len(words)), words)


def test_words_of_realistic_frequency_take_less_than_half_of_their_hashes() -> None:
    words = words_of(20_000, 400_000)
    assert len(shrink(WORDS, words)) < words.nbytes / 2


@pytest.mark.parametrize("section", [pytest.param(section, id=section.name) for section in PACKED])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_array_comes_back(section: Section, data: st.DataObject) -> None:
    largest = 2 ** (8 * section.item_bytes) - 1
    values = data.draw(st.lists(st.integers(0, largest) | st.integers(0, 3), max_size=300))
    array = np.array(values, f"<u{section.item_bytes}")
    again = unpack(section, shrink(section, array), len(array))
    assert again.dtype == array.dtype
    assert again.flags.carray
    assert np.array_equal(again, array)


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(0, BLOCK_TOKENS), max_size=8),
    distinct=st.sampled_from([1, 300, 2**16, 2**32]),
    complete=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_sample_comes_back(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], distinct: int, complete: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    keys = np.sort(random.permutation(10**6)[: len(lengths)]).astype("u8") << np.uint64(40)
    words = random.integers(0, distinct, sum(lengths)).astype("u4")
    text = shard_text(2)._replace(sample=Sample(keys, np.array(lengths, "u4"), words, complete))
    entry = EvidenceCache(tmp_path_factory.getbasetemp() / "samples").keep_text("cd" * 32, text)
    assert equal(entry.load(), text)
    assert entry.digest == digest_of_text(text)


def frame_of(*parts: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(b"".join(parts))


@pytest.mark.parametrize(
    ("data", "count", "problem"),
    [
        pytest.param(b"\x00\x01", 2, "does not have", id="no vocabulary"),
        pytest.param(b"\x00\x01" + bytes(4), 2, "does not have", id="a rank as great as the vocabulary"),
        pytest.param(b"\x90\x00" + bytes(4), 1, "does not have", id="a rank of two bytes behind the vocabulary"),
        pytest.param(b"\xff\xff\xff" + bytes(4), 1, "does not have", id="the greatest rank of all"),
        pytest.param(b"\x00\x00", 3, "cut off", id="fewer ranks than words"),
        pytest.param(b"\x90", 1, "cut off", id="the second byte is not there"),
        pytest.param(b"\xc0\x00", 1, "cut off", id="the third byte is not there"),
        pytest.param(b"\x00" + bytes(3), 1, "cut off", id="a vocabulary that is no row of words"),
    ],
)
def test_ranks_of_a_forger_are_refused(data: bytes, count: int, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        decode_ranks(np.frombuffer(data, "u1"), count)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=60), count=st.integers(0, 40))
def test_any_bytes_are_words_or_refused(data: bytes, count: int) -> None:
    try:
        words = decode_ranks(np.frombuffer(data, "u1"), count)
    except ValueError:
        return
    assert words.shape == (count,)
    assert np.array_equal(decode_ranks(np.frombuffer(b"".join(encode_ranks(words)), "u1"), count), words)


@pytest.mark.parametrize(
    ("section", "rows", "size"),
    [
        pytest.param(WORDS, 100, 99, id="less than a byte a word"),
        pytest.param(WORDS, 100, 701, id="more than any rank and its word take"),
        pytest.param(WORDS, 0, 4, id="a vocabulary of nothing"),
        pytest.param(WORDS, 100, 512 * 2**20, id="a bomb of words"),
        pytest.param(PACKED[0], 100, 401, id="a byte more than the rows"),
        pytest.param(PACKED[0], 100, 512 * 2**20, id="a bomb of rows"),
    ],
)
def test_a_frame_of_another_size_costs_nothing(section: Section, rows: int, size: int) -> None:
    frame = zstandard.ZstdCompressor().compress(bytes(size))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="unpack to another size"):
            unpack(section, frame, rows)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_frame_that_does_not_tell_its_size_is_refused() -> None:
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    frame = packer.compress(bytes(4)) + packer.flush()
    with pytest.raises(ValueError, match="unpack to another size"):
        unpack(WORDS, frame, 1)


def test_a_frame_that_promises_less_than_it_holds_is_refused() -> None:
    honest = bytearray(frame_of(bytes(range(200))))
    assert honest[5] == 200
    honest[5] = 100
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(WORDS, bytes(honest), 50)


def test_words_that_would_only_grow_are_kept_as_they_are(tmp_path: Path) -> None:
    words = words_of(15_000, 15_000)
    sample = Sample(np.array([9], "u8"), np.array([len(words)], "u4"), words, True)
    assert len(shrink(WORDS, words)) > words.nbytes
    text = shard_text(2)._replace(sample=sample)
    entry = EvidenceCache(tmp_path).keep_text("ab" * 32, text)
    assert words.tobytes() in next(tmp_path.glob("*/*.text")).read_bytes()
    assert equal(entry.load(), text)
