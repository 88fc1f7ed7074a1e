"""Clopper-Pearson bounds against reference values, exact sums and each other."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.rules import _proportions
from checker.rules._proportions import at_least, lower_bound


@pytest.mark.parametrize(
    ("found", "total", "confidence", "expected"),
    [
        # The lower bound of the failures is one minus the upper bound of the successes: BetaInv(.95; k + 1, n - k).
        pytest.param(100, 100, 0.95, 1 - 0.029513049607, id="all of 100"),
        pytest.param(149, 149, 0.95, 1 - 0.019904816220, id="all of 149"),
        pytest.param(199, 200, 0.95, 1 - 0.0235, id="all but one of 200"),
        pytest.param(198, 200, 0.95, 1 - 0.0311, id="all but two of 200"),
        pytest.param(360, 400, 0.95, 1 - 0.1282, id="all but 40 of 400"),
        pytest.param(970, 1000, 0.95, 1 - 0.0405, id="all but 30 of 1000"),
    ],
)
def test_reference_values(found: int, total: int, confidence: float, expected: float) -> None:
    digits = 5e-5 if len(f"{1 - expected:.12f}".rstrip("0")) < 8 else 1e-10
    assert lower_bound(found, total, confidence) == pytest.approx(expected, abs=digits)


@pytest.mark.parametrize(("found", "total"), [(0, 10), (0, 0), (-1, 5)])
def test_nothing_found_has_no_lower_bound(found: int, total: int) -> None:
    assert lower_bound(found, total, 0.95) == 0


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.001, 0.999))
@settings(max_examples=200, deadline=None)
def test_the_tail_is_the_exact_sum(found: int, missed: int, share: float) -> None:
    total = found + missed
    exact = sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(found, total + 1))
    assert at_least(found, total, share) == pytest.approx(exact, rel=1e-9, abs=1e-12)


@given(st.integers(1, 5_000), st.integers(0, 50_000), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
@settings(max_examples=100, deadline=None)
def test_at_the_bound_the_count_is_just_a_surprise(found: int, missed: int, confidence: float) -> None:
    bound = lower_bound(found, found + missed, confidence)
    assert 0 <= bound <= found / (found + missed)
    assert at_least(found, found + missed, bound) == pytest.approx(1 - confidence, rel=1e-6)


@pytest.mark.parametrize("share", [0.011, 0.1, 0.5, 0.9, 0.989])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_beyond_exact_sums_the_bound_stays_near(share: float, confidence: float) -> None:
    total = _proportions.EXACT_TOTAL
    exact = lower_bound(round(share * total), total, confidence)
    near = _proportions._wilson(round(share * total), total, confidence)
    assert near == pytest.approx(exact, rel=2e-3)


def test_a_huge_dataset_takes_no_time_to_bound() -> None:
    assert lower_bound(10**9, 10**10, 0.95) == pytest.approx(0.1, rel=1e-3)
    assert lower_bound(3, 10**10, 0.95) == pytest.approx(8.177e-11, rel=1e-3)
