"""Sorted keys in files: whole, the same for the same texts, read by ranges, and never believed unchecked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.errors import EvidenceDamaged
from checker.model.text import BANDS
from checker.store import EvidenceCache
from checker.store.addresses import address_of
from checker.store.encoding import canonical
from checker.store.entries import KEYS, Name, name_at
from checker.store.holdings import LocalHolding, problem_in
from checker.store.keys_layout import BAND_SHIFT, CHUNK_ROWS, HEAD_BYTES, LOW_BITS, Head, encode_head, key_of_keys
from checker.store.keys_reader import SortedKeys, open_keys, verify_keys
from checker.store.keys_writer import Band, write_keys
from checker.store.opening import open_evidence
from checker.store.shared import SharedStore
from checker.store.signing import Signed
from checker.store.transfer import push

TEXT = "cd" * 32
KEY = key_of_keys(TEXT)
GOLDEN_DIGEST = "2ee32d19957b94771531983158baa250e2897781330562722c792ed069f9de47"
EMPTY = np.empty(0, np.uint64), np.empty(0, np.uint32)


def bands(texts: int, seed: int = 1, kinds: int = 2**40) -> Iterator[Band]:
    """Keys of so many texts, of at most so many kinds."""
    rng = np.random.default_rng(seed)
    for band in range(BANDS):
        tops = rng.integers(0, kinds, texts, dtype=np.uint64)
        order = np.argsort(tops, kind="stable")
        yield Band((tops[order] << np.uint64(LOW_BITS)) | np.uint64(band << BAND_SHIFT), order.astype(np.uint32))


def kept(folder: Path, texts: int, kinds: int = 2**40) -> SortedKeys:
    found = EvidenceCache(folder).keep_keys(Head(TEXT, texts), bands(texts, kinds=kinds))
    assert found is not None
    return found


def all_rows(texts: int, kinds: int = 2**40) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    every = list(bands(texts, kinds=kinds))
    return np.concatenate([band.keys for band in every]), np.concatenate([band.ids for band in every])


def same(
    found: tuple[NDArray[np.uint64], NDArray[np.uint32]], other: tuple[NDArray[np.uint64], NDArray[np.uint32]]
) -> bool:
    return np.array_equal(found[0], other[0]) and np.array_equal(found[1], other[1])


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(0, id="no texts"),
        pytest.param(1, id="one text"),
        pytest.param(CHUNK_ROWS, id="one chunk a band"),
        pytest.param(CHUNK_ROWS + 1, id="one text more"),
        pytest.param(5 * CHUNK_ROWS - 1, id="many chunks"),
    ],
)
def test_keys_come_back(tmp_path: Path, texts: int) -> None:
    assert EvidenceCache(tmp_path).keys(KEY) is None
    written = kept(tmp_path, texts)
    found = EvidenceCache(tmp_path).keys(KEY)
    assert found is not None
    assert (found.key, found.digest, found.head) == (KEY, written.digest, Head(TEXT, texts))
    assert same(found.between(0, 2**64), all_rows(texts))
    assert verify_keys(found.path, KEY) == found.digest
    pieces = list(found.pieces(1500))
    keys, ids = (np.concatenate(column) for column in zip(EMPTY, *pieces, strict=True))
    assert same((keys, ids), all_rows(texts))
    assert all(len(keys) <= max(1500, CHUNK_ROWS) for keys, _ in pieces)


def test_equal_keys_give_equal_bytes_on_any_machine(tmp_path: Path) -> None:
    plain = [
        Band(
            np.array([band << BAND_SHIFT, (band << BAND_SHIFT) + (9 << LOW_BITS)], np.uint64),
            np.array([1, 0], np.uint32),
        )
        for band in range(BANDS)
    ]
    digest = write_keys(tmp_path / "keys", Head(TEXT, 2), plain)
    assert digest == open_keys(tmp_path / "keys", KEY).digest
    assert sha256((tmp_path / "keys").read_bytes()).hexdigest() == GOLDEN_DIGEST


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> SortedKeys:
    """Few keys, each of many texts: runs go on over several chunks."""
    return kept(tmp_path_factory.mktemp("keys"), 4 * CHUNK_ROWS + 7, kinds=3)


LOWS = st.builds(
    lambda band, key, off: (band << BAND_SHIFT) + (key << LOW_BITS) + off,
    st.integers(0, 31),
    st.integers(0, 4),
    st.sampled_from([0, 1, 2**LOW_BITS - 1]),
)


@settings(deadline=None, max_examples=60)
@given(LOWS, st.one_of(LOWS, st.just(2**64), st.integers(1, 5)))
def test_a_range_has_the_rows_within_it(crowded: SortedKeys, low: int, high: int) -> None:
    low, high = (low, high) if high > low else (high, low) if high < low else (low, low + 1)
    keys, ids = all_rows(4 * CHUNK_ROWS + 7, kinds=3)
    inside = (keys >= np.uint64(low)) & (keys <= np.uint64(high - 1))
    assert same(crowded.between(low, high), (keys[inside], ids[inside]))


def test_every_damaged_byte_is_found(tmp_path: Path) -> None:
    whole = kept(tmp_path, 3).path.read_bytes()
    file = tmp_path / "damaged"
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"damaged|another|between"):
            verify_keys(file, KEY)


@pytest.mark.parametrize("length", [0, 1, HEAD_BYTES - 1, HEAD_BYTES, 2000, -1])
def test_a_file_that_was_cut_short_is_no_entry(tmp_path: Path, length: int) -> None:
    file = kept(tmp_path, 100).path
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"damaged|bytes instead of"):
        open_keys(file, KEY)
    assert EvidenceCache(tmp_path).keys(KEY) is None


def test_what_is_damaged_after_it_was_opened_is_told_and_removed(tmp_path: Path) -> None:
    found = kept(tmp_path, 3000)
    data = bytearray(found.path.read_bytes())
    data[found.head.keys_at(7) + 8 * 2000] ^= 1
    found.path.write_bytes(data)
    assert len(found.between(0, 7 << BAND_SHIFT)[0]) == 7 * 3000
    with pytest.raises(EvidenceDamaged, match=rf"{KEY}.keys cannot be used as evidence: its keys are damaged"):
        found.between(7 << BAND_SHIFT, 8 << BAND_SHIFT)
    assert not found.path.exists()
    with pytest.raises(EvidenceDamaged, match="No such file"):
        list(found.pieces(10))


def test_a_file_that_shrinks_while_it_is_read_ends_nothing(tmp_path: Path) -> None:
    found = kept(tmp_path, 3000)
    with found.path.open("r+b") as file:
        file.truncate(found.head.keys_at(1))
    with pytest.raises(EvidenceDamaged, match="it ends too early"):
        found.between(2 << BAND_SHIFT, 3 << BAND_SHIFT)


def test_keys_of_another_shard_are_refused(tmp_path: Path) -> None:
    file = kept(tmp_path, 3).path
    other = Name(key_of_keys("ef" * 32), KEYS)
    (tmp_path / other.path).parent.mkdir()
    file.rename(tmp_path / other.path)
    assert EvidenceCache(tmp_path).keys(other.key) is None
    assert problem_in(tmp_path, other) == f"{other.path} cannot be used as evidence: it belongs to another key"


def one_band(rows: list[tuple[int, int]], texts: int) -> Iterator[Band]:
    """Bands whose rows are these, whatever they are."""
    for band in range(BANDS):
        keys = np.array([key + (band << BAND_SHIFT) for key, _ in rows], np.uint64)
        yield Band(keys, np.array([text for _, text in rows], np.uint32))


ONE = 1 << LOW_BITS


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([(ONE, 0), (0, 1)], "not in order", id="keys descend"),
        pytest.param([(ONE, 1), (ONE, 0)], "not in order", id="texts of a key descend"),
        pytest.param([(ONE, 1), (ONE, 1)], "not in order", id="a text twice"),
        pytest.param([(0, 0), (ONE, 2)], "belong to other texts", id="a text that is not there"),
        pytest.param([(0, 0), (ONE + 1, 1)], "bits that keys do not have", id="more bits than count"),
        pytest.param([(0, 0), (1 << BAND_SHIFT, 1)], "belong to other texts", id="a key of the next band"),
    ],
)
def test_a_whole_file_that_is_none_of_ours_is_refused(tmp_path: Path, rows: list[tuple[int, int]], told: str) -> None:
    found = EvidenceCache(tmp_path).keep_keys(Head(TEXT, 2), one_band(rows, 2))
    assert found is not None
    with pytest.raises(ValueError, match=told):
        verify_keys(found.path, KEY)
    with pytest.raises(EvidenceDamaged, match=told):
        found.between(0, 2**64)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"format": "headwater/keys/v2"}, "another format", id="a later format"),
        pytest.param({"texts": 2**32}, "more texts than a shard can have", id="too many texts"),
        pytest.param({"texts": -1}, "more texts than a shard can have", id="fewer than none"),
        pytest.param({"texts": True}, "more texts than a shard can have", id="no number"),
        pytest.param({"texts": 2**32 - 1}, "bytes instead of", id="a giant that is not there"),
        pytest.param({"key": "ab" * 32}, "not one of ours", id="a key that does not follow"),
        pytest.param({"text": 7}, "not one of ours", id="no digest"),
        pytest.param({"text": None}, "not one of ours", id="nothing"),
    ],
)
def test_a_head_that_says_something_else_is_refused(tmp_path: Path, changed: dict[str, object], told: str) -> None:
    file = kept(tmp_path, 3).path
    data = file.read_bytes()
    line = canonical({**json.loads(data[:HEAD_BYTES].partition(b"\n")[0]), **changed})
    head = (line + b"\n" + sha256(line).hexdigest().encode() + b"\n").ljust(HEAD_BYTES, b"\0")
    file.write_bytes(head + data[HEAD_BYTES:])
    with pytest.raises(ValueError, match=told):
        open_keys(file, KEY)


@pytest.mark.parametrize("line", [b"[]", b"7", b"null", b"[" * 400, b"\xff", b"{}"])
def test_a_head_of_another_kind_is_refused(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "keys"
    file.write_bytes((line + b"\n" + sha256(line).hexdigest().encode() + b"\n").ljust(HEAD_BYTES, b"\0"))
    with pytest.raises(ValueError, match="its header is not one of ours"):
        open_keys(file, KEY)


@pytest.mark.parametrize("number", [0, BANDS - 1, BANDS + 1])
def test_bands_of_another_number_are_not_written(tmp_path: Path, number: int) -> None:
    band = next(bands(3))
    with pytest.raises(ValueError, match=f"there are {number} bands"):
        write_keys(tmp_path / "keys", Head(TEXT, 3), [band] * number)
    with pytest.raises(ValueError, match="3 keys and 3 ids instead of 4"):
        write_keys(tmp_path / "keys", Head(TEXT, 4), [band])
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = EvidenceCache(tmp_path / "file" / "cache")
    assert cache.keep_keys(Head(TEXT, 3), bands(3)) is None
    assert "cannot be written" in cache.note
    assert EvidenceCache(None).keep_keys(Head(TEXT, 3), bands(3)) is None


def test_a_place_that_names_keys_is_known() -> None:
    name = Name(KEY, KEYS)
    assert name.path == f"{KEY[:2]}/{KEY}.keys"
    assert name_at(name.path) == name
    assert len(encode_head(Head(TEXT, 2**32 - 1))) == HEAD_BYTES


def test_keys_go_through_a_shared_store(tmp_path: Path) -> None:
    file = kept(tmp_path / "here", 2000)
    store = SharedStore(address_of(str(tmp_path / "store")))
    assert push(tmp_path / "here", store, [Name(KEY, KEYS)], None).sent == (Name(KEY, KEYS),)
    there = open_evidence([store.address], folder=tmp_path / "there")
    found = there.keys(KEY)
    assert found is not None
    assert found.digest == file.digest
    assert found.path.read_bytes() == file.path.read_bytes()
    assert [entry.name for entry in LocalHolding(tmp_path / "there").entries()] == [Name(KEY, KEYS)]


@pytest.mark.parametrize("extra", [b"", b"more"])
def test_damaged_keys_of_a_store_are_not_used(tmp_path: Path, extra: bytes) -> None:
    kept(tmp_path / "here", 2000)
    store = SharedStore(address_of(str(tmp_path / "store")))
    push(tmp_path / "here", store, [Name(KEY, KEYS)], None)
    shared = tmp_path / "store" / "v1" / Name(KEY, KEYS).path
    data = bytearray(shared.read_bytes())
    data[40_000] ^= 1
    shared.write_bytes(data + extra)
    there = open_evidence([store.address], folder=tmp_path / "there")
    assert there.keys(KEY) is None
    assert f"{Name(KEY, KEYS).path}: " in there.note
    assert not (tmp_path / "there" / Name(KEY, KEYS).path).exists()


def test_keys_have_to_be_signed_where_evidence_has_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path / "here", 20)
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    store = SharedStore(address_of(str(tmp_path / "store")))
    push(tmp_path / "here", store, [Name(KEY, KEYS)], None)
    unsigned = open_evidence([store.address], folder=tmp_path / "one", signed=Signed.REQUIRED)
    assert unsigned.keys(KEY) is None
    assert "it is not signed" in unsigned.note
    push(tmp_path / "here", store, [Name(KEY, KEYS)], b"k" * 32)
    assert open_evidence([store.address], folder=tmp_path / "two", signed=Signed.REQUIRED).keys(KEY) is not None
