"""Yes, no, shares and counts as people write them."""

from __future__ import annotations

import pytest

from checker.read.cards import _terms


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(True, True, id="true"),
        pytest.param(False, False, id="false"),
        pytest.param("Yes", True, id="yes"),
        pytest.param("no.", False, id="no with a full stop"),
        pytest.param("none", False, id="none"),
        pytest.param("partly", True, id="partly"),
        pytest.param("mixed", True, id="mixed"),
        pytest.param("true", True, id="true as text"),
        pytest.param("20%", True, id="a share"),
        pytest.param("0 %", False, id="a share of nothing"),
        pytest.param(0.0, False, id="a number of nothing"),
        pytest.param("Yes, about a fifth.", True, id="yes and why"),
        pytest.param("No: all was written by people.", False, id="no and why"),
        pytest.param("No information on this", None, id="a sentence that starts with no"),
        pytest.param("Yesterday", None, id="a word that starts with yes"),
        pytest.param("maybe", None, id="maybe"),
        pytest.param(7, None, id="a number that is no share"),
        pytest.param(float("nan"), None, id="not a number"),
        pytest.param(None, None, id="null"),
    ],
)
def test_answers(content: object, expected: bool | None) -> None:
    assert _terms.answer(content) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(0, 0.0, id="none"),
        pytest.param(1, 1.0, id="all"),
        pytest.param(0.25, 0.25, id="a quarter"),
        pytest.param("25 %", 0.25, id="percent"),
        pytest.param("about 12.5%", 0.125, id="about"),
        pytest.param("0.25", 0.25, id="a number as text"),
        pytest.param("100%", 1.0, id="exactly all"),
        pytest.param("101%", None, id="more than all"),
        pytest.param(25, None, id="percent without the sign"),
        pytest.param(-0.1, None, id="negative"),
        pytest.param(True, None, id="a bool"),
        pytest.param("a quarter", None, id="words"),
        pytest.param(10**400, None, id="a number that no float holds"),
    ],
)
def test_shares(content: object, expected: float | None) -> None:
    assert _terms.share(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(0, 0, id="none"),
        pytest.param(3900, 3900, id="a number"),
        pytest.param(1e6, 1_000_000, id="a float without a fraction"),
        pytest.param("3,900", 3900, id="with a comma"),
        pytest.param("1_000_000", 1_000_000, id="with underscores"),
        pytest.param("12 000", 12_000, id="with a space"),
        pytest.param("1234567", 1_234_567, id="digits as text"),
        pytest.param("3,90", None, id="a comma in the wrong place"),
        pytest.param(1.5, None, id="a fraction"),
        pytest.param(-1, None, id="negative"),
        pytest.param(True, None, id="a bool"),
        pytest.param("10K", None, id="a band"),
        pytest.param(float("inf"), None, id="infinity"),
        pytest.param("9" * 5000, None, id="more digits than Python converts"),
    ],
)
def test_counts(content: object, expected: int | None) -> None:
    assert _terms.count(content) == expected
