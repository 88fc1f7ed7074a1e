"""The quantiles of a sum of uncertain records, against values computed elsewhere."""

from __future__ import annotations

import json
from itertools import product
from math import comb, sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.rules import _bounds
from checker.rules._bounds import Group

REFERENCE = Path(__file__).resolve().parents[2] / ".." / "shared" / "reference" / "stats_reference.json"
GROUPS = {
    "20@.9 10@.5 970@.02": [Group(20, 0.9), Group(10, 0.5), Group(970, 0.02)],
    "same, cap 4%": [Group(20, 0.9), Group(10, 0.5), Group(970, 0.02)],
    "1000@.05": [Group(1000, 0.05)],
    "500@.1 500@.2": [Group(500, 0.1), Group(500, 0.2)],
    "90@.99 910@.01": [Group(90, 0.99), Group(910, 0.01)],
    "200 unknown @.5": [Group(200, 0.5), Group(800, 0.0)],
}


@pytest.mark.shared
@pytest.mark.parametrize("name", GROUPS)
def test_reference_values(name: str) -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not beside this repository")
    entry = next(row for row in json.loads(REFERENCE.read_text("utf-8"))["poisson_binomial"] if row["name"] == name)
    groups, size = GROUPS[name], entry["n"]
    assert _bounds.mean(groups) / size == pytest.approx(entry["mean_frac"], abs=1e-12)
    assert sqrt(_bounds.variance(groups)) / size == pytest.approx(entry["sd_frac"], abs=1e-12)
    assert _bounds.quantile(groups, 0.95) == round(entry["q95_frac"] * size)
    assert _bounds.exceeds(groups, round(entry["cap"] * size)) == pytest.approx(entry["p_exceeds_cap"], abs=1e-11)


@pytest.mark.parametrize(
    ("groups", "confidence", "expected"),
    [
        pytest.param([], 0.95, 0, id="no record"),
        pytest.param([Group(7, 1.0)], 0.95, 7, id="certain"),
        pytest.param([Group(7, 0.0)], 0.95, 0, id="certainly not"),
        pytest.param([Group(1, 0.05)], 0.95, 0, id="one record exactly at the confidence"),
        pytest.param([Group(1, 0.06)], 0.95, 1, id="one record just over"),
        pytest.param([Group(1, 0.5)], 0.5, 0, id="one record at one half"),
        pytest.param([Group(3, 1.0), Group(1, 0.5)], 0.95, 4, id="certain and uncertain"),
        pytest.param([Group(1000, 0.05)], 0.95, 62, id="a thousand at one in twenty"),
        pytest.param([Group(20, 0.9), Group(10, 0.5), Group(970, 0.02)], 0.95, 51, id="mixed"),
    ],
)
def test_quantile(groups: list[Group], confidence: float, expected: int) -> None:
    assert _bounds.quantile(groups, confidence) == expected


def test_a_binomial_has_the_tail_of_the_textbook() -> None:
    exactly = sum(comb(40, hits) * 0.3**hits * 0.7 ** (40 - hits) for hits in range(18, 41))
    assert _bounds.exceeds([Group(40, 0.3)], 17) == pytest.approx(exactly, rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.integers(-1, 9))
@settings(max_examples=100, deadline=None)
def test_the_tail_is_that_of_all_outcomes_counted_one_by_one(chances: list[float], limit: int) -> None:
    counted = 0.0
    for outcome in product((0, 1), repeat=len(chances)):
        if sum(outcome) > limit:
            weight = 1.0
            for hit, chance in zip(outcome, chances, strict=True):
                weight *= chance if hit else 1 - chance
            counted += weight
    assert _bounds.exceeds([Group(1, chance) for chance in chances], limit) == pytest.approx(counted, abs=1e-12)


@pytest.mark.parametrize("chance", [0.02, 0.2, 0.5, 0.97])
def test_the_normal_curve_meets_the_exact_sum_where_it_takes_over(chance: float) -> None:
    exact = [Group(_bounds.EXACT_RECORDS, chance)]
    beyond = [Group(_bounds.EXACT_RECORDS, chance), Group(60_000, 0.0), Group(10**6, 0.000_2)]
    assert _bounds.quantile(exact, 0.95) == pytest.approx(
        _bounds.mean(exact) + 1.6449 * sqrt(_bounds.variance(exact)), abs=1.5
    )
    assert _bounds.quantile(beyond, 0.95) == pytest.approx(
        _bounds.mean(beyond) + 1.6449 * sqrt(_bounds.variance(beyond)), abs=1.5
    )


def test_a_rare_event_in_a_million_is_summed_exactly_and_not_by_the_normal_curve() -> None:
    # Poisson with mean 1: P(X > 3) = 0.019, P(X > 2) = 0.080; the normal curve would say 3 at 0.95 and 2 at 0.9.
    groups = [Group(1_000_000, 1e-6)]
    assert _bounds.quantile(groups, 0.95) == 3
    assert _bounds.exceeds(groups, 2) == pytest.approx(0.080301, abs=1e-5)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 999)), min_size=1, max_size=4),
    st.floats(0, 1),
    st.sampled_from([0.5, 0.8, 0.95, 0.99]),
)
@settings(max_examples=300, deadline=None)
def test_what_theorems_tell_is_what_the_exact_sum_tells(
    described: list[tuple[int, int]], place: float, confidence: float
) -> None:
    groups = [Group(records, chance / 1000) for records, chance in described]
    limit = int(place * sum(group.records for group in groups))
    told = _bounds.surely_holds(_bounds.mean(groups), _bounds.variance(groups), limit, confidence)
    if told is not None:
        assert told is (_bounds.exceeds(groups, limit) <= 1 - confidence)
