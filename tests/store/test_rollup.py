"""Rollups: entries in are entries out, in any order; every flipped byte is noticed, and nothing unpacks without end."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import md5, sha256
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.store.encoding import canonical
from checker.store.entries import MAX_ENTRY_BYTES
from checker.store.lists import list_name
from checker.store.rollup import (
    MAX_CONTENT_BYTES,
    MAX_RESULTS,
    Rollup,
    TextHead,
    check_rollup,
    encode_rollup,
    read_rollup,
    rollup_length,
)

Key = TypeVar("Key")
Value = TypeVar("Value")
KEY = "ab" * 32
KEYS = st.text("0123456789abcdef", min_size=64, max_size=64)
BODIES = st.dictionaries(KEYS, st.binary(max_size=200), max_size=4)
HEADS = st.builds(TextHead, KEYS, st.integers(0, 2**32 - 1))
RESULTS = st.dictionaries(st.tuples(st.sampled_from(["duplication", "overlap"]), KEYS), st.binary(max_size=200))
ROLLUPS = st.builds(Rollup, BODIES, BODIES, st.dictionaries(KEYS, HEADS, max_size=4), RESULTS)
SMALL = Rollup({}, {"cd" * 32: b"{}"}, {"ef" * 32: TextHead("12" * 32, 7)}, {("overlap", "00" * 32): b'{"a":1}'})


def data_of(rollup: Rollup) -> bytes:
    return b"".join(encode_rollup(KEY, rollup))


def read(folder: Path, data: bytes, key: str = KEY) -> Rollup:
    (folder / "file").write_bytes(data)
    return read_rollup(folder / "file", key)


def backwards(table: Mapping[Key, Value]) -> dict[Key, Value]:
    return dict(reversed(list(table.items())))


@settings(max_examples=60, deadline=None)
@given(rollup=ROLLUPS)
def test_what_goes_in_comes_out_in_whatever_order_it_went_in(
    rollup: Rollup, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = data_of(rollup)
    assert read(tmp_path_factory.getbasetemp(), data) == rollup
    turned = Rollup(
        backwards(rollup.lists), backwards(rollup.compositions), backwards(rollup.texts), backwards(rollup.results)
    )
    assert data_of(turned) == data
    assert rollup_length(data[:4096]) == len(data)


def test_nothing_is_a_rollup_too(tmp_path: Path) -> None:
    assert read(tmp_path, data_of(Rollup())) == Rollup()


def test_every_flipped_byte_and_every_cut_is_noticed(tmp_path: Path) -> None:
    data = data_of(SMALL)
    for place in range(len(data)):
        for bit in (1, 0x20, 0x80):
            spoiled = bytearray(data)
            spoiled[place] ^= bit
            with pytest.raises(ValueError, match=r"\w"):
                read(tmp_path, bytes(spoiled))
        with pytest.raises(ValueError, match=r"\w"):
            read(tmp_path, data[:place])
    with pytest.raises(ValueError, match="bytes instead of"):
        read(tmp_path, data + b"\n")


def test_a_rollup_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it belongs to another key"):
        read(tmp_path, data_of(SMALL), "cd" * 32)


def forged(head: Mapping[str, object], packed: bytes) -> bytes:
    """With checksums that fit."""
    line = canonical(head)
    return line + b"\n" + sha256(line).hexdigest().encode() + b"\n" + packed


def around(content: bytes, **changes: object) -> bytes:
    """A file with this content, and whatever else its header is to say."""
    import zstandard

    packed = zstandard.ZstdCompressor().compress(content)
    head = {
        "format": "headwater/rollup/v1",
        "key": KEY,
        "size": len(packed),
        "stored_sha256": sha256(packed).hexdigest(),
        "content_bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    return forged({**head, **changes}, packed)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"json " + b"a" * 63 + b" 2\n{}\n", "no entry", id="a key that is no sha256"),
        pytest.param(b"json ../../" + b"a" * 58 + b" 2\n{}\n", "no entry", id="a path for a key"),
        pytest.param(b"derived/../x " + b"a" * 64 + b" 2\n{}\n", "no entry", id="a path for a kind"),
        pytest.param(b"rollup " + b"a" * 64 + b" 2\n{}\n", "no entry", id="a rollup in a rollup"),
        pytest.param(b"json " + b"a" * 64 + b" 9\n{}\n", "one after the other", id="longer than the content"),
        pytest.param(b"json " + b"a" * 64 + b" 02\n{}\n", "no entry", id="a size with a zero before it"),
        pytest.param(2 * (b"json " + b"a" * 64 + b" 2\n{}\n"), "one after the other", id="the same entry twice"),
        pytest.param(b"text " + b"a" * 64 + b" 2\n{}\n", "no entry", id="a text without a digest"),
        pytest.param(b"text " + b"a" * 64 + b" 67\n" + b"b" * 64 + b" -1\n", "no entry", id="fewer than no documents"),
        pytest.param(b"json " + b"a" * 64 + b" 2\n{}", "one after the other", id="the end is missing"),
    ],
)
def test_checksums_alone_make_no_rollup(content: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        read(tmp_path, around(content))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"content_bytes": MAX_CONTENT_BYTES + 1}, "more than it can hold", id="larger than any rollup"),
        pytest.param({"content_bytes": 200 * 1024 * 1024}, "more than it can hold", id="larger than its file can hold"),
        pytest.param({"content_bytes": 3}, "something else", id="more than it says"),
        pytest.param({"content_bytes": -1}, "expected a count", id="less than nothing"),
        pytest.param({"content_bytes": True}, "expected a count", id="no number"),
        pytest.param({"size": 1000}, "bytes instead of", id="a file that is longer than it is"),
        pytest.param({"size": 10**15}, "longer than what it unpacks to", id="a petabyte to fetch"),
        pytest.param({"format": "headwater/rollup/v9"}, "another format", id="another format"),
        pytest.param({"key": ["x"]}, "not one of ours", id="no key"),
        pytest.param({"sha256": "x"}, "not one of ours", id="no checksum"),
    ],
)
def test_a_header_that_lies_is_refused_before_anything_is_unpacked(
    changes: Mapping[str, object], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=told):
        read(tmp_path, around(b"json " + b"a" * 64 + b" 2\n{}\n", **changes))


@pytest.mark.parametrize("data", [b"", b"\n", b"[]\n", b"x" * 100_000], ids=["empty", "a line", "a list", "noise"])
def test_what_is_no_rollup_is_refused(data: bytes, tmp_path: Path) -> None:
    for look in (read_rollup, check_rollup):
        (tmp_path / "file").write_bytes(data)
        with pytest.raises(ValueError, match="header"):
            look(tmp_path / "file", KEY)
    with pytest.raises(ValueError, match="header"):
        rollup_length(data)


def test_a_bomb_unpacks_no_further_than_its_header_says(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="something else"):
        read(tmp_path, around(b"\0" * (64 * 1024 * 1024), content_bytes=1000))


def test_a_file_that_a_store_makes_up_is_not_fetched_without_end() -> None:
    with pytest.raises(ValueError, match="longer than what it unpacks to"):
        rollup_length(around(b"", size=10**15))


def test_results_that_would_fill_a_folder_with_files_are_refused(tmp_path: Path) -> None:
    keys = [f"{number:064x}" for number in range(MAX_RESULTS + 1)]
    content = b"".join(b"derived/overlap %s 0\n\n" % key.encode() for key in keys)
    with pytest.raises(ValueError, match="100,001 results, at most 100,000"):
        read(tmp_path, around(content))
    with pytest.raises(ValueError, match="100,001 results, at most 100,000"):
        encode_rollup(KEY, Rollup(results={("overlap", key): b"" for key in keys}))
    allowed = Rollup(results={("overlap", key): b"" for key in keys[1:]})
    assert read(tmp_path, data_of(allowed)) == allowed


def test_no_entry_in_it_is_longer_than_one_that_comes_alone(tmp_path: Path) -> None:
    long = b"json %s %d\n" % (b"a" * 64, MAX_ENTRY_BYTES + 1) + bytes(MAX_ENTRY_BYTES + 1) + b"\n"
    noise = b"list %s 2000000\n" % (b"b" * 64) + os.urandom(2_000_000) + b"\n"  # so that it is no bomb
    with pytest.raises(ValueError, match="longer than an entry can be"):
        read(tmp_path, around(long + noise))


def test_more_than_a_rollup_can_hold_is_not_written() -> None:
    body = b"x" * (MAX_CONTENT_BYTES // 2)
    with pytest.raises(ValueError, match="at most 268,435,456 are allowed"):
        encode_rollup(KEY, Rollup({}, {"aa" * 32: body, "bb" * 32: body}))


@pytest.mark.parametrize(
    ("rollup", "told"),
    [
        pytest.param(SMALL, "it is damaged", id="a composition that is none"),
        pytest.param(Rollup({"ab" * 32: b"[]"}), "another list", id="a list that git does not record"),
    ],
)
def test_every_entry_is_checked_where_all_are(rollup: Rollup, told: str, tmp_path: Path) -> None:
    assert read(tmp_path, data_of(rollup)) == rollup
    with pytest.raises(ValueError, match=told):
        check_rollup(tmp_path / "file", KEY)


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    oid = f"{md5(b'[]').hexdigest()}.dir"
    data = data_of(Rollup({list_name(oid, "md5").key: b"[]"}))
    (tmp_path / "file").write_bytes(data)
    assert check_rollup(tmp_path / "file", KEY) == json.loads(data.partition(b"\n")[0])["sha256"]
