"""Shares of the shards, and shares of the memory."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.engine.memory import PARENT_BYTES, WORKER_BYTES, Share, share_of, size_in_bytes
from checker.engine.slices import Slice, slice_of
from checker.errors import UsageError

HASHES = [hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(4000)]


@given(of=st.integers(1, 40), hashes=st.lists(st.text(), max_size=20))
def test_each_shard_is_in_exactly_one_share(of: int, hashes: list[str]) -> None:
    shares = [Slice(number, of) for number in range(1, of + 1)]
    for digest in hashes:
        assert sum(share.has(digest) for share in shares) == 1


def test_shares_are_about_even_and_always_the_same() -> None:
    sizes = [sum(Slice(number, 4).has(digest) for digest in HASHES) for number in range(1, 5)]
    assert sizes == [999, 987, 1025, 989]


def test_shares_of_hashes_that_differ_only_at_their_end_are_even_too() -> None:
    etags = [f"0x8DC{'0' * 20}{number:04}" for number in range(4000)]
    sizes = [sum(Slice(number, 4).has(etag) for etag in etags) for number in range(1, 5)]
    assert max(sizes) - min(sizes) < 150


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1/1", Slice(1, 1)), ("16/16", Slice(16, 16)), ("03/16", Slice(3, 16))],
)
def test_a_slice_is_read(text: str, expected: Slice) -> None:
    assert slice_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "/", "1", "1/", "/4", "0/4", "5/4", "1/0", "-1/4", "1/-4", "1.0/4", "a/b", "1/4/2", "1/9999999999", " 1/4"],
)
def test_what_is_no_slice_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no slice"):
        slice_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("4G", 4 * 2**30, id="a letter"),
        pytest.param("512 MiB", 512 * 2**20, id="a unit"),
        pytest.param("512mb", 512 * 2**20, id="small letters"),
        pytest.param("800000000", 800_000_000, id="plain bytes"),
        pytest.param("1T", 2**40, id="terabytes"),
    ],
)
def test_an_amount_is_read(text: str, expected: int) -> None:
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "G", "-1G", "1.5G", "4GG", "1e9", "٤G", "9" * 20])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no amount of memory"):
        size_in_bytes(text)


@pytest.mark.parametrize(
    ("memory", "jobs", "expected"),
    [
        pytest.param(None, 8, Share(8, None), id="no bound"),
        pytest.param(PARENT_BYTES + WORKER_BYTES, 8, Share(1, WORKER_BYTES), id="exactly one"),
        pytest.param(PARENT_BYTES + 2 * WORKER_BYTES - 1, 8, Share(1, 2 * WORKER_BYTES - 1), id="not quite two"),
        pytest.param(PARENT_BYTES + 2 * WORKER_BYTES, 8, Share(2, WORKER_BYTES), id="exactly two"),
        pytest.param(PARENT_BYTES + 2**40, 2, Share(2, 2**39), id="plenty, evenly"),
    ],
)
def test_memory_is_shared_among_as_many_workers_as_fit(memory: int | None, jobs: int, expected: Share) -> None:
    assert share_of(memory, jobs) == expected


def test_too_little_memory_says_how_much_it_takes() -> None:
    with pytest.raises(UsageError, match="less than one worker needs; allow 512M or more"):
        share_of(PARENT_BYTES + WORKER_BYTES - 1, 4)
