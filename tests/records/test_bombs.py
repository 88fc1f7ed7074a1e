"""Hostile shards: memory and time stay bounded, in a child process that may not have more."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from checker.read.records.parquetpages import MOST_BATCH_BYTES, batch_rows, pages

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 700 * 1024 * 1024  # of address space, in which the interpreter and its libraries alone take a part

CHILD = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location

class Repeated(io.RawIOBase):
    def __init__(self, head, piece, times, tail):
        self.pieces = iter([head, *([piece] * times), tail])
        self.rest = b""
    def readable(self):
        return True
    def read(self, size=-1):
        while not self.rest:
            self.rest = next(self.pieces, None)
            if self.rest is None:
                self.rest = b""
                return b""
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

class Store:
    def open(self, version, shard):
        return {stream}

version = DatasetVersion("data", "", "0" * 32, Location("data.dvc"))
for text, signatures in ((False, False), (True, False), (True, True)):
    plan = Plan(text, DatasetSettings(), signatures=signatures)
    found = measure_shards([(version, Shard({path!r}, "1" * 32))], Store(), plan,
                           EvidenceCache(None), budget_seconds=None)["1" * 32]
    print(getattr(found, "reason", None) or (found.composition.records, found.composition.bad_samples))
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024)
"""


class Run(NamedTuple):
    """The outcomes without text, with tokens, with signatures; the peak memory in MB before and with signatures."""

    outcomes: list[str]
    peak: int
    peak_with_signatures: int


def run(path: str, stream: str) -> Run:
    """Measure in a child process."""
    code = CHILD.format(limit=LIMIT, path=path, stream=stream)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return Run(lines[::2], int(lines[3]), int(lines[5]))


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")


@needs_proc
@pytest.mark.parametrize("line_ends", [False, True], ids=["one line", "many lines"])
def test_gzip_of_a_gigabyte_of_zeros(tmp_path: Path, line_ends: bool) -> None:
    from isal import igzip

    bomb = tmp_path / "bomb.jsonl.gz"
    piece = (b"\n" if line_ends else b"0") * (1 << 20)
    with igzip.open(bomb, "wb") as file:
        for _ in range(1024):
            file.write(piece)
    started = time.monotonic()
    outcomes, peak, with_signatures = run("a.jsonl.gz", f"open({str(bomb)!r}, 'rb')")
    too_good = "the compressed data grow more than 500 times" in outcomes[0]
    assert len(set(outcomes)) == 1
    assert too_good or "(0, (" in outcomes[0]
    assert peak < 80
    assert with_signatures < 120
    assert time.monotonic() - started < 60


@needs_proc
def test_zstd_of_gigabytes_of_zeros(tmp_path: Path) -> None:
    import zstandard

    bomb = tmp_path / "bomb.jsonl.zst"
    with bomb.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as writer:
        for _ in range(4096):
            writer.write(b"0" * (1 << 20))
    outcomes, peak, with_signatures = run("a.jsonl.zst", f"open({str(bomb)!r}, 'rb')")
    assert len(outcomes) == 3
    assert all("grow more than 500 times" in outcome for outcome in outcomes)
    assert peak < 200
    assert with_signatures < 240


@needs_proc
@pytest.mark.slow
def test_one_line_of_a_gigabyte() -> None:
    stream = 'Repeated(b\'{"text": "\', b\'x\' * (1 << 20), 1024, b\'"}\\n{"text": "y"}\\n\')'
    outcomes, peak, with_signatures = run("a.jsonl", stream)
    assert outcomes == ["(1, (BadRow(line=1, reason='the line is longer than 16777216 bytes'),))"] * 3
    assert peak < 80
    assert with_signatures < 120


@needs_proc
def test_a_file_of_rows_that_are_none() -> None:
    outcomes, peak, with_signatures = run("a.jsonl", "Repeated(b'', b'x\\n' * (1 << 19), 1024, b'')")
    assert all("all but a few of the first" in outcome for outcome in outcomes), outcomes
    assert peak < 80
    assert with_signatures < 120


@needs_proc
def test_a_table_with_a_quote_that_never_closes() -> None:
    stream = "Repeated(b'text,origin\\na,human\\n\"', b'x,' * 1000 + b'\\n', 50_000, b'')"
    outcomes, peak, with_signatures = run("a.csv", stream)
    assert all("the row is not valid CSV, or a field is too long" in outcome for outcome in outcomes), outcomes
    assert peak < 200
    assert with_signatures < 240


