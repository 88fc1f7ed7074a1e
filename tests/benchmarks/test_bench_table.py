"""The speed table says what was measured, and says when a goal is missed."""

from __future__ import annotations

import pytest

from benchmarks.row import Row, shown, table
from benchmarks.run import with_table


@pytest.mark.parametrize(
    ("measured", "goal", "at_most", "met"),
    [
        pytest.param(3.0, 3.0, True, True, id="exactly at the ceiling"),
        pytest.param(3.01, 3.0, True, False, id="just over the ceiling"),
        pytest.param(10.0, 10.0, False, True, id="exactly at the floor"),
        pytest.param(9.99, 10.0, False, False, id="just under the floor"),
        pytest.param(float("nan"), 3.0, True, False, id="not a number never meets a ceiling"),
        pytest.param(float("nan"), 3.0, False, False, id="not a number never meets a floor"),
    ],
)
def test_a_goal_is_met_or_missed(measured: float, goal: float, at_most: bool, met: bool) -> None:
    row = Row("hook", measured, goal, at_most, "`python -c pass`")
    assert row.met is met
    assert ("(missed)" in table([row])) is not met


@pytest.mark.parametrize(
    ("number", "text"),
    [
        pytest.param(0.6, "0.6", id="share"),
        pytest.param(3.04, "3.04", id="just missed"),
        pytest.param(15, "15.0", id="whole"),
        pytest.param(123.4, "123", id="big"),
    ],
)
def test_numbers_have_the_digits_that_mean_something(number: float, text: str) -> None:
    assert shown(number) == text


def test_the_table_goes_between_the_markers() -> None:
    readme = "# x\n<!-- bench -->\nold\n<!-- /bench -->\nend\n"
    once = with_table(readme, "| new |\n")
    assert once == "# x\n<!-- bench -->\n| new |\n<!-- /bench -->\nend\n"
    assert with_table(once, "| new |\n") == once


def test_a_readme_without_the_place_is_named() -> None:
    with pytest.raises(ValueError, match=r"README.md has no <!-- bench -->"):
        with_table("# x\n", "| new |\n")
