"""A few kilobytes that stand for gigabytes of text or millions of records are refused, with and without signatures."""

from __future__ import annotations

import gzip
import io
import random
import time

import numpy as np
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

from checker.errors import RecordError
from checker.measure.tokens import count_tokens
from checker.model.dataset import DatasetSettings
from checker.read.records import open_records
from checker.read.records.bad import BadRows
from checker.read.records.texts import TextSink


def repeated(words: int, rows: int) -> pyarrow.Table:
    """One text that hardly compresses, and as many rows that repeat it by code."""
    source = random.Random(1)
    text = " ".join(f"{source.getrandbits(40):x}" for _ in range(words))
    codes = pyarrow.array([0] * rows, pyarrow.int32())
    return pyarrow.table({"text": pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array([text]))})


def parquet(table: pyarrow.Table) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def arrow(table: pyarrow.Table) -> bytes:
    file = io.BytesIO()
    with pyarrow.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def read(path: str, data: bytes, *, signatures: bool) -> int:
    """How many records there are."""
    sink = TextSink(lambda data, offsets, rows: np.zeros(len(rows), np.uint32)) if signatures else None
    batches = open_records(path, io.BytesIO(data), DatasetSettings(), BadRows(), count_tokens, sink)
    return sum(sums.records for batch in batches for _key, sums in batch.groups)


@pytest.mark.parametrize("signatures", [False, True], ids=["tokens", "signatures"])
@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.parquet", parquet(repeated(2000, 1_000_000)), id="dictionary of Parquet"),
        pytest.param("a.arrow", arrow(repeated(20_000, 10_000)), id="dictionary of Arrow"),
    ],
)
def test_a_dictionary_that_repeats_one_text_without_end_is_refused_soon(
    path: str, data: bytes, signatures: bool
) -> None:
    started = time.process_time()
    with pytest.raises(RecordError, match="its texts are more than 500 times as long as the shard as stored"):
        read(path, data, signatures=signatures)
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.jsonl.gz", gzip.compress(b"{}\n" * 1_100_000, 1), id="empty objects"),
        pytest.param("a.parquet", parquet(pyarrow.table({"text": [""] * 1_100_000})), id="empty texts"),
        pytest.param("a.parquet", parquet(pyarrow.table({"other": [1] * 1_100_000})), id="no column of text"),
    ],
)
def test_millions_of_records_out_of_nothing_are_refused_when_each_would_be_kept_in_mind(path: str, data: bytes) -> None:
    with pytest.raises(RecordError, match=r"bytes of the shard stand for 1\d+ records"):
        read(path, data, signatures=True)
    assert read(path, data, signatures=False) == 1_100_000


def test_text_that_a_dictionary_repeats_a_little_is_read() -> None:
    table = repeated(1000, 400)
    assert read("a.parquet", parquet(table), signatures=True) == 400
