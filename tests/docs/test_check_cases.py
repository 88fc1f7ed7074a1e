"""The examples on the pages of checks: chosen by rule, run here and now, and escaped."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.rules import check_ids
from checker.rules._aggregates import variables
from checker.rules._cel import installed
from docs import cases
from docs.pages import rules_page, with_variables

NEEDS_EXTRA = pytest.mark.skipif(not installed(), reason="the extra `cel` is not installed")
CASE = """\
params: {max: 0.2}
shards:
  07.jsonl: [{origin: human, records: 8}, {origin: machine, records: 2, domain: "a|b"}]
  08.jsonl: {unmeasured: NO_BYTES}
card: {fields: {license: [MIT]}}
expect: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Cases of a check of the name `synthetic-cap`."""
    (tmp_path / "synthetic-cap").mkdir()
    return tmp_path


def add(folder: Path, name: str, text: str = CASE) -> None:
    (folder / "synthetic-cap" / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_the_case_at_the_edge_is_chosen_however_long(folder: Path) -> None:
    add(folder, "pass-a-very-short-one", "params: {max: 1}\nshards: {}\n")
    add(folder, "pass-exactly-at-the-cap")
    chosen = cases.telling("synthetic-cap", "pass", folder)
    assert chosen is not None
    assert chosen.words == "exactly at the cap"


def test_the_shortest_is_chosen_where_none_is_at_the_edge(folder: Path) -> None:
    add(folder, "fail-long")
    add(folder, "fail-short", "params: {max: 0}\n")
    chosen = cases.telling("synthetic-cap", "fail", folder)
    assert chosen is not None
    assert chosen.words == "short"


def test_a_check_without_cases_has_no_examples(tmp_path: Path) -> None:
    assert cases.section("synthetic-cap", tmp_path) == []


def test_the_rule_the_data_and_the_message_are_shown(folder: Path) -> None:
    add(folder, "unknown-one-shard-is-not-here")
    lines = cases.section("synthetic-cap", folder)
    assert lines[:9] == [
        "",
        "### Examples",
        "",
        "Not evaluated: one shard is not here.",
        "",
        "```yaml",
        "check: synthetic-cap",
        "with: {max: 0.2}",
        "```",
    ]
    assert "- `07.jsonl`: 8 human records, 2 machine records (domain a|b)" in lines
    assert "- `08.jsonl`: not measured (no bytes)" in lines
    assert "- card: {fields: {license: \\[MIT\\]}}" in lines
    assert "- says: data/train/08.jsonl is not measured: the bytes are not here" in lines


def test_what_it_says_is_what_the_check_says_now(folder: Path) -> None:
    add(folder, "fail-x", CASE.replace("  08.jsonl: {unmeasured: NO_BYTES}\n", "").replace("max: 0.2", "max: 0.1"))
    [said] = [line for line in cases.section("synthetic-cap", folder) if line.startswith("- says: ")]
    assert said == "- says: data/train: 2 of 10 records (20%) are machine-made; the cap is 10%"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a_b *c* <d> [e](f) | \\", "a\\_b \\*c\\* \\<d> \\[e\\](f) \\| \\\\", id="markdown"),
        pytest.param("a\nb", "a b", id="line break"),
        pytest.param("x" * 500, "x" * 237 + "...", id="long"),
    ],
)
def test_words_of_a_case_stay_words(text: str, shown: str) -> None:
    assert cases.clipped(text) == shown


@NEEDS_EXTRA
def test_every_check_shows_one_case_that_passes_and_one_that_fails() -> None:
    page = rules_page()
    for check_id in check_ids():
        examples = page.partition(f"\n## {check_id}\n")[2].partition("\n## ")[0].partition("### Examples")[2]
        assert "\nPasses: " in examples, check_id
        assert "\nFails: " in examples, check_id
        assert examples.count("- says: ") == examples.count("```yaml")


def test_every_variable_is_in_the_table_once() -> None:
    page = with_variables("a\n<!-- variables -->\nold\n<!-- /variables -->\nb\n")
    assert "\nold\n" not in page
    assert page.startswith("a\n<!-- variables -->\n| variable |")
    assert page.endswith("|\n<!-- /variables -->\nb\n")
    for name in variables():
        assert page.count(f"| `{name}` |") == 1
    assert with_variables(page) == page
