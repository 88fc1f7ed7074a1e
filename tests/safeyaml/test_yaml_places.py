"""Where a value stands in its file: line and column count from 1."""

from __future__ import annotations

import pytest

from checker.model.location import Location
from checker.safeyaml import Document, load, load_all

pytestmark = pytest.mark.usefixtures("parser")

TEXT = b"""\
# a comment
metadata: {id: core, owners: [ana, bo]}
rules:
  - id: one
    with:
      max: 0.2
      "per":   [shard,
        domain]
  -
    id: two
note: |
  text
"""


@pytest.fixture
def document() -> Document:
    return load(TEXT, "policies/core.yaml")


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        pytest.param((), 2, 1, id="the whole document"),
        pytest.param(("metadata",), 2, 11, id="a mapping in one line"),
        pytest.param(("metadata", "id"), 2, 16, id="within it"),
        pytest.param(("metadata", "owners", 1), 2, 36, id="a list item"),
        pytest.param(("rules",), 4, 3, id="a block list"),
        pytest.param(("rules", 0), 4, 5, id="its first item"),
        pytest.param(("rules", 0, "with", "max"), 6, 12, id="a number"),
        pytest.param(("rules", 0, "with", "per", 1), 8, 9, id="a list over two lines"),
        pytest.param(("rules", 1, "id"), 10, 9, id="after a dash alone"),
        pytest.param(("note",), 11, 7, id="a block scalar"),
    ],
)
def test_the_place_of_a_value(document: Document, keys: tuple[str | int, ...], line: int, column: int) -> None:
    assert document.where(*keys) == Location("policies/core.yaml", line, column)


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        pytest.param(("metadata", "id"), 2, 12, id="in one line"),
        pytest.param(("rules", 0, "with", "per"), 7, 7, id="in quotes"),
        pytest.param(("rules", 1), 10, 5, id="a list item has no key"),
    ],
)
def test_the_place_of_a_key(document: Document, keys: tuple[str | int, ...], line: int, column: int) -> None:
    assert document.where_key(*keys) == Location("policies/core.yaml", line, column)


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        pytest.param(("nothing",), 2, 1, id="at the top"),
        pytest.param(("rules", 0, "with", "min"), 6, 7, id="in a mapping"),
        pytest.param(("rules", 7), 4, 3, id="beyond a list"),
        pytest.param(("rules", "x"), 4, 3, id="a name in a list"),
        pytest.param(("metadata", "id", "deeper", 3), 2, 16, id="below a scalar"),
    ],
)
def test_what_is_not_there_is_placed_at_its_nearest_ancestor(
    document: Document, keys: tuple[str | int, ...], line: int, column: int
) -> None:
    assert document.where(*keys) == Location("policies/core.yaml", line, column)
    assert document.where_key(*keys) == Location("policies/core.yaml", line, column)


def test_columns_count_characters_not_bytes() -> None:
    document = load("ключ: {ä: é, b: 1}\n".encode(), "f.yaml")

    assert document.where("ключ", "b") == Location("f.yaml", 1, 17)


def test_a_merged_value_stands_where_it_was_written() -> None:
    document = load(b"a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\nc: *a\n", "dvc.yaml", strict=False)

    assert document.where("b", "x") == Location("dvc.yaml", 2, 6)
    assert document.where("b", "y") == Location("dvc.yaml", 5, 6)
    assert document.where("c") == Location("dvc.yaml", 6, 4)
    assert document.where("c", "x") == Location("dvc.yaml", 2, 6)


def test_each_document_of_a_file_keeps_the_lines_of_the_file() -> None:
    first, second = load_all(b"a: 1\n---\nb:\n  - 2\n", "f.yaml")

    assert first.where("a").line == 1
    assert second.where("b", 0) == Location("f.yaml", 4, 5)


def test_an_empty_file_is_placed_without_a_line() -> None:
    assert load(b"", "f.yaml").where("a", 1) == Location("f.yaml")


def test_windows_line_ends_do_not_shift_lines() -> None:
    assert load(b"a: 1\r\nb:\r\n  c: 2\r\n", "f.yaml").where("b", "c") == Location("f.yaml", 3, 6)
