"""The verified stream: right bytes arrive unchanged, the last block of wrong bytes never does."""

from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet
import pytest
from dvc_data.hashfile.hash import fobj_md5
from hypothesis import given, settings
from hypothesis import strategies as st
from objects.data import md5

from checker.discover.verified import BLOCK, verified
from checker.errors import ObjectDamaged

LENGTHS = [
    pytest.param(0, id="empty"),
    pytest.param(1, id="one byte"),
    pytest.param(BLOCK - 1, id="one byte less than a block"),
    pytest.param(BLOCK, id="exactly one block"),
    pytest.param(BLOCK + 1, id="one byte more than a block"),
    pytest.param(7 * BLOCK, id="more blocks than wait for the hashing thread"),
]


class Trickle:
    """A network stream: it hands out as little as it likes, and knows when it was closed."""

    def __init__(self, data: bytes, seed: int = 1) -> None:
        self._rest = io.BytesIO(data)
        self._random = random.Random(seed)
        self.closed = False

    def read(self, size: int, /) -> bytes:
        return self._rest.read(self._random.randint(1, min(size, 300_000)))

    def close(self) -> None:
        self.closed = True


def bytes_of(length: int) -> bytes:
    return random.Random(length).randbytes(length)


def stream_of(data: bytes, digest: str, hash_name: str = "md5", size_bytes: int | None = None) -> BinaryIO:
    return verified(Trickle(data), digest, hash_name, of="data/a", hint="fetch it", size_bytes=size_bytes)


def file_stream(folder: Path, data: bytes, digest: str) -> BinaryIO:
    file = folder / "object"
    file.write_bytes(data)
    return verified(io.FileIO(file), digest, "md5", of="data/a", hint="fetch it", size_bytes=None)


@pytest.mark.parametrize("length", LENGTHS)
def test_right_bytes_at_once(length: int) -> None:
    data = bytes_of(length)
    with stream_of(data, md5(data), size_bytes=length) as stream:
        assert stream.read() == data
        assert stream.read() == b""


