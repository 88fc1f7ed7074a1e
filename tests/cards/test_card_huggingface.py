"""Hugging Face cards: both templates, every trap of the front matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.model.card import Card, CardFormat
from checker.model.location import Location

Read = Callable[[str], Card]


def contents(card: Card, key: str) -> list[object]:
    """The filled statements on a key."""
    return [value.content for value in card.filled(key)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["River Notes", "River Notes"]),
        ("version", ["2.0.1", "1.2.0"]),
        ("version_bump", ["minor"]),
        ("description", ["Notes of people who live by a river."]),
        ("issuer", ["The River Society"]),
        ("contact", ["river@example.org"]),
        ("license", ["cc-by-4.0", "odc-by"]),
        ("license_name", ["river-license"]),
        ("license_link", ["LICENSE"]),
        ("language", ["en", "no"]),
        ("multilinguality", ["multilingual"]),
        ("modality", ["text", "image"]),
        ("domain", ["health", "legal"]),
        ("size_category", ["1K<n<10K"]),
        ("size_records", [4000]),
        ("size_bytes", [2000]),
        ("size", [4000, 2000, "1K<n<10K"]),
        ("synthetic", [True, True, True]),
        ("synthetic_share", [0.25]),
        ("generators", [{"model": "small-lm", "version": "3"}]),
        ("annotations_creators", ["crowdsourced"]),
        ("language_creators", ["found", "machine-generated"]),
        ("acquisition", ["original", "extended", "Letters were scanned and typed."]),
        ("sources", [{"name": "river gauge log", "url": "https://example.org/gauges"}, "wikipedia", "laion/laion-2b"]),
        ("collection_period", [{"start": "2024-01", "end": "2024-06"}]),
        ("collection_period.start", ["2024-01"]),
        ("maintenance.retention", ["five years"]),
        ("approvals", [{"role": "data-steward", "person": "A. Miller", "at": "2024-07-01"}]),
        ("intended_use", ["Teaching language models about rivers."]),
        ("out_of_scope", []),
        ("annotation", []),
        ("personal_data", ["Names of writers were removed."]),
        ("biases", ["Only people who write letters."]),
        ("limitations", ["Only people who write letters."]),
        ("tasks", ["text-generation"]),
        ("url", ["https://example.org/river"]),
    ],
)
def test_the_current_template(sample: Read, key: str, expected: list[object]) -> None:
    found = contents(sample("current.md"), key)
    if key == "acquisition":
        assert all(str(text).startswith("Letters were scanned and typed.") for text in found[2:])
        found = [*found[:2], *(str(text).partition("\n")[0] for text in found[2:])]
    assert found == expected


def test_the_current_template_has_no_problem(sample: Read) -> None:
    card = sample("current.md")
    assert card.problems == ()
    assert card.format is CardFormat.HUGGING_FACE
    assert len(card.digest) == 64


@pytest.mark.parametrize(
    ("key", "index", "line", "column", "pointer"),
    [
        pytest.param("license", 1, 5, 3, "/license/1", id="an item of a list"),
        pytest.param("name", 0, 2, 14, "/pretty_name", id="a scalar"),
        pytest.param("synthetic", 0, 54, 20, "/headwater/synthetic_share", id="under headwater"),
        pytest.param("size_records", 0, 34, 19, "/dataset_info/0/splits/0/num_examples", id="deep in dataset_info"),
        pytest.param("personal_data", 0, 117, None, "body: Personal and Sensitive Information", id="a heading"),
        pytest.param("issuer", 0, 79, None, "body: curated by", id="a bullet"),
    ],
)
def test_places(sample: Read, key: str, index: int, line: int, column: int | None, pointer: str) -> None:
    value = sample("current.md").filled(key)[index]
    assert (value.location, value.pointer) == (Location("current.md", line, column), pointer)


LEGACY = """---
languages:
- en
licenses:
- mit
pretty_name: null
---

# Dataset Card for "old"

## Dataset Description

- **Homepage:** [More Information Needed]
- **Point of Contact:** someone@example.org

### Dataset Summary

Old letters.

## Dataset Creation

### Source Data

#### Initial Data Collection and Normalization

[More Information Needed]

#### Who are the source language producers?

Villagers.

### Personal and Sensitive Information

