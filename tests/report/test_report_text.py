"""The terminal: short, and nobody forges a line of it."""

from __future__ import annotations

import re

import pytest
from report.evil import EVIL
from report.samples import clean, evil, failing, many

from checker.report import render

OURS = (
    "dataset ",
    "repository",
    "  ",
    "note: ",
    "plug-ins: ",
    "waived: ",
    "not evaluated",
    "proposed policy",
    "headwater: ",
)
ANSI = re.compile(r"\x1b\[(?:0|3[1-5];1)m")


def test_a_clean_run_is_one_line() -> None:
    assert render("text", clean()) == "headwater: pass: 2 passed; 2 datasets, stage pr\n"


def test_a_finding_says_what_where_measured_allowed_and_what_next() -> None:
    text = render("text", failing())
    assert (
        "  fail core/synthetic-per-shard, shard 07.jsonl\n"
        "    what:  31.3% of records in shard 07.jsonl are machine-made, the cap is 20%\n"
        "    where: data/train/web.dvc:3\n"
        "    found: 31.3% of records; allowed: at most 20% of records\n"
        "    next:  move 498 machine-made records out of shard 07.jsonl, or add 1,990 real ones\n"
    ) in text


def test_the_verdict_is_the_last_line_and_stands_once() -> None:
    lines = render("text", failing()).splitlines()
    assert [line.startswith("headwater: ") for line in lines] == [False] * (len(lines) - 1) + [True]


def test_ten_thousand_findings_fit_on_a_screen_and_are_counted() -> None:
    text = render("text", many())
    assert len(text.splitlines()) < 130
    assert "and 9,980 more findings of core/synthetic-per-shard" in text


@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_stays_text(text: str, color: bool) -> None:
    shown = ANSI.sub("", render("text", evil(text), color=color)) if color else render("text", evil(text))
    lines = shown.split("\n")
    assert lines.pop() == ""
    assert all(line.isprintable() for line in lines)
    assert all(line.startswith(OURS) or not line for line in lines)
    assert [line for line in lines if line.startswith("headwater:")] == lines[-1:]
    assert lines[-1].startswith("headwater: refused: 1 blocking finding, 1 warning")
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert not re.search(r"##(\[|vso\[)", shown, re.IGNORECASE)
    assert max(map(len, lines)) < 800


def test_hostile_text_gives_as_many_lines_as_harmless_text() -> None:
    lengths = {len(render("text", evil(text)).splitlines()) for text in EVIL.values() if text.strip()}
    assert len(lengths) == 1
