"""Every format gives the same composition of the same records, and says when it is not what it claims."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest

from checker.model.dataset import DatasetSettings

ROWS: list[dict[str, Any]] = [
    {
        "id": f"document-{number}",
        "text": f"Text number {number} – ü",
        "source": ("web", "books", "N/A")[number % 3],
        "url": f"https://example.org/{number}" if number % 4 else None,
        "license": ("MIT", "cc0-1.0")[number % 2],
        "language": ("en", "de")[number % 2],
        "domain": "health",
        "origin": ("human", "machine", "unknown", None)[number % 4],
        "origin_confidence": (0.9, 0.95, None)[number % 3],
        "weight": (1.0, 0.5)[number % 2],
        "generator": "some-model" if number % 4 == 1 else None,
    }
    for number in range(500)
]


def as_csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(rows: list[dict[str, Any]], **options: Any) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out, **options)
    return out.getvalue()


def as_arrow(rows: list[dict[str, Any]], *, file: bool, large: bool = False) -> bytes:
    import pyarrow
    from pyarrow import ipc

    table = pyarrow.Table.from_pylist(rows)
    if large:
        kinds = [pyarrow.large_string() if kind == pyarrow.string() else kind for kind in table.schema.types]
        table = table.cast(pyarrow.schema(list(zip(table.schema.names, kinds, strict=True))))
    out = io.BytesIO()
    with (ipc.new_file if file else ipc.new_stream)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=128)
    return out.getvalue()


def as_zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


FORMATS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "jsonl.gz": ("a.jsonl.gz", gzip.compress),
    "gzip in members": ("a.jsonl.gz", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
    "jsonl.zst": ("a.jsonl.zst", as_zstd),
    "zstd in frames": ("a.jsonl.zst", lambda data: as_zstd(data[:100]) + as_zstd(data[100:])),
    "compressed without saying so": ("a.jsonl", gzip.compress),
    "json lines called json": ("a.json", lambda data: data),
    "no extension": ("part-0000", lambda data: data),
    "no extension, compressed": ("part-0000", as_zstd),
    "upper case": ("A.JSONL", lambda data: data),
    "csv": ("a.csv", lambda _: as_csv(ROWS)),
    "csv.gz": ("a.csv.gz", lambda _: gzip.compress(as_csv(ROWS))),
    "tsv": ("a.tsv", lambda _: as_csv(ROWS, "\t")),
    "parquet": ("a.parquet", lambda _: as_parquet(ROWS)),
    "parquet in groups": ("a.parquet", lambda _: as_parquet(ROWS, row_group_size=7)),
    "parquet without dictionaries": ("a.parquet", lambda _: as_parquet(ROWS, use_dictionary=False)),
    "parquet without statistics": ("a.parquet", lambda _: as_parquet(ROWS, write_statistics=False)),
    "parquet without extension": ("a", lambda _: as_parquet(ROWS)),
    "arrow file": ("a.arrow", lambda _: as_arrow(ROWS, file=True)),
    "arrow stream": ("a.arrow", lambda _: as_arrow(ROWS, file=False)),
    "arrow stream without extension": ("a", lambda _: as_arrow(ROWS, file=False)),
    "arrow with large strings": ("a.arrow", lambda _: as_arrow(ROWS, file=True, large=True)),
}


@pytest.mark.parametrize("text", [False, True], ids=["without text", "with text"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_changes_nothing(reader: Any, jsonl: Callable[..., bytes], name: str, text: bool) -> None:
    plain = jsonl(*ROWS)
    path, write = FORMATS[name]
    assert reader.read(write(plain), path, text=text) == reader.read(plain, text=text)


def test_the_truth_of_the_rows(reader: Any, jsonl: Callable[..., bytes]) -> None:
    found = reader.read(jsonl(*ROWS), text=True)
    assert found.origins == {"human": 125, "machine": 125, "unknown": 250}
    assert found.coverage["url"] == 375
    assert found.coverage["source"] == sum(row["source"] != "N/A" for row in ROWS)
    assert found.coverage["generator"] == 125
    assert found.coverage["weight"] == 500
    assert found.total("weight_micro") == 375_000_000
    assert found.total("bytes") == sum(len(row["text"].encode()) for row in ROWS)
    assert found.total("tokens") == sum(4 for _ in ROWS)
    known = [row for row in ROWS if row["origin"] in ("human", "machine")]
    assert found.coverage["origin_confidence"] == sum(row["origin_confidence"] is not None for row in known)


@pytest.mark.parametrize(
    ("path", "setting", "data"),
    [
        pytest.param("a.bin", "jsonl", b'{"origin": "human"}\n', id="named in the settings"),
        pytest.param("a.csv", "jsonl", b'{"origin": "human"}\n', id="settings before extension"),
        pytest.param("a.dat", "csv", b"origin\nhuman\n", id="a table by settings"),
        pytest.param("a.dat", "jsonl.gz", gzip.compress(b'{"origin": "human"}'), id="with its compression"),
    ],
)
def test_the_settings_name_the_format(reader: Any, path: str, setting: str, data: bytes) -> None:
    assert reader.read(data, path, settings=DatasetSettings(format=setting)).origins == {"human": 1}


@pytest.mark.parametrize("path", ["a.parquet", "a.arrow", "a.jsonl.gz", "a.csv", "a.txt", "a"])
def test_an_empty_file_has_no_records(reader: Any, path: str) -> None:
    assert reader.read(b"", path).records == 0


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        pytest.param("a.jsonl.gz", b'{"a": 1}\n', "not gz data", id="not gzip"),
        pytest.param("a.jsonl.zst", b'{"a": 1}\n', "not zst data", id="not zstd"),
        pytest.param(
            "a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9999)[:-20], "gzip data are damaged or cut off", id="gzip cut"
        ),
        pytest.param(
            "a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9999)[:-1] + b"x", "gzip data are damaged", id="gzip sum"
        ),
        pytest.param(
            "a.jsonl.gz", gzip.compress(b'{"a": 1}\n') + b"junk", "gzip data are damaged", id="junk behind gzip"
        ),
        pytest.param("a.jsonl.zst", as_zstd(b'{"a": 1}\n' * 9999)[:-9], "zstd data are cut off", id="zstd cut"),
        pytest.param("a.jsonl.zst", as_zstd(b'{"a": 1}\n' * 99) + b"junk!", "zstd data are", id="junk behind zstd"),
        pytest.param("a.parquet", as_parquet(ROWS)[:-30], "Parquet data are damaged or cut off", id="parquet cut"),
        pytest.param("a.parquet", b'{"a": 1}\n', "Parquet data are damaged or cut off", id="JSON called parquet"),
        pytest.param("a.arrow", as_arrow(ROWS, file=True)[:-30], "Arrow data are damaged or cut off", id="arrow cut"),
        pytest.param("a.arrow", b"hello, world", "Arrow data are damaged or cut off", id="text called arrow"),
        pytest.param("a.arrow", as_arrow(ROWS, file=False)[:2000], "Arrow data are damaged", id="arrow stream cut"),
        pytest.param("a.json", b'[{"a": 1}]', "one JSON array", id="a JSON array"),
        pytest.param("a.jsonl", '{"a": 1}\n'.encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param("a.bin", b"\0\1\2", "format of the shard cannot be told", id="binary"),
    ],
)
def test_a_shard_that_is_not_what_it_claims(reader: Any, path: str, data: bytes, words: str) -> None:
    assert words in reader.refusal(data, path)


def test_an_unknown_format_lists_the_known(reader: Any) -> None:
    assert "'webdataset' cannot be read" in reader.refusal(b"x", settings=DatasetSettings(format="webdataset"))


def test_plain_text_is_one_record_a_file(reader: Any) -> None:
    text = "Ein Wort und noch ein Wörtchen\n" * 300_000
    found = reader.read(text.encode(), "a.md", text=True, most=100_003)
    assert (found.records, found.total("tokens")) == (1, 1_800_000)
    assert found.total("bytes") == len(text.encode())


def test_nested_and_flat_columns(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "metadata": {"license": "MIT", "url": f"https://example.org/{number}", "other": 1},
            "provenance": {"origin": "human"},
        }
        for number in range(9)
    ]
    flat = [
        {"metadata.license": "MIT", "metadata.url": row["metadata"]["url"], "provenance.origin": "human"}
        for row in rows
    ]
    expected = reader.read(jsonl(*rows))
    assert expected.coverage == {"license": 9, "url": 9, "source_or_url": 9, "origin": 9}
    assert reader.read(as_parquet(rows), "a.parquet") == expected
    assert reader.read(as_arrow(rows, file=True), "a.arrow") == expected
    assert reader.read(as_parquet(rows, row_group_size=2), "a.parquet") == expected
    assert reader.read(as_parquet(flat), "a.parquet") == expected
    assert reader.read(as_csv(flat), "a.csv") == expected


def test_lists_in_columns(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows: list[dict[str, Any]] = [
        {"license": ["MIT", "Apache-2.0"], "transforms": ["dedup"]},
        {"license": [], "transforms": []},
        {"license": ["MIT"]},
    ]
    expected = reader.read(jsonl(*rows))
    assert expected.licenses == {"Apache-2.0 AND MIT": 1, "MIT": 1}
    assert expected.coverage == {"license": 2, "transforms": 1}
    assert reader.read(as_parquet(rows), "a.parquet") == expected


def test_conversations_in_columns(reader: Any, jsonl: Callable[..., bytes]) -> None:
    rows: list[dict[str, Any]] = [
        {"messages": [{"role": "user", "content": "Wie geht es?"}, {"role": "assistant", "content": "Gut."}]},
        {"messages": [{"role": "user", "content": "Hallo"}]},
        {"messages": None},
    ]
    for text in (False, True):
        expected = reader.read(jsonl(*rows), text=text)
        assert expected.origins == {"mixed": 1, "human": 1, "unknown": 1}
        assert reader.read(as_parquet(rows), "a.parquet", text=text) == expected
        assert reader.read(as_arrow(rows, file=False), "a.arrow", text=text) == expected
        assert expected.total("machine_tokens") == (1 if text else 0)


def test_a_column_that_is_not_utf8_is_a_bad_row(reader: Any) -> None:
    import pyarrow

    rows = pyarrow.table({"origin": pyarrow.array([b"human", b"\xff", b"machine"], pyarrow.binary())})
    out = io.BytesIO()
    import pyarrow.parquet

    pyarrow.parquet.write_table(rows, out)
    found = reader.read(out.getvalue(), "a.parquet")
    assert found.origins == {"human": 1, "machine": 1}
    assert found.bad == [(2, "a value in the row is not valid UTF-8")]


def test_columns_that_nobody_looks_at(reader: Any) -> None:
    rows = [{"x": number, "y": [number]} for number in range(70)]
    assert reader.read(as_parquet(rows), "a.parquet").origins == {"unknown": 70}
    assert reader.read(as_arrow(rows, file=False), "a.arrow").origins == {"unknown": 70}


def test_more_combinations_than_a_number_holds(reader: Any) -> None:
    rows = [
        {name: f"{name}-{number}" for name in ("source", "license", "origin", "generator", "category", "lang")}
        for number in range(2000)
    ]
    for row in rows:
        row["category"] = "few"
    found = reader.read(as_parquet(rows), "a.parquet")
    assert found.records == 2000
    assert found.bases == {"generator": 2000}
