"""Workflow commands: the runner reads exactly those that are meant."""

from __future__ import annotations

import re

import pytest
from report.evil import EVIL
from report.samples import clean, evil, failing, many

from checker.report import render

COMMAND = re.compile(r"^::(error|warning|notice) ([^:\r\n]*)::([^\r\n]*)$")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner would read: lines that start with `::` after spaces, on any kind of line break it knows."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if line.lstrip().startswith("::"):
            match = COMMAND.match(line)
            assert match, line
            properties = dict(part.split("=", 1) for part in match[2].split(","))
            found.append((match[1], {key: plain(value) for key, value in properties.items()}, plain(match[3])))
    return found


def plain(text: str) -> str:
    """As the runner unescapes."""
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_a_clean_run_annotates_nothing() -> None:
    assert commands(render("github", clean())) == []


def test_a_finding_stands_at_its_line() -> None:
    found = commands(render("github", failing()))
    assert [kind for kind, _, _ in found] == ["error", "error", "error", "warning"]
    assert found[1] == (
        "error",
        {"file": "data/train/web.dvc", "line": "3", "title": "core/synthetic-per-shard on data/train/web"},
        "shard 07.jsonl: 31.3% of records in shard 07.jsonl are machine-made, the cap is 20%\n"
        "next: move 498 machine-made records out of shard 07.jsonl, or add 1,990 real ones",
    )
    assert found[3][1] == {
        "file": "data/train/web.md",
        "line": "7",
        "col": "3",
        "title": "core/license on data/train/web",
    }


def test_ten_of_a_kind_and_the_rest_counted() -> None:
    text = render("github", many())
    assert len(commands(text)) == 10
    assert "9,990 more errors without an annotation" in text


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_gives_no_further_command(text: str) -> None:
    shown = render("github", evil(text))
    assert [kind for kind, _, _ in commands(shown)] == ["error", "warning"]
    outside = [line for line in shown.splitlines() if not line.startswith("::")]
    assert len(outside) == 1 and outside[0].startswith("headwater: refused")
    assert all(line.isprintable() for line in shown.split("\n"))