@needs_proc
def test_a_text_of_a_gigabyte_without_a_space() -> None:
    outcomes, peak, with_signatures = run("a.txt", "Repeated(b'', b'x' * (1 << 20), 256, b'')")
    assert outcomes == ["(1, ())"] * 3
    assert peak < 80
    # The first 16 MiB are one document.
    assert with_signatures < 400


@needs_proc
def test_a_column_that_repeats_one_value(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "bomb.parquet"
    word = pyarrow.array(["x" * (1 << 20)])
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 100_000, pyarrow.int32()), word)
    pyarrow.parquet.write_table(pyarrow.table({"license": column, "origin": ["human"] * 100_000}), path)
    outcomes, *_ = run("a.parquet", f"open({str(path)!r}, 'rb')")
    assert len(outcomes) == 3
    assert all(outcome.startswith("(100000, ()") for outcome in outcomes)


def write_text_column(path: Path, texts: object, **options: Any) -> None:
    """One column of texts, as an array or codes."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"text": texts}), path, **options)


@needs_proc
def test_a_dictionary_that_repeats_one_long_text(tmp_path: Path) -> None:
    import pyarrow

    path = tmp_path / "bomb.parquet"
    # What cannot be packed keeps the file large enough: one that grows more than 500 times is refused.
    words = pyarrow.array([*map(str, range(99)), random.Random(1).randbytes(1 << 20).hex(), "x" + " " * (1 << 19)])
    codes = pyarrow.array([100] * 1024, pyarrow.int32())
    write_text_column(path, pyarrow.DictionaryArray.from_arrays(codes, words), store_schema=False)
    outcomes, peak, with_signatures = run("a.parquet", f"open({str(path)!r}, 'rb')")
    assert path.stat().st_size < 4_000_000
    assert outcomes == ["(1024, ())"] * 3
    assert peak < 300
    assert with_signatures < 400


@needs_proc
@pytest.mark.parametrize(
    ("megabytes", "words"),
    [
        pytest.param(400, "a page of the column 'text' grows more than 500 times", id="far too good to be text"),
        pytest.param(600, "takes 629148007 bytes when decompressed, at most 536870912 are read", id="too large"),
    ],
)
def test_a_page_that_decompresses_hugely(tmp_path: Path, megabytes: int, words: str) -> None:
    import pyarrow

    path = tmp_path / "bomb.parquet"
    texts = pyarrow.array(["x" * (1 << 20)] * megabytes)
    write_text_column(path, texts, use_dictionary=False, compression="zstd", data_page_size=1 << 30)
    outcomes, peak, with_signatures = run("a.parquet", f"open({str(path)!r}, 'rb')")
    assert outcomes[0] == f"({megabytes}, ())"
    assert all(words in outcome for outcome in outcomes[1:]), outcomes
    assert peak < 120
    assert with_signatures < 120


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_the_pages_of_a_file_are_found(tmp_path: Path, codec: str, version: str) -> None:
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    texts = [f"text {number % 70} " + "x" * (number % 70) for number in range(3000)]
    options = {"compression": codec, "data_page_version": version, "row_group_size": 1000, "data_page_size": 100}
    write_text_column(path, texts, **options)
    with path.open("rb") as file:
        metadata = pyarrow.parquet.ParquetFile(file).metadata
        for group in range(3):
            found = list(pages(file, metadata.row_group(group).column(0)))
            assert [page.dictionary for page in found] == [True, *[False] * (len(found) - 1)]
            assert (found[0].values, sum(page.values for page in found[1:])) == (70, 1000)
        longest = max(map(len, texts))
        assert batch_rows(file, metadata, ["text"], ["text"], 10**9) == MOST_BATCH_BYTES // longest
        assert batch_rows(file, metadata, ["text"], ["text"], 1024) == 1024
        assert batch_rows(file, metadata, ["text"], [], 10**9) == 10**9


@pytest.mark.parametrize("place", [0, 1, 5, 40])
def test_a_page_header_that_is_damaged(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.parquet"
    write_text_column(path, ["a text"] * 9)
    data = bytearray(path.read_bytes())
    data[4 + place : 4 + place + 3] = b"\xff\xff\xff"
    path.write_bytes(data)
    store = f"open({str(path)!r}, 'rb')"
    outcomes, *_ = run("a.parquet", store)
    assert all("the Parquet data are damaged" in outcome for outcome in outcomes[1:]), outcomes
