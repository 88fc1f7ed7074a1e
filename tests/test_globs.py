"""What a glob fits, in whatever file it is written."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.globs import matches


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        pytest.param("data/train", "data/train", True, id="the name itself"),
        pytest.param("data", "data/train", False, id="a folder is not what is in it"),
        pytest.param("data/*", "data/train", True, id="star for a name"),
        pytest.param("data/*", "data/train/en", False, id="star stays in its folder"),
        pytest.param("data/**", "data/train/en", True, id="two stars cross folders"),
        pytest.param("data/**", "data", True, id="two stars stand for nothing too"),
        pytest.param("data/**", "database", False, id="a name that begins alike"),
        pytest.param("**", "x", True, id="everything"),
        pytest.param("**/train", "train", True, id="at any depth, none included"),
        pytest.param("**/train", "a/b/train", True, id="at any depth"),
        pytest.param("**/train", "a/retrain", False, id="the whole name, not its end"),
        pytest.param("a/**/z", "a/z", True, id="two stars between, nothing between"),
        pytest.param("a/**/z", "a/b/c/z", True, id="two stars between, folders between"),
        pytest.param("a/**/b/**/c", "a/x/b/y/z/c", True, id="two stars twice"),
        pytest.param("a/**/b/**/c", "a/x/y/z/c", False, id="two stars twice, the middle missing"),
        pytest.param("data/*-v?.jsonl", "data/notes-v2.jsonl", True, id="star and question mark"),
        pytest.param("data/*-v?.jsonl", "data/notes-v10.jsonl", False, id="question mark is one character"),
        pytest.param("*a*a*", "banana", True, id="several stars in a name"),
        pytest.param("*a*b", "banana", False, id="several stars, another end"),
        pytest.param("./data//train/", "data/train", True, id="written untidily"),
        pytest.param("data/[ab].txt", "data/a.txt", False, id="brackets stand for themselves"),
        pytest.param("data/[ab].txt", "data/[ab].txt", True, id="a name with brackets"),
        pytest.param("data.train", "data/train", False, id="a point is a point"),
        pytest.param("Data", "data", False, id="capitals count"),
        pytest.param("", "data", False, id="nothing fits nothing"),
        pytest.param("дані/*", "дані/навчання", True, id="letters beyond ASCII"),
    ],
)
def test_a_glob(glob: str, name: str, fits: bool) -> None:
    assert matches(glob, name) is fits


def oracle(glob: str, name: str) -> bool:
    """The same by a regular expression, which is fine for globs that a test wrote."""
    parts = [
        ".*?" if part == "**" else "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in part)
        for part in glob.split("/")
    ]
    text = "/".join(parts)
    text = re.sub(r"(^|/)\.\*\?(?=/|$)", "(?:/[^/]+)*", "/" + text).replace("//", "/")
    return re.fullmatch(text, "/" + name) is not None


@given(
    st.lists(st.sampled_from(["**", "*", "a", "b", "a*", "?", "*b*", "ab"]), min_size=1, max_size=5).map("/".join),
    st.lists(st.sampled_from(["a", "b", "ab", "aab", "c"]), min_size=1, max_size=5).map("/".join),
)
@settings(max_examples=500, deadline=None)
def test_globs_agree_with_a_plain_definition(glob: str, name: str) -> None:
    assert matches(glob, name) is oracle(glob, name)


def test_a_glob_made_to_be_slow_is_not() -> None:
    started = time.process_time()

    assert not matches("a*" * 200 + "b", "a" * 2000)
    assert not matches("**/a/" * 200 + "b", "a/" * 500 + "c")
    assert time.process_time() - started < 5