[More Information Needed](https://example.org/how-to)

## Considerations for Using the Data

### Social Impact of Dataset

Small.

### Discussion of Biases

TODO

### Other Known Limitations

None.

## Additional Information

### Dataset Curators

Two librarians.

### Licensing Information

See the archive.
"""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["old"]),
        ("language", ["en"]),
        ("license", ["mit"]),
        ("license_details", ["See the archive."]),
        ("description", ["Old letters."]),
        ("contact", ["someone@example.org"]),
        ("url", []),
        ("acquisition", ["Villagers."]),
        ("personal_data", []),
        ("social_impact", ["Small."]),
        ("biases", []),
        ("limitations", ["None."]),
        ("issuer", ["Two librarians."]),
    ],
)
def test_the_legacy_template(markdown: Read, key: str, expected: list[object]) -> None:
    assert contents(markdown(LEGACY), key) == expected


def test_the_legacy_template_has_no_problem(markdown: Read) -> None:
    assert markdown(LEGACY).problems == ()


def test_a_placeholder_is_a_statement_that_is_not_filled(markdown: Read) -> None:
    value = markdown(LEGACY).fields["personal_data"][0]
    assert (value.filled, value.location.line) == (False, 32)


def test_with_crlf_the_same_is_read(markdown: Read) -> None:
    windows = markdown(LEGACY.replace("\n", "\r\n"))
    assert windows.fields == markdown(LEGACY).fields
    assert windows.problems == ()


def problems(card: Card) -> list[tuple[int | None, str]]:
    return [(problem.location.line, problem.message) for problem in card.problems]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("", 1, "no front matter", id="an empty file"),
        pytest.param("# Only a body\n", 1, "no front matter", id="only a body"),
        pytest.param("---\nlicense: mit\n", 1, "no front matter", id="front matter without an end"),
        pytest.param("\ufeff---\nlicense: mit\n---\n", 1, "byte-order mark", id="a byte-order mark"),
        pytest.param("Hello\n---\nlicense: mit\n---\n", 2, "text stands before", id="text before the front matter"),
        pytest.param("---\n- a\n---\n", 2, "not a mapping", id="a list"),
        pytest.param("---\njust text\n---\n", 2, "not a mapping", id="text"),
        pytest.param("---\nlicense: mit\na: [\n---\n", 4, "cannot be read", id="broken YAML"),
        pytest.param("---\nlicense: !!python/name:os.system x\n---\n", 2, "the tag", id="a tag"),
        pytest.param("---\nlicense: mit\nlanguage: en\nlicense: gpl\n---\n", 4, "stands twice", id="a duplicate key"),
        pytest.param("---\nlanguage: [no, en]\n---\n", 2, 'write "no" in quotes', id="a bare no"),
        pytest.param("---\nlanguage:\n- false\n---\n", 3, "text is expected", id="false for Norwegian"),
        pytest.param("---\nlanguages:\n  a: [en]\n---\n", 2, "a mapping by configuration", id="a map of languages"),
        pytest.param("---\nsize_categories: 12\n---\n", 2, "one of these is expected", id="a number for a band"),
        pytest.param("---\nannotations_creators: [robots]\n---\n", 2, "one of these", id="an unknown creator"),
        pytest.param("---\nversion: 1.10\n---\n", 2, "version is 1.10", id="a version that is a number"),
        pytest.param("---\nheadwater: text\n---\n", 2, "headwater is not a mapping", id="headwater is text"),
        pytest.param("---\nheadwater: {synthetic: maybe}\n---\n", 2, "neither yes nor no", id="synthetic maybe"),
        pytest.param("---\nheadwater: {synthetic_share: 25}\n---\n", 2, "from 0 to 1", id="a share of 25"),
        pytest.param("---\nheadwater: {size_records: many}\n---\n", 2, "a whole number", id="many records"),
        pytest.param(
            "---\ntags: [synthetic]\nheadwater: {synthetic: false}\n---\n", 3, "contradicts itself", id="yes and no"
        ),
        pytest.param("---\nconfigs:\n- data_files: a\n---\n", 3, "without config_name", id="a nameless configuration"),
        pytest.param("---\ndataset_info: 3\n---\n", 2, "dataset_info is not", id="dataset_info is a number"),
        pytest.param(
            "---\ndataset_info: {splits: [{name: a, num_examples: x}]}\n---\n",
            2,
            "num_examples is",
            id="a word for a count",
        ),
    ],
)
def test_what_a_reader_would_misread_is_a_problem(markdown: Read, text: str, line: int, message: str) -> None:
    found = problems(markdown(text))
    assert len(found) == 1
    assert found[0][0] == line
    assert message in found[0][1]


def test_behind_a_byte_order_mark_the_statements_are_still_read(markdown: Read) -> None:
    assert contents(markdown("\ufeff---\nlicense: mit\n---\n"), "license") == ["mit"]


def test_of_a_duplicate_key_the_first_entry_is_read_and_the_rest_keeps_its_lines(markdown: Read) -> None:
    card = markdown("---\nlicense: mit\nlicense:\n- gpl\n- bsd\nlanguage: en\n---\n# T\n")
    assert contents(card, "license") == ["mit"]
    assert card.filled("language")[0].location.line == 6


def test_a_duplicate_inside_a_mapping(markdown: Read) -> None:
    card = markdown("---\nheadwater:\n  domain: health\n  domain: legal\nlicense: mit\n---\n")
    assert contents(card, "domain") == ["health"]
    assert contents(card, "license") == ["mit"]
    assert [line for line, _ in problems(card)] == [4]


def test_a_duplicate_on_one_line_leaves_only_the_body(markdown: Read) -> None:
    card = markdown("---\n{license: mit, license: gpl}\n---\n# Rivers\n")
    assert contents(card, "license") == []
    assert contents(card, "name") == ["Rivers"]
    assert "stands twice" in card.problems[0].message


@pytest.mark.parametrize(
    "written", [pytest.param("no", id="bare"), pytest.param('"no"', id="in quotes"), pytest.param("'no'", id="single")]
)
def test_norwegian_stays_norwegian(markdown: Read, written: str) -> None:
    card = markdown(f"---\nlanguage: [{written}, en]\n---\n")
    assert contents(card, "language") == ["no", "en"]
    assert len(card.problems) == (written == "no")


def test_a_map_of_languages_gives_each_language_once(markdown: Read) -> None:
    card = markdown("---\nlanguages:\n  neen: [en, ne]\n  sien: [en, si]\n---\n")
    assert contents(card, "language") == ["en", "ne", "si"]
    assert card.filled("language")[2].pointer == "/languages/sien/1"


def test_an_unknown_license_is_not_filled(markdown: Read) -> None:
    card = markdown("---\nlicense: unknown\n---\n- **License:** mit\n")
    assert [(value.content, value.filled) for value in card.fields["license"]] == [("unknown", False)]


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        pytest.param("pretty_name: R", ["mit"], id="from the body when the front matter is silent"),
        pytest.param("license: apache-2.0", ["apache-2.0"], id="not from the body otherwise"),
    ],
)
def test_the_license_of_the_body_is_a_fallback(markdown: Read, front: str, expected: list[str]) -> None:
    assert contents(markdown(f"---\n{front}\n---\n- **License:** mit\n"), "license") == expected


def test_without_a_figure_for_each_configuration_there_is_no_sum(markdown: Read) -> None:
    info = "dataset_info:\n- splits: [{name: a, num_examples: 3}]\n- {config_name: b}\n"
    card = markdown(f"---\n{info}---\n")
    assert "size_records" not in card.fields
    assert contents(card, "splits") == [{"name": "a", "num_examples": 3}]


def test_silence_on_synthetic_data_is_no_statement(markdown: Read) -> None:
    card = markdown("---\nlicense: mit\nlanguage_creators: [found]\ntags: [rivers]\n---\n")
    assert "synthetic" not in card.fields


def test_splits_of_the_configurations(markdown: Read) -> None:
    files = "configs:\n- config_name: a\n  data_files:\n  - {split: train, path: a/*.jsonl}\n"
    assert contents(markdown(f"---\n{files}---\n"), "splits") == [{"name": "train", "config": "a", "path": "a/*.jsonl"}]


def test_bytes_that_are_not_utf_8_are_a_problem_with_their_line() -> None:
    from checker.read.cards import read_card

    card = read_card("cards/a.md", b"---\nlicense: mit\n---\n# Caf\xe9\n")
    assert contents(card, "license") == ["mit"]
    assert [(problem.location.line, problem.message) for problem in card.problems] == [
        (4, "byte 0xe9 is not UTF-8; save the card as UTF-8")
    ]


def test_the_text_under_the_title_describes_when_nothing_else_does(markdown: Read) -> None:
    card = markdown("---\nlicense: mit\n---\n# Rivers\n\nLetters.\n\n## Usage\nx\n")
    assert contents(card, "description") == ["Letters."]


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        pytest.param("tags: [Synthetic]", [True], id="a tag"),
        pytest.param("tags: [synthetic-data]", [True], id="another tag"),
        pytest.param("tags: synthetic", [True], id="a tag that is no list"),
        pytest.param("language_creators: {a: [found], b: [machine-generated]}", [True], id="in a map of creators"),
        pytest.param("annotations_creators: [machine-generated]", [], id="labels by a model are not synthetic data"),
        pytest.param("tags: [3, null, {a: b}]", [], id="tags that are no text"),
    ],
)
def test_what_says_synthetic(markdown: Read, front: str, expected: list[bool]) -> None:
    assert contents(markdown(f"---\n{front}\n---\n"), "synthetic") == expected


def test_languages_of_the_body_are_one_value_each(markdown: Read) -> None:
    card = markdown("---\npretty_name: R\n---\n- **Language(s) (NLP):** English, Nynorsk and Sami\n")
    assert contents(card, "language") == ["English", "Nynorsk", "Sami"]


def test_after_a_hundred_problems_the_rest_is_counted(markdown: Read) -> None:
    card = markdown("---\nconfigs:\n" + "- {}\n" * 150 + "---\n")
    assert len(card.problems) == 101
    assert card.problems[-1].message == "50 more problems of this card are not listed"
