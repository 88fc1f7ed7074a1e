"""The page that lists the tricks lists all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redteam.test_combined_tricks import ESCAPES, HELD
from redteam.test_data_tricks import JUDGED, OUT
from redteam.test_judge_tricks import REFUSED
from redteam.test_policy_tricks import RELIEF, RULES, SETTING

PAGE = Path(__file__).resolve().parents[2] / "docs/trust.md"
TRICKS: list[Any] = [*RULES, *SETTING, *RELIEF, *OUT, *JUDGED, *ESCAPES, *HELD, *REFUSED]


@pytest.fixture(scope="module")
def rows() -> set[str]:
    """The first cell of each row."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {line.split("|")[1].strip() for line in lines if line.startswith("| ")}


def test_every_trick_is_on_the_page(rows: set[str]) -> None:
    assert {trick.id for trick in TRICKS} - rows == set()


def test_there_are_enough_of_them() -> None:
    assert len({trick.id for trick in TRICKS}) == len(TRICKS) >= 40
