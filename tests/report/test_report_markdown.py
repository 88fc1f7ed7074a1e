"""The comment: a real Markdown parser sees our elements and nobody else's."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from report.evil import EVIL
from report.samples import SAMPLES, evil, failing, many

from checker.report import render

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
ALLOWED = TABLE | {"h3", "p", "br", "code", "strong", "em", "details", "summary", "ul", "li", "blockquote"}


class Seen(HTMLParser):
    """Every tag, attribute and piece of text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.comments: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(markdown: str) -> Seen:
    """As GitHub would: CommonMark with HTML, tables, strike-through and links from bare addresses."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    seen = Seen()
    seen.feed(parser.render(markdown))
    return seen


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_becomes_no_element(text: str) -> None:
    markdown = render("markdown", evil(text))
    seen = shown(markdown)
    assert seen.tags <= ALLOWED
    assert seen.attributes <= {"style"}  # the parser's own alignment of table cells
    assert seen.comments == [" headwater:report "]
    assert all(char.isprintable() or char in "\n\u200b" for char in seen.text)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_calls_nobody_and_links_nowhere(text: str) -> None:
    seen = shown(render("markdown", evil(text)))
    words = seen.text.replace("\u200b", "\n").split()
    assert not any(word.startswith("@") and len(word) > 1 for word in words)
    assert not any(word.startswith("#") and word[1:2].isdigit() for word in words)
    assert "www." not in seen.text
    raw = render("markdown", evil(text))
    assert "://" not in raw


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_breaks_no_row(text: str) -> None:
    lines = render("markdown", evil(text)).splitlines()
    start = lines.index("|---|---|---|---:|---:|---|")
    assert [line.count("|") for line in lines[start - 1 : start + 3]] == [7, 7, 7, 7]


@pytest.mark.parametrize("build", [*SAMPLES.values(), many], ids=[*SAMPLES, "many"])
def test_fits_into_a_comment(build: object) -> None:
    assert callable(build)
    assert len(render("markdown", build())) <= 60_000


@pytest.mark.parametrize("text", ["@" * 10_000, "x|" * 5_000], ids=["mentions", "pipes"])
def test_hostile_length_fits_into_a_comment(text: str) -> None:
    assert len(render("markdown", evil(text))) <= 60_000


def test_what_is_left_out_is_counted() -> None:
    markdown = render("markdown", many())
    rows = markdown.count("core/synthetic-per-shard")
    assert f"**{10_000 - rows:,} more findings** left out here" in markdown
    assert "| Dataset | Records | Human | Machine | Mixed | Unknown |" in markdown


def test_starts_with_the_marker_that_a_sticky_comment_is_found_by() -> None:
    assert render("markdown", failing()).startswith("<!-- headwater:report -->\n")
