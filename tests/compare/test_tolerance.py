"""The factor of a normal tolerance bound, against published and computed tables."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import numpy as np
import pytest

from checker.compare.tolerance import tolerance_factor

REFERENCE = Path(__file__).resolve().parents[2] / ".." / "shared" / "reference" / "stats_reference.json"


@pytest.mark.parametrize(
    ("values", "content", "expected"),
    [
        # Odeh and Owen 1980, table 1, confidence 0.95
        pytest.param(2, 0.99, 37.094, id="two values"),
        pytest.param(3, 0.99, 10.553, id="three"),
        pytest.param(5, 0.99, 5.741, id="five"),
        pytest.param(10, 0.95, 2.911, id="ten, 95 %"),
        pytest.param(30, 0.99, 3.064, id="thirty"),
        pytest.param(100, 0.99, 2.684, id="a hundred"),
    ],
)
def test_published_values(values: int, content: float, expected: float) -> None:
    assert tolerance_factor(values, content) == pytest.approx(expected, abs=6e-4)


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_file(), reason="the fixtures beside the repository are not here")
def test_computed_values() -> None:
    for row in json.loads(REFERENCE.read_text(encoding="utf-8"))["normal_tolerance_k"]:
        assert tolerance_factor(row["n"], row["P"], row["conf"]) == pytest.approx(row["k"], abs=1e-9)


def test_more_values_need_less() -> None:
    factors = [tolerance_factor(values) for values in (2, 2.5, 7, 7.3, 50, 1_000, 100_000)]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(2.326, abs=0.02)


@pytest.mark.parametrize("values", [0, 1, 1.99])
def test_one_value_carries_no_limit(values: float) -> None:
    assert tolerance_factor(values) == inf


def test_the_bound_covers_what_it_says() -> None:
    """Of samples of ten values, 95 % give a bound above 99 % of the distribution."""
    drawn = np.random.default_rng(1).standard_normal((20_000, 10))
    bounds = drawn.mean(axis=1) + tolerance_factor(10) * drawn.std(axis=1, ddof=1)
    assert (bounds > 2.3263).mean() == pytest.approx(0.95, abs=0.006)
