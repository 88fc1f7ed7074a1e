"""The page about records says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.read.records.formats import Format
from checker.read.records.vocabulary import ALIASES, COVERED, KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", ALIASES)
def test_the_places_of_a_field(field: str) -> None:
    assert f"| {field} | {', '.join(f'`{path}`' for path in ALIASES[field])} |" in PAGE


def test_what_is_covered_and_which_kinds_there_are() -> None:
    assert f"Coverage is counted for: {', '.join(COVERED)}." in PAGE
    assert all(kind in PAGE for kind in KINDS)
    assert all(f"`{form.value}`" in PAGE for form in Format)
