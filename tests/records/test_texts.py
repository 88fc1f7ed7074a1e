"""The texts that are handed on are those that are counted, each with its line, whatever the format and layout."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import RecordError
from checker.measure.tally import Tallies
from checker.measure.tokens import count_tokens
from checker.model.composition import Composition
from checker.model.dataset import DatasetSettings
from checker.read.records import open_records
from checker.read.records.bad import BadRows
from checker.read.records.resolution import UNSTATED, Resolver
from checker.read.records.texts import MAX_TEXT_BYTES, TextSink, bounded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONVENTION = DatasetSettings()
ROWS: list[dict[str, Any]] = [
    {"id": f"document-{number}", "text": f"Text number {number} – ü", "origin": ("human", "machine", None)[number % 3]}
    for number in range(300)
]
CHAT = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Wie geht es?"},
    {"role": "assistant", "content": "Gut, danke."},
]


@dataclass
class Gathered:
    """What a sink received, and what was counted in the same pass."""

    texts: list[bytes] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    composition: Composition = field(default_factory=Composition)

    @property
    def words(self) -> list[str]:
        return [text.decode() for text in self.texts]

    def total(self, name: str) -> int:
        return sum(getattr(tally, name) or 0 for tally in self.composition.cells.values())

    def take(self, data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        import numpy as np

        octets, edges = data.tobytes(), offsets.tolist()
        assert [array.dtype.str for array in (data, offsets, rows)] == ["|u1", "<i8", "<u4"]
        assert len(edges) == len(rows) + 1
        found = [octets[start:end] for start, end in pairwise(edges)]
        self.texts += found
        self.rows += rows.tolist()
        self.blocks.append(edges[-1] - edges[0])
        return np.array([count_tokens(text.decode("utf-8", "replace")) for text in found], np.uint32)


def gathered(
    data: bytes,
    path: str = "a.jsonl",
    *,
    own: DatasetSettings = CONVENTION,
    text: bool = True,
    sink: bool = True,
    block_bytes: int = 1 << 20,
) -> Gathered:
    """Read a shard with a sink, with counting, or with both."""
    found, bad = Gathered(), BadRows()
    tallies = Tallies(Resolver(own, UNSTATED), text=text)
    texts = TextSink(found.take, block_bytes) if sink else None
    for batch in open_records(path, io.BytesIO(data), own, bad, count_tokens if text else None, texts):
        tallies.add(batch)
    found.composition = tallies.composition(bad)
    return found


def as_jsonl(rows: list[Any]) -> bytes:
    return b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)


def as_parquet(rows: list[dict[str, Any]], schema: Any = None, **options: Any) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), out, **options)
    return out.getvalue()


def as_arrow(rows: list[dict[str, Any]], kind: str = "string") -> bytes:
    import pyarrow
    from pyarrow import ipc

    table = pyarrow.Table.from_pylist(rows)
    own = {"dictionary": pyarrow.dictionary(pyarrow.int16(), pyarrow.string())}
    place = table.schema.get_field_index("text")
    text = table.column("text").cast(own[kind] if kind in own else getattr(pyarrow, kind)())
    table = table.set_column(place, "text", text)
    out = io.BytesIO()
    with ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=37)
    return out.getvalue()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    import csv

    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


FORMATS: dict[str, tuple[str, Callable[[list[dict[str, Any]]], bytes], int]] = {
    "jsonl": ("a.jsonl", as_jsonl, 1),
    "jsonl.gz": ("a.jsonl.gz", lambda rows: gzip.compress(as_jsonl(rows)), 1),
    "csv": ("a.csv", as_csv, 2),
    "parquet": ("a.parquet", as_parquet, 1),
    "parquet in groups": ("a.parquet", lambda rows: as_parquet(rows, row_group_size=7), 1),
    "arrow": ("a.arrow", as_arrow, 1),
    "arrow, large strings": ("a.arrow", lambda rows: as_arrow(rows, "large_string"), 1),
    "arrow, bytes": ("a.arrow", lambda rows: as_arrow(rows, "binary"), 1),
    "arrow, a dictionary": ("a.arrow", lambda rows: as_arrow(rows, "dictionary"), 1),
}


@pytest.mark.parametrize("block_bytes", [1, 500, 1 << 20], ids=["a block a text", "some blocks", "one block"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_hands_over_the_texts_with_their_lines(name: str, block_bytes: int) -> None:
    path, write, first = FORMATS[name]
    found = gathered(write(ROWS), path, block_bytes=block_bytes)
    assert found.words == [row["text"] for row in ROWS]
    assert found.rows == list(range(first, first + len(ROWS)))
    assert found.total("bytes") == sum(map(len, found.texts))
    assert found.total("tokens") == 4 * len(ROWS)


@pytest.mark.parametrize("text", [False, True], ids=["texts not weighed", "texts weighed"])
@pytest.mark.parametrize("name", FORMATS)
def test_handing_over_changes_no_count(name: str, text: bool) -> None:
    path, write, _first = FORMATS[name]
    together = gathered(write(ROWS), path, text=text)
    assert together.composition == gathered(write(ROWS), path, text=text, sink=False).composition
    assert together.composition == gathered(as_jsonl(ROWS), text=text, sink=False).composition


@pytest.mark.parametrize(
    ("row", "own", "text"),
    [
        pytest.param(
            {"messages": CHAT}, DatasetSettings(), "Wie geht es?\nGut, danke.", id="a chat without its system"
        ),
        pytest.param(
            {"messages": CHAT},
            DatasetSettings(values={"role": {"system": "human", "user": "excluded"}}),
            "Be kind.\nGut, danke.",
            id="roles by settings",
        ),
        pytest.param(
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]},
            DatasetSettings(),
            "Hi\nHo",
            id="a chat in other words",
        ),
        pytest.param({"messages": [], "text": "else"}, DatasetSettings(), "else", id="an empty chat"),
        pytest.param({"messages": CHAT[:1]}, DatasetSettings(), "", id="nothing but a system prompt"),
        pytest.param({"messages": CHAT, "text": "not this"}, DatasetSettings(), "Wie geht es?\nGut, danke.", id="both"),
        pytest.param({"prompt": "a", "completion": "b c"}, DatasetSettings(), "b c", id="prompt and completion"),
        pytest.param(
            {"meta": {"body": "deep"}, "text": "x"}, DatasetSettings(fields={"text": "meta.body"}), "deep", id="nested"
        ),
        pytest.param({"text": None, "output": "second"}, DatasetSettings(), "second", id="the first that is there"),
        pytest.param({"text": "", "output": "second"}, DatasetSettings(), "", id="an empty text is there"),
        pytest.param({"id": "a"}, DatasetSettings(), "", id="no text"),
        pytest.param({"text": "x"}, DatasetSettings(fields={"text": ""}), "", id="a text that is not to be read"),
    ],
)
def test_the_text_of_a_record(row: dict[str, Any], own: DatasetSettings, text: str) -> None:
    for data, path in ((as_jsonl([row] * 3), "a.jsonl"), (as_parquet([row] * 3), "a.parquet")):
        found = gathered(data, path, own=own)
        assert (found.words, found.rows) == ([text] * 3, [1, 2, 3])
        assert found.composition == gathered(data, path, own=own, sink=False).composition
        assert found.total("tokens") == 3 * count_tokens(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(["a ", {"text": "b"}, 3], "a b", id="parts, as chat APIs write them"),
        pytest.param(3, "", id="a number"),
        pytest.param({"text": "inside"}, "inside", id="an object"),
        pytest.param(
            "tab\there \u2028 \U0001f600", "tab\there \u2028 \U0001f600", id="characters that JSON may escape"
        ),
    ],
)
def test_texts_of_odd_types(value: object, text: str) -> None:
    rows = [{"text": "plain"}] * 150 + [{"text": value}] + [{"text": "plain"}] * 3
    found = gathered(as_jsonl(rows))
    assert found.words == ["plain"] * 150 + [text] + ["plain"] * 3
    assert found.rows == list(range(1, 155))


def test_lines_with_bad_and_odd_rows_between() -> None:
    rows: list[Any] = [{"text": f"row {number}", "id": "x" * 20} for number in range(5000)]
    expected = {number + 1: f"row {number}" for number in range(5000)}
    for number in range(0, 5000, 37):
        rows[number] = b"oops" if number % 2 else b'{"id": "\xff"}'
        del expected[number + 1]
    for number in range(5, 5000, 41):
        if number + 1 in expected:
            rows[number] = {"text": [f"row {number}"], f"new key {number}": 1}
    for number in range(7, 5000, 43):
        if number + 1 in expected:
            rows[number] = b"  "
            del expected[number + 1]
    found = gathered(as_jsonl(rows), block_bytes=3000)
    assert dict(zip(found.rows, found.words, strict=True)) == expected
    assert found.rows == sorted(expected)
    assert found.composition == gathered(as_jsonl(rows), sink=False).composition


def test_lines_of_a_table_with_bad_rows_between() -> None:
    data = b'id,text\n1,one\n\xff,bad\n\n2,"two\nlines"\n3\n4,four\n'
    found = gathered(data, "a.csv")
    assert (found.words, found.rows) == (["one", "two\nlines", "four"], [2, 6, 8])
    assert [row.line for row in found.composition.bad_samples] == [3, 7]


def test_lines_of_text() -> None:
    found = gathered("eins\n\n  \ndrei ü\r\n".encode(), "a.txt", own=DatasetSettings(format="lines"))
    assert (found.words, found.rows) == (["eins", "drei ü"], [1, 4])


def test_a_file_is_one_text() -> None:
    text = "Ein Wort und noch ein Wörtchen\n" * 1000
    found = gathered(text.encode(), "a.txt")
    assert (found.words, found.rows, found.total("tokens")) == ([text], [1], 6000)


@pytest.mark.parametrize("path", ["a.jsonl", "a.csv", "a.txt", "a.parquet"])
def test_an_empty_shard_hands_nothing_over(path: str) -> None:
    assert gathered(b"", path).texts == []


@pytest.mark.parametrize("path", ["a.parquet", "a.arrow"])
def test_a_table_without_any_known_column(path: str) -> None:
    import pyarrow
    from pyarrow import ipc

    out = io.BytesIO()
    table = pyarrow.table({"x": [1, 2, 3]})
    with ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    found = gathered(as_parquet([{"x": 1}] * 3) if path == "a.parquet" else out.getvalue(), path)
    assert (found.words, found.rows) == (["", "", ""], [1, 2, 3])


def test_a_bad_row_of_a_table_has_no_text() -> None:
    import pyarrow

    schema = pyarrow.schema([("origin", pyarrow.binary()), ("text", pyarrow.string())])
    rows: list[dict[str, Any]] = [
        {"origin": b"human", "text": "one"},
        {"origin": b"\xff", "text": "two"},
        {"origin": None, "text": None},
    ]
    found = gathered(as_parquet(rows, schema), "a.parquet")
    assert (found.words, found.rows) == (["one", ""], [1, 3])
    assert [row.line for row in found.composition.bad_samples] == [2]


@pytest.mark.parametrize("turns", [False, True], ids=["a column of texts", "row by row"])
def test_text_that_is_not_utf8_is_handed_over_as_it_is(turns: bool) -> None:
    import pyarrow

    kinds = [("text", pyarrow.binary())]
    rows: list[dict[str, Any]] = [{"text": b"one \xff two"}, {"text": b"three"}, {"text": None}]
    if turns:
        kinds.append(("messages", pyarrow.list_(pyarrow.struct([("role", pyarrow.string())]))))
        rows = [{**row, "messages": None} for row in rows]
    data = as_parquet(rows, pyarrow.schema(kinds))
    found = gathered(data, "a.parquet")
    assert found.texts == [b"one \xff two", b"three", b""]
    assert (found.total("bytes"), found.total("tokens")) == (14, 3)
    assert found.composition == gathered(data, "a.parquet", sink=False).composition


def test_a_turn_that_is_not_utf8_is_repaired() -> None:
    import pyarrow

    turn = pyarrow.struct([("role", pyarrow.binary()), ("content", pyarrow.binary())])
    rows: list[dict[str, Any]] = [{"messages": [{"role": b"user", "content": b"one \xff two"}]}]
    data = as_parquet(rows, pyarrow.schema([("messages", pyarrow.list_(turn))]))
    found = gathered(data, "a.parquet")
    assert (found.words, found.total("tokens")) == (["one \ufffd two"], 2)


@pytest.mark.parametrize("path", ["a.txt", "a.parquet"])
@pytest.mark.parametrize("over", [0, 1], ids=["exactly at the cap", "a byte over"])
def test_a_text_that_is_too_long_is_cut_and_told_apart(path: str, over: int) -> None:
    import pyarrow

    texts = [("a few words " * (MAX_TEXT_BYTES // 12 + 1))[: MAX_TEXT_BYTES + over - 1] + end for end in "ab"]
    schema = pyarrow.schema([("text", pyarrow.large_string())])
    found = [
        gathered(text.encode() if path == "a.txt" else as_parquet([{"text": text}], schema), path) for text in texts
    ]
    given = [one.texts[0] for one in found]
    assert [one.total("bytes") for one in found] == [MAX_TEXT_BYTES + over] * 2
    assert [one.total("tokens") for one in found] == [count_tokens(text) for text in texts]
    if not over:
        assert given == [text.encode() for text in texts]
    else:
        assert [len(text) for text in given] == [MAX_TEXT_BYTES] * 2
        assert [text[-65:] for text in given] == [b"\n" + sha256(text.encode()).hexdigest().encode() for text in texts]


@pytest.mark.parametrize("shift", [0, 1, 2], ids=lambda shift: f"{shift} bytes before")
def test_no_character_is_cut_in_two(shift: int) -> None:
    text = b"x" * shift + "\u20ac".encode() * (MAX_TEXT_BYTES // 3 + 1)
    short = bounded(text)
    assert MAX_TEXT_BYTES - 3 < len(short) <= MAX_TEXT_BYTES
    assert short.decode()[:9] == text.decode()[:9]


def test_blocks_are_bounded() -> None:
    rows: list[dict[str, Any]] = [{"text": "x" * 1000}] * 3000
    for data, path in ((as_jsonl(rows), "a.jsonl"), (as_parquet(rows), "a.parquet"), (as_csv(rows), "a.csv")):
        found = gathered(data, path, block_bytes=50_000)
        assert len(found.texts) == 3000
        # A block of lines is whole, so that lines come in order: one of CSV has a thousand rows.
        assert max(found.blocks) <= (50_000 + 1_000_000 if path == "a.csv" else 50_000 + 70_000)


def test_what_the_taker_raises_ends_the_reading() -> None:
    def refuse(*_block: object) -> Any:
        raise RecordError("enough")

    with pytest.raises(RecordError, match="enough"):
        list(open_records("a.jsonl", io.BytesIO(as_jsonl(ROWS)), DatasetSettings(), BadRows(), None, TextSink(refuse)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TURNS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system", "x"]), "content": TEXTS}), max_size=3
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS | st.none() | st.lists(TEXTS, max_size=2) | st.integers(),
        "output": TEXTS,
        "messages": TURNS | st.none(),
        "origin": st.sampled_from(["human", "machine"]),
        "k": st.integers(),
    },
)


def expected_text(record: dict[str, Any]) -> str:
    """An oracle in the words of the docs."""
    if record.get("messages"):
        return "\n".join(turn["content"] for turn in record["messages"] if turn["role"] != "system")
    value = next((record[name] for name in ("text", "output") if record.get(name) is not None), "")
    return "".join(value) if isinstance(value, list) else value if isinstance(value, str) else ""


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(RECORDS | st.just(b"oops") | st.just(b""), max_size=25),
    block_bytes=st.sampled_from([1, 40, 1 << 20]),
    cut=st.integers(0, 25),
)
def test_any_records(records: list[Any], block_bytes: int, cut: int) -> None:
    found = gathered(as_jsonl(records), block_bytes=block_bytes)
    good = [(line, row) for line, row in enumerate(records, 1) if isinstance(row, dict)]
    assert found.rows == [line for line, _row in good]
    assert found.words == [expected_text(row) for _line, row in good]
    assert found.composition == gathered(as_jsonl(records), sink=False).composition
    parts = [gathered(as_jsonl(part)) for part in (records[:cut], records[cut:])]
    assert parts[0].texts + parts[1].texts == found.texts
