"""The signals that checks judge are those that comparisons give, and collapse moves them the same way."""

from __future__ import annotations

import pytest

from checker.compare import scores
from checker.model.signals import NAMES
from checker.rules.diversity import DIRECTIONS


def test_every_signal_has_a_name_for_people() -> None:
    assert NAMES.keys() == scores.DIRECTIONS.keys()


@pytest.mark.parametrize("signal", DIRECTIONS)
def test_diversity_judges_signals_of_collapse_in_their_direction(signal: str) -> None:
    assert signal in scores.COLLAPSE
    assert DIRECTIONS[signal] == scores.DIRECTIONS[signal]


@pytest.mark.parametrize("signal", scores.COLLAPSE)
def test_what_makes_up_the_collapse_score_has_a_direction(signal: str) -> None:
    assert scores.DIRECTIONS[signal] in (-1, 1)
