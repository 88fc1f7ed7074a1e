"""Front matter as the Hub splits it, headings, bullets."""

from __future__ import annotations

import time

import pytest

from checker.read.cards._markdown import Body, front_matter, plain_title, without_bullets


@pytest.mark.parametrize(
    ("text", "inner", "first_line", "late"),
    [
        pytest.param("---\na: 1\n---\n", "a: 1", 2, False, id="plain"),
        pytest.param("---\r\na: 1\r\nb: 2\r\n---\r\nx", "a: 1\r\nb: 2", 2, False, id="CRLF"),
        pytest.param("---\ra: 1\r---\n", "a: 1", 2, False, id="CR alone"),
        pytest.param("\n\n---\na: 1\n---", "a: 1", 4, False, id="blank lines before, no line after"),
        pytest.param("---\na: 1\n---  \nx", "a: 1", 2, False, id="spaces after the dashes"),
        pytest.param("---\na: 1\n----\nb: 2\n---\n", "a: 1\n----\nb: 2", 2, False, id="four dashes are not the end"),
        pytest.param("# Title\n---\na: 1\n---\n", "a: 1", 3, True, id="a heading before it"),
    ],
)
def test_front_matter(text: str, inner: str, first_line: int, late: bool) -> None:
    block = front_matter(text)
    assert block is not None
    assert (block.text, block.first_line, block.late) == (inner, first_line, late)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# Title\n", id="only a body"),
        pytest.param("---\n---\n", id="nothing between the dashes"),
        pytest.param("---\na: 1\n", id="no end"),
        pytest.param("text\n\n---\n\nmore text\n\n---\n", id="rules between paragraphs"),
    ],
)
def test_no_front_matter(text: str) -> None:
    assert front_matter(text) is None


def test_the_body_starts_after_the_front_matter() -> None:
    block = front_matter("---\na: 1\n---\n# Title\n")
    assert block is not None
    assert block.end_line == 4


def test_sections_with_their_own_and_their_whole_text() -> None:
    body = Body("# A\none\n## B\ntwo\n### C\nthree\n## D #\n\n~~~\n## no heading\n~~~\n####### seven\n#tag\n")
    texts = {
        section.title: (section.line, body.own(section), body.whole(index))
        for index, section in enumerate(body.sections)
    }
    assert texts["A"][:2] == (1, "one")
    assert texts["B"] == (3, "two", "two\nthree")
    assert texts["C"] == (5, "three", "three")
    assert texts["D"][1] == "~~~\n## no heading\n~~~\n####### seven\n#tag"
    assert list(texts) == ["A", "B", "C", "D"]


def test_the_whole_text_without_sections_that_stand_for_themselves() -> None:
    body = Body("# A\none\n## B\ntwo\n### C\nthree\n## D\nfour\n# E\nfive")
    assert body.whole(0, {"b"}) == "one\nfour"
    assert body.whole(0, {"a", "c"}) == "one\ntwo\nfour"
    assert body.whole(4) == "five"


def test_bullets_with_labels() -> None:
    body = Body("x\n- **Curated by:** us\n* **Funded by [optional]:** them\n- **License**: mit\n- plain\n")
    assert [(bullet.label, bullet.text, bullet.line) for bullet in body.bullets()] == [
        ("curated by", "us", 2),
        ("funded by", "them", 3),
        ("license", "mit", 4),
    ]


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        pytest.param("Annotations [optional]", "annotations", id="optional"),
        pytest.param("**Social Impact of Dataset**:", "social impact of dataset", id="bold with a colon"),
        pytest.param("2.1 Source  Data", "source data", id="numbered"),
        pytest.param("Language(s) (NLP)", "language(s) (nlp)", id="brackets stay"),
    ],
)
def test_titles_are_compared_plainly(title: str, plain: str) -> None:
    assert plain_title(title) == plain


def test_a_description_without_its_links() -> None:
    assert without_bullets("About rivers.\n- **Homepage:** x\n") == "About rivers."


@pytest.mark.parametrize("unit", ["# \n", "# a # # ", "#" * 6 + " a\n", "- **a", "\n---", "```\n", " "])
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    front_matter(text)
    body = Body(text)
    list(body.bullets())
    assert len(body.sections) <= 500_000
    assert time.process_time() - start < 20