@pytest.mark.parametrize("step", [1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_right_bytes_in_steps(step: int) -> None:
    data = bytes_of(3 * BLOCK + 17)
    with stream_of(data, md5(data)) as stream:
        assert b"".join(iter(lambda: stream.read(step), b"")) == data


def test_lines() -> None:
    data = b"one\ntwo\n\nlast without a break"
    with stream_of(data, md5(data)) as stream:
        assert list(stream) == [b"one\n", b"two\n", b"\n", b"last without a break"]


@pytest.mark.parametrize("length", LENGTHS)
def test_wrong_bytes_are_never_handed_out_whole(length: int) -> None:
    data = bytes_of(length)
    got = 0
    with stream_of(data, md5(data + b"!")) as stream:
        with pytest.raises(ObjectDamaged, match="data/a: its md5 is"):
            while block := stream.read(4096):
                got += len(block)
        with pytest.raises(ObjectDamaged):
            stream.read(1)
    assert got <= max(0, length - 1) // BLOCK * BLOCK


def test_a_reader_that_stops_at_the_last_byte_is_told() -> None:
    data = bytes_of(BLOCK // 2)
    with stream_of(data, md5(b"")) as stream, pytest.raises(ObjectDamaged):
        stream.read(len(data))


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        pytest.param(9, "more than 9 bytes, git records 9", id="one byte too many"),
        pytest.param(11, "has 10 bytes, git records 11", id="one byte too few"),
        pytest.param(0, "more than 0 bytes", id="nothing expected"),
    ],
)
def test_wrong_size(recorded: int, words: str) -> None:
    stream = stream_of(b"0123456789", md5(b"0123456789"), size_bytes=recorded)
    with stream, pytest.raises(ObjectDamaged, match=words):
        stream.read(1)


def test_an_endless_stream_ends_at_the_recorded_size() -> None:
    class Endless(Trickle):
        def read(self, size: int, /) -> bytes:
            return b"x" * size

    stream = verified(Endless(b""), md5(b"x" * 10), "md5", of="data/a", hint="", size_bytes=10)
    with stream, pytest.raises(ObjectDamaged, match="more than 10 bytes"):
        stream.read()


def test_closing_early_closes_the_source_and_judges_nothing() -> None:
    source = Trickle(bytes_of(5 * BLOCK))
    stream = verified(source, md5(b""), "md5", of="data/a", hint="", size_bytes=None)
    assert len(stream.read(10)) == 10
    stream.close()
    assert source.closed
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_a_remote_stream_does_not_seek() -> None:
    data = bytes_of(10)
    with stream_of(data, md5(data)) as stream:
        assert not stream.seekable()
        with pytest.raises(io.UnsupportedOperation):
            stream.seek(5)


def test_seeking_in_a_file_verifies_all_of_it_first(tmp_path: Path) -> None:
    data = bytes_of(3 * BLOCK)
    with file_stream(tmp_path, data, md5(data)) as stream:
        assert stream.read(10) == data[:10]
        assert stream.seek(-10, io.SEEK_END) == len(data) - 10
        assert stream.read() == data[-10:]
        stream.seek(BLOCK)
        assert stream.read(5) == data[BLOCK : BLOCK + 5]
        assert stream.tell() == BLOCK + 5
    with file_stream(tmp_path, data, md5(b"")) as stream:
        assert stream.read(10) == data[:10]
        with pytest.raises(ObjectDamaged):
            stream.seek(-10, io.SEEK_END)


def test_parquet_is_read_from_a_verified_file(tmp_path: Path) -> None:
    table = pa.table({"text": [f"record {number}" for number in range(10_000)], "origin": ["human"] * 10_000})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    with file_stream(tmp_path, data, md5(data)) as stream:
        assert pyarrow.parquet.read_table(stream, columns=["origin"]).num_rows == 10_000


def test_memory_does_not_grow_with_the_object() -> None:
    class Zeros(Trickle):
        left = 96

        def read(self, size: int, /) -> bytes:
            self.left -= 1
            return bytes(size) if self.left >= 0 else b""

    digest = md5(bytes(96 * BLOCK))
    tracemalloc.start()
    try:
        with verified(Zeros(b""), digest, "md5", of="x", hint="", size_bytes=96 * BLOCK) as stream:
            while stream.read(BLOCK):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * BLOCK


LEGACY = [
    pytest.param(b"", id="empty"),
    pytest.param(b"one\r\ntwo\r\n", id="text with CRLF"),
    pytest.param(b"one\ntwo\r", id="text with LF and a single CR"),
    pytest.param(b"a\r\n\0b\r\n", id="NUL makes it binary"),
    pytest.param(b"a" * 512 + b"\0\r\n", id="NUL behind the probe"),
    pytest.param("жук\r\n".encode() * 500, id="mostly not ASCII, so binary to DVC"),
    pytest.param(b"a" * (BLOCK - 1) + b"\r\nb", id="CRLF across the border of two blocks"),
    pytest.param(b"text\r\n" + b"x" * BLOCK + b"\xff" * 600 + b"\r\n", id="text first, binary later"),
    pytest.param(b"line\r\n" * 400_000, id="text of several blocks"),
]


@pytest.mark.parametrize("data", LEGACY)
def test_md5_dos2unix_is_what_dvc_computes(data: bytes) -> None:
    with stream_of(data, fobj_md5(io.BytesIO(data), name="md5-dos2unix"), "md5-dos2unix") as stream:
        assert stream.read() == data


def test_md5_dos2unix_as_dvc_2_computed_it() -> None:
    # DVC 2 looked at the head of the file only (dvc 2.58, utils/__init__.py, _file_md5).
    data = b"text\r\n" * (BLOCK // 6 + 1) + b"\xff" * BLOCK + b"\r\n"
    by_head = md5(b"".join(data[at : at + BLOCK].replace(b"\r\n", b"\n") for at in range(0, len(data), BLOCK)))
    assert by_head != fobj_md5(io.BytesIO(data), name="md5-dos2unix")
    with stream_of(data, by_head, "md5-dos2unix") as stream:
        assert stream.read() == data


def test_line_ends_count_for_plain_md5() -> None:
    with stream_of(b"one\r\n", md5(b"one\n")) as stream, pytest.raises(ObjectDamaged):
        stream.read()


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=4000), steps=st.lists(st.integers(1, 900), min_size=1), seed=st.integers(0, 99))
def test_any_bytes_in_any_steps(data: bytes, steps: list[int], seed: int) -> None:
    stream = verified(Trickle(data, seed), md5(data), "md5", of="x", hint="", size_bytes=len(data))
    with stream:
        parts = [stream.read(step) for step in steps]
        assert b"".join(parts) + stream.read() == data
