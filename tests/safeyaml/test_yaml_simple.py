"""Simple YAML is read without PyYAML: where it is, the events are those of libyaml, places included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import YamlError
from checker.safeyaml import _simple, load

ROOT = Path(__file__).resolve().parents[2]
POLICY = b"""\
# A policy as people write it.
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}   # flow
rules:
  - id: cap
    check: synthetic-cap
    with:
      max: 0.2
      kinds: ['*', paraphrased]
  - {id: lineage, check: lineage-complete, level: block, with: {require_source: false}}
owners:
- data team
- https://example.org/team
empty:
"""
PIECES = st.sampled_from(
    [
        *"ab1:-#,?&*!|>@%~.=/'\"[]{}é日",
        " ",
        ": ",
        "- ",
        " #",
        "a: b",
        "k:",
        "'q'",
        '"q"',
        "[a, b]",
        "{a: b}",
        "..",
        "<<",
    ]
)
WORDS = st.lists(PIECES, max_size=4).map("".join)
LINES = st.one_of(
    st.builds("{}{}:".format, st.sampled_from(["", " ", "  ", "    "]), st.sampled_from("abc")),
    st.builds("{}{}: {}".format, st.sampled_from(["", "  ", "    "]), st.sampled_from("abcd"), WORDS),
    st.builds("{}- {}".format, st.sampled_from(["", "  ", "    "]), WORDS),
    st.builds("{}{}".format, st.sampled_from(["", "  "]), WORDS),
)


def told(event: Any) -> tuple[object, ...]:
    """All of an event that `safeyaml` looks at."""
    name = type(event).__name__
    if name.endswith("EndEvent"):
        return (name,)
    scalar = (event.value, event.implicit[0]) if name == "ScalarEvent" else ()
    bare = (getattr(event, "anchor", None), getattr(event, "tag", None), getattr(event, "tags", None) or None)
    return (name, event.start_mark.line, event.start_mark.column, *scalar, *bare)


def by_libyaml(data: bytes) -> list[tuple[object, ...]]:
    names = ("StreamStartEvent", "DocumentEndEvent")
    return [told(event) for event in yaml.parse(data, yaml.CLoader) if type(event).__name__ not in names]


def agree(data: bytes) -> bool:
    """Whether the data is simple; if so, libyaml has been asked, too."""
    found = _simple.events(data)
    if found is not None:
        assert [told(event) for event in found] == by_libyaml(data)
    return found is not None


pytestmark = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")


def test_a_policy_is_simple() -> None:
    assert agree(POLICY)


@settings(max_examples=2000, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=5))
def test_made_up_lines(lines: list[str]) -> None:
    agree("\n".join(lines).encode())


def test_every_file_of_this_repository() -> None:
    files = [file for end in ("yaml", "yml", "dvc", "lock") for file in ROOT.glob(f"[!.]*/**/*.{end}")]
    assert sum(agree(file.read_bytes()) for file in files) > 5


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("# only a comment\n", id="only a comment"),
        pytest.param("a: |\n  text\n", id="a block of text"),
        pytest.param("a: one\n  two\n", id="a scalar that goes on"),
        pytest.param("a: &x 1\nb: *x\n", id="an alias"),
        pytest.param("a: !!str 1\n", id="a tag"),
        pytest.param("a:\tb\n", id="a tab"),
        pytest.param("a: b\r\n", id="a carriage return"),
        pytest.param("a: b\u2028c: d\n", id="another end of a line"),
        pytest.param("\ufeffa: b\n", id="a byte order mark"),
        pytest.param("a: b: c\n", id="two keys in a line"),
        pytest.param("a: 'it''s'\n", id="a quote inside quotes"),
        pytest.param('a: "\\n"\n', id="an escape"),
        pytest.param("a: [b,\n  c]\n", id="a list over two lines"),
        pytest.param("a: [b, ]\n", id="a comma before the end"),
        pytest.param("a: [b: c]\n", id="a pair in a list"),
        pytest.param("a: b#c\n", id="a number sign in a word"),
        pytest.param("? a\n: b\n", id="a key with a question mark"),
        pytest.param("--- a\n", id="the start of a document"),
        pytest.param(" a: b\n", id="a document that starts to the right"),
        pytest.param("a:\n    b: 1\n  c: 2\n", id="a line between two depths"),
        pytest.param("a: 1\n- b\n", id="a list beside a key"),
        pytest.param("- " * 30 + "a\n", id="deep lists"),
        pytest.param("a: " + "[" * 30 + "]" * 30 + "\n", id="deep flow"),
        pytest.param("a: " + "b" * 2000 + "\n", id="a long line"),
        pytest.param("a: b\n" * 4000, id="a long file"),
    ],
)
def test_left_to_libyaml(text: str) -> None:
    assert _simple.events(text.encode()) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: 1\na: 2\n", "stands twice, first in line 1", id="a key twice"),
        pytest.param("a: no\n", "no", id="a word that YAML readers understand differently"),
    ],
)
def test_judged_like_any_yaml(text: str, message: str) -> None:
    assert agree(text.encode())
    with pytest.raises(YamlError, match=message):
        load(text.encode(), "p.yaml")


def test_reading_simple_yaml_imports_no_pyyaml() -> None:
    code = f"import sys; from checker.safeyaml import load; load({POLICY!r}, 'p'); print('yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
