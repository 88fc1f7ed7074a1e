"""What says nothing, and what only looks as if it said nothing."""

from __future__ import annotations

import time

import pytest

from checker.read.cards._placeholders import says_something, without_placeholders


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="null"),
        pytest.param("", id="empty text"),
        pytest.param("  \n\t", id="only space"),
        pytest.param("[More Information Needed]", id="the mark of the current template"),
        pytest.param("[Needs More Information]", id="the mark of the card creator"),
        pytest.param("[more information needed]", id="the mark in lower case"),
        pytest.param("[More Information Needed](https://example.org/how-to)", id="the mark as a link"),
        pytest.param("More information needed.", id="the mark in prose"),
        pytest.param("<!-- Provide a summary. -->", id="a comment"),
        pytest.param("<!-- not closed", id="a comment that never ends"),
        pytest.param("<!-- a -->\n<!-- b -->", id="two comments"),
        pytest.param("{{ dataset_summary }}", id="an unfilled template"),
        pytest.param("- **Leaderboard:**\n- **Point of Contact:**", id="bullets without text"),
        pytest.param("- **Repository:** [More Information Needed](x)", id="a bullet with the mark"),
        pytest.param("[Dataset Name]", id="the name of the template"),
        pytest.param(
            "Users should be made aware of the risks, biases and limitations of the dataset. "
            "More information needed for further recommendations.",
            id="the sentence of the template",
        ),
        pytest.param("TODO", id="to do"),
        pytest.param("tbd.", id="to be decided"),
        pytest.param("To be provided", id="to be provided"),
        pytest.param("N/A", id="not applicable"),
        pytest.param("**Unknown**", id="unknown"),
        pytest.param("...", id="dots"),
        pytest.param("-", id="a dash"),
        pytest.param([], id="an empty list"),
        pytest.param({}, id="an empty mapping"),
        pytest.param({"plan": None, "retention": "TBD"}, id="a mapping of placeholders"),
        pytest.param(("", "[More Information Needed]"), id="a list of placeholders"),
    ],
)
def test_a_placeholder_says_nothing(content: object) -> None:
    assert not says_something(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(False, id="false"),
        pytest.param(0, id="zero"),
        pytest.param("None", id="the word none"),
        pytest.param("No", id="no"),
        pytest.param("no", id="Norwegian"),
        pytest.param("[More Information Needed] on the north; the south is covered.", id="a mark with text"),
        pytest.param("Unknown authors wrote it.", id="unknown in a sentence"),
        pytest.param("- **Homepage:** https://example.org", id="a bullet with text"),
        pytest.param({"plan": "yearly", "retention": None}, id="a mapping with one statement"),
    ],
)
def test_a_statement_says_something(content: object) -> None:
    assert says_something(content)


def test_what_is_left_without_placeholders() -> None:
    text = "<!-- why -->\n[More Information Needed]\n- **Paper:** \nLetters by a river."
    assert without_placeholders(text) == "Letters by a river."


@pytest.mark.parametrize(
    "unit",
    ["[insert ", "[todo](", "<!--", "{{", "- **a**   ", "[ \n", "* **", "[more information needed](("],
)
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    start = time.process_time()
    without_placeholders(unit * (1_000_000 // len(unit)))
    assert time.process_time() - start < 10
