"""Whether one glob reaches all that another one reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.globs import matches
from checker.policy.comparing.covering import cover, covers

GLOBS = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?", "*b", "a?b"]), min_size=1, max_size=4).map("/".join)
NAMES = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        pytest.param("data/**", "data/**", True, id="the same"),
        pytest.param("**", "data/*", True, id="everything"),
        pytest.param("data/**", "data/train/**", True, id="a folder below"),
        pytest.param("data/**", "data", True, id="the folder itself"),
        pytest.param("data/*", "data/train", True, id="one of many"),
        pytest.param("data/*", "data/**", False, id="one level does not reach all below"),
        pytest.param("data/train", "data/*", False, id="one is not all"),
        pytest.param("data/?", "data/*", False, id="one letter is not any name"),
        pytest.param("data/a?*", "data/a*", False, id="at least one letter more"),
        pytest.param("data/**/x", "data/x", True, id="no folder between"),
        pytest.param("data/**/x", "data/*/x", True, id="one folder between"),
        pytest.param("date/**", "data/**", False, id="a typo"),
    ],
)
def test_covers(wide: str, narrow: str, holds: bool) -> None:
    assert covers(wide, narrow) is holds


@given(wide=GLOBS, narrow=GLOBS, name=NAMES)
def test_what_is_covered_is_reached(wide: str, narrow: str, name: str) -> None:
    if covers(wide, narrow) and matches(narrow, name):
        assert matches(wide, name)


def test_nothing_stated_is_everything() -> None:
    assert cover((), ("data/**",))
    assert not cover(("data/**",), ())
    assert cover(("data/**", "web/*"), ("web/crawl", "data/x"))
    assert not cover(("data/**",), ("data/x", "web/crawl"))
