"""How the corpora are parted for the two settings, and what the table says of a row in both."""

from __future__ import annotations

import random

import pytest

from benchmarks.collapse.corpora import Document
from benchmarks.collapse.settings import FOLDS, parted, samples_of
from benchmarks.collapse.table import Line, markdown

WORDS = "one two three four five six seven eight nine ten eleven twelve"


def documents(count: int, sources: int) -> list[Document]:
    return [Document(f"{WORDS} {number}", f"source {number % sources}", 13) for number in range(count)]


@pytest.mark.parametrize("count", [3, 10, 31])
def test_each_document_is_measured_once_and_never_against_itself(count: int) -> None:
    given = documents(count, count)
    sides = parted([(document,) for document in given], random.Random(1))
    assert len(sides) == FOLDS
    assert all(sorted(rest + people) == sorted(given) for rest, people in sides)
    assert sorted(document for _, people in sides for document in people) == sorted(given)


def test_a_source_is_never_on_both_sides() -> None:
    units = [tuple(documents(4, 1)), *(tuple(Document(WORDS, f"other {n}", 12) for _ in range(n)) for n in range(1, 9))]
    for rest, people in parted(units, random.Random(2)):
        assert not {document.source for document in rest} & {document.source for document in people}


@pytest.mark.parametrize(
    ("count", "sources", "samples"),
    [
        pytest.param(40, 8, 8, id="one sample a source"),
        pytest.param(300, 300, 100, id="documents of their own are put together"),
    ],
)
def test_samples_of_sources(count: int, sources: int, samples: int) -> None:
    found = samples_of(documents(count, sources))
    assert len(found) == samples
    assert sum(len(sample.keys) for sample in found) == count


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param(Line("f", "1.00", "1", "20 of 20", True, True), [], id="reached and aimed at"),
        pytest.param(Line("f", "1.00", "1", "19 of 20", True, False), ["- Target missed: f"], id="reached alone"),
        pytest.param(Line("f", "1.00", "1", "9 of 20", False, False), ["- Not reached: f"], id="not reached"),
        pytest.param(Line("f", "1.00", "1", "none", None, None), ["- Not measured: f"], id="not measured"),
        pytest.param(
            Line("f", "1.00", "1", "20 of 20", True, True, Line("f", "1.00", "1", "2 of 20", False, False)),
            ["- Not reached with a reference of other sources: f"],
            id="only where the reference is harder",
        ),
    ],
)
def test_a_row_that_falls_short_has_a_sentence(row: Line, says: list[str]) -> None:
    table, _, sentences = markdown([row]).partition("\n\n")
    assert table.splitlines()[-1].startswith("| f | 1.00 | 1 | ")
    assert [line.split(":")[0] + ": f" for line in sentences.splitlines()] == says
