"""Rows that cannot be read are counted with line and reason, and no byte of them is quoted."""

from __future__ import annotations

import io
from typing import Any

import pytest

from checker.model.dataset import DatasetSettings
from checker.read.records.bad import BadRows
from checker.read.records.lines import blocks

GOOD = b'{"text": "x", "origin": "human"}\n'


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
@pytest.mark.parametrize(
    ("data", "records", "bad"),
    [
        pytest.param(b"", 0, [], id="empty file"),
        pytest.param(b"\n\n  \r\n", 0, [], id="only blank lines"),
        pytest.param(GOOD.rstrip(), 1, [], id="no line end at the end"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, 1, [], id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf", 0, [], id="nothing but a byte order mark"),
        pytest.param(GOOD.replace(b"\n", b"\r\n") * 2, 2, [], id="carriage returns"),
        pytest.param(GOOD + b"\n" + GOOD, 2, [], id="blank line between"),
        pytest.param(GOOD + b"{oops}\n" + GOOD, 2, [(2, "the row is not valid JSON")], id="not JSON"),
        pytest.param(GOOD + b'{"text": "x"', 1, [(2, "the row is not valid JSON")], id="cut off at the end"),
        pytest.param(b'{"a": NaN}\n' + GOOD, 1, [(1, "the row is not valid JSON")], id="NaN"),
        pytest.param(b'{"a": 1} {"a": 2}\n' + GOOD, 1, [(1, "the row is not valid JSON")], id="two records in a line"),
        pytest.param(
            b'{"text":\n"x"}\n',
            0,
            [(1, "the row is not valid JSON"), (2, "the row is not a JSON object")],
            id="one over two",
        ),
        pytest.param(b"3\n" + GOOD, 1, [(1, "the row is not a JSON object")], id="a number"),
        pytest.param(b"null\n" + GOOD, 1, [(1, "the row is not a JSON object")], id="null"),
        pytest.param(b'"x"\n' + GOOD, 1, [(1, "the row is not a JSON object")], id="a text"),
        pytest.param(GOOD + b'{"text": "\xff"}\n', 1, [(2, "the line is not valid UTF-8")], id="not UTF-8 in the text"),
        pytest.param(
            GOOD + b'{"id": "\xed\xa0\x80"}\n', 1, [(2, "the line is not valid UTF-8")], id="a surrogate in UTF-8"
        ),
        pytest.param(
            b'{"text": "\\ud800"}\n' + GOOD, 1, [(1, "the row is not valid JSON")], id="half a surrogate pair"
        ),
        pytest.param(
            b'{"origin": 1e999}\n' + GOOD, 1, [(1, "a number in the row is out of range")], id="too large a number"
        ),
        pytest.param(
            GOOD + b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
            1,
            [(2, "the row is nested too deeply")],
            id="deep",
        ),
    ],
)
def test_each_fault_has_its_line(
    reader: Any, data: bytes, records: int, bad: list[tuple[int, str]], text: bool
) -> None:
    found = reader.read(data, text=text)
    assert (found.records, found.bad, found.composition.bad_rows) == (records, bad, len(bad))


def test_every_bad_row_counts_and_five_are_kept(reader: Any) -> None:
    found = reader.read((GOOD + b"secret words\n") * 40)
    assert (found.records, found.composition.bad_rows) == (40, 40)
    assert [line for line, _ in found.bad] == [2, 4, 6, 8, 10]
    assert not any("secret" in reason for _, reason in found.bad)


def test_line_numbers_hold_over_many_blocks(reader: Any) -> None:
    lines = [GOOD] * 20_000
    lines[17_000] = b"oops\n"
    lines[19_999] = b'{"text": "\xff"}\n'
    found = reader.read(b"".join(lines))
    assert found.bad == [(17_001, "the row is not valid JSON"), (20_000, "the line is not valid UTF-8")]
    assert found.records == 19_998


@pytest.mark.parametrize("most", [1, 2, 3, 7, 64])
def test_the_size_of_reads_does_not_matter(reader: Any, most: int) -> None:
    data = b"\xef\xbb\xbf" + GOOD + b"\n{oops\n" + GOOD.replace(b"human", b"machine") + '{"origin": "ü"}\n'.encode()
    assert reader.read(data, most=most) == reader.read(data)


@pytest.mark.parametrize("chunk", [1, 3, 10, 1000])
@pytest.mark.parametrize(
    ("data", "kept", "bad"),
    [
        pytest.param(b"0123456789\nab\n", [(1, 1), (2, 1)], [], id="exactly at the cap"),
        pytest.param(b"01234567890\nab\n", [(2, 1)], [1], id="one byte over"),
        pytest.param(b"a\n01234567890", [(1, 1)], [2], id="over, at the end"),
        pytest.param(b"a\n0123456789", [(1, 1), (2, 1)], [], id="at the cap, at the end"),
        pytest.param(b"x" * 100 + b"\n" + b"y" * 100 + b"\nab", [(3, 1)], [1, 2], id="two in a row"),
        pytest.param(b"x" * 100, [], [1], id="nothing else"),
    ],
)
def test_a_long_line_is_skipped(data: bytes, kept: list[tuple[int, int]], bad: list[int], chunk: int) -> None:
    rows = BadRows()
    stream = io.BytesIO(data)
    found = [
        (block.first + place, 1)
        for block in blocks(lambda size: stream.read(min(size, chunk)), rows, max_line=10)
        for place in range(len(block.lines))
    ]
    assert (found, [row.line for row in rows.samples], rows.count) == (kept, bad, len(bad))


@pytest.mark.parametrize(
    ("data", "records", "bad"),
    [
        pytest.param(b"", 0, [], id="empty file"),
        pytest.param(b"text,origin\n", 0, [], id="only a header"),
        pytest.param(b"text,origin\na,human\n", 1, [], id="one row"),
        pytest.param(b'text,origin\n"a\nb",human\n', 1, [], id="line break in quotes"),
        pytest.param(b'text,origin\n"a, ""b""",human\r\n\r\nb,human', 2, [], id="quotes, blank line, no last line end"),
        pytest.param(b"text,origin\na\nb,human\n", 1, [(2, "the row has 1 fields, the header has 2")], id="too few"),
        pytest.param(
            b"text,origin\nb,human\na,b,c\n", 1, [(3, "the row has 3 fields, the header has 2")], id="too many"
        ),
        pytest.param(b"text,origin\n\xff,human\nb,human\n", 1, [(2, "the line is not valid UTF-8")], id="not UTF-8"),
        pytest.param(
            b'text,origin\nb,human\n"open,human\n', 1, [(3, "the row has 1 fields, the header has 2")], id="open quote"
        ),
    ],
)
def test_rows_of_a_table(reader: Any, data: bytes, records: int, bad: list[tuple[int, str]]) -> None:
    found = reader.read(data, "a.csv", text=True)
    assert (found.records, found.bad) == (records, bad)


def test_two_columns_of_one_name_are_refused(reader: Any) -> None:
    assert "same name" in reader.refusal(b"origin,origin\nhuman,machine\n", "a.csv")


@pytest.mark.parametrize("path", ["a.parquet", "a.arrow"])
def test_two_columns_of_one_name_are_refused_in_tables(reader: Any, path: str) -> None:
    import pyarrow
    import pyarrow.parquet

    table, out = pyarrow.table([["human"], ["machine"]], names=["origin", "origin"]), io.BytesIO()
    if path == "a.parquet":
        pyarrow.parquet.write_table(table, out)
    else:
        with pyarrow.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    assert "same name" in reader.refusal(out.getvalue(), path)


def test_text_that_is_not_utf8_is_one_bad_row(reader: Any) -> None:
    found = reader.read(b"abc \xff def", "a.txt")
    assert (found.records, found.bad) == (0, [(1, "the text is not valid UTF-8")])


def test_lines_of_text(reader: Any) -> None:
    settings = DatasetSettings(format="lines")
    found = reader.read("eins zwei\n\n  \ndrei ü\n".encode(), "a.txt", settings=settings, text=True)
    assert (found.records, found.total("tokens"), found.total("bytes")) == (2, 4, 9 + 7)
