"""The generated pages follow from the checks, the packs and the command line; stale ones are found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checker.rules import by_id, check_ids
from docs.generate import diff
from docs.pages import cell, policies_page, rules_page, values, with_help

ROOT = Path(__file__).resolve().parents[2]

PACK = b"""\
apiVersion: headwater/v1
kind: Policy
metadata: {id: tiny, version: "2.1.0", title: A small pack, refs: ["NIST AI 600-1"]}
rules:
  - id: cap
    check: synthetic-cap
    level: warn
    with: {max: 0.2, per: [shard]}
    rationale: {why: a | b, source: somewhere, confidence: default}
"""


def test_every_check_has_its_section_with_all_parameters() -> None:
    page = rules_page()
    for check_id in check_ids():
        section = page.partition(f"\n## {check_id}\n")[2].partition("\n## ")[0]
        for heading in ("What it checks", "Why it matters", "How to fix", "Parameters"):
            assert f"### {heading}\n" in section, (check_id, heading)
        for parameter in by_id(check_id).parameters():
            assert f"| `{parameter.name}` |" in section, (check_id, parameter.name)


def test_every_row_of_a_table_has_all_cells() -> None:
    for line in rules_page().splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") == 6, line


def test_a_pack_is_told_with_its_limits_and_reasons() -> None:
    page = policies_page({"policies/packs/tiny.yaml": PACK})
    assert "## tiny@2\n\nA small pack.\n\nVersion 2.1.0, source `policies/packs/tiny.yaml`." in page
    assert "Refers to:\n- NIST AI 600-1\n" in page
    assert "### cap: cap\n\n[`synthetic-cap`](rules.md#synthetic-cap), level `warn`.\n" in page
    assert '- `max`: `0.2`\n- `per`: `["shard"]`\n\na | b\n\nSource (default): somewhere.\n' in page


@pytest.mark.parametrize(
    ("schema", "unit", "words"),
    [
        pytest.param({"type": "number", "minimum": 0, "maximum": 1}, "share", "number ≥ 0, ≤ 1 (share)", id="bounds"),
        pytest.param({"enum": ["a", "b"]}, "", "`a`, `b`", id="choice"),
        pytest.param({"type": "array", "items": {"enum": ["a"]}}, "", "list of `a`", id="list of choices"),
        pytest.param({}, "", "see the schema", id="anything"),
    ],
)
def test_a_parameter_is_described_in_words(schema: dict[str, object], unit: str, words: str) -> None:
    assert values(schema, unit) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a|b", "a\\|b", id="pipe"),
        pytest.param("a\nb", "a b", id="line end"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_cell_stays_a_cell(text: str, expected: str) -> None:
    assert cell(text) == expected


def test_help_blocks_are_filled_and_stay_filled() -> None:
    empty = "# x\n<!-- help:check -->\n<!-- /help -->\n<!-- help:headwater -->\nold\n<!-- /help -->\n"
    once = with_help(empty)
    assert "$ headwater check --help\nusage: headwater check" in once
    assert "$ headwater --help\nusage: headwater [-h]" in once
    assert "old" not in once
    assert with_help(once) == once


def test_a_command_that_is_gone_is_not_silent() -> None:
    with pytest.raises(KeyError):
        with_help("<!-- help:vanished -->\n<!-- /help -->\n")


@pytest.mark.parametrize(
    ("old", "new", "sign"),
    [
        pytest.param("a\n", "b\n", "-a\n+b\n", id="changed"),
        pytest.param(None, "b\n", "+b\n", id="missing"),
        pytest.param("a\n", None, "-a\n", id="no longer generated"),
    ],
)
def test_a_diff_says_what_is_stale(old: str | None, new: str | None, sign: str) -> None:
    assert "".join(diff("x.md", old, new)).endswith(sign)


def _generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # From the copy's own folder, so that its modules and not the installed ones are read.
    command = [sys.executable, "-m", "docs.generate", *arguments]
    return subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True
    )


def test_what_is_stale_is_shown_then_written(tmp_path: Path) -> None:
    for folder in ("checker", "docs", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "README.md").write_text("<!-- help:check -->\n<!-- /help -->\n", encoding="utf-8")
    assert _generate(tmp_path).returncode == 0
    fresh = _generate(tmp_path, "--check")
    assert (fresh.returncode, fresh.stdout, fresh.stderr) == (0, "", "")

    with (tmp_path / "docs" / "rules.md").open("a", encoding="utf-8") as page:
        page.write("written by hand\n")
    (tmp_path / "policies" / "schema" / "old.schema.json").write_text("{}\n", encoding="utf-8")
    stale = _generate(tmp_path, "--check")
    assert stale.returncode == 1
    assert "-written by hand\n" in stale.stdout
    assert "--- policies/schema/old.schema.json\n" in stale.stdout
    assert "2 generated files are stale; run `make docs` and commit the result\n" in stale.stdout
    assert (tmp_path / "policies" / "schema" / "old.schema.json").exists(), "--check must write nothing"

    assert _generate(tmp_path).returncode == 0
    assert _generate(tmp_path, "--check").returncode == 0
    assert not (tmp_path / "policies" / "schema" / "old.schema.json").exists()
