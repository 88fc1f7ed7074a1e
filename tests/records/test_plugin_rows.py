"""Rows of plug-ins, read as if they were JSON Lines: also those that are longer than anybody expects."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pytest

from checker.model.dataset import DatasetSettings
from checker.model.plugin import RecordFormat
from checker.read.records.bad import BadRows
from checker.read.records.fields import field_map
from checker.read.records.pluginrows import read_with


@pytest.mark.parametrize(
    ("letters", "unreadable"),
    [pytest.param(10, 1, id="short"), pytest.param(20_000_000, 2, id="longer than a line may be")],
)
def test_a_row_is_read_in_pieces_without_being_copied_for_each(letters: int, unreadable: int) -> None:
    def rows(stream: BinaryIO) -> Iterator[Mapping[str, object] | None]:
        yield {"text": "x" * letters, "origin": "human"}
        yield None
        yield {"text": "y", "origin": "machine"}

    start, bad = time.process_time(), BadRows()
    form = RecordFormat((".rows",), rows)
    batches = list(read_with(form, io.BytesIO(b"").read, field_map(DatasetSettings()), None, bad))
    assert time.process_time() - start < 4
    assert batches
    assert bad.count == unreadable
