"""Every real card beside the repository, held against what its publishers say is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.model.card import Card
from checker.model.card_packs import CARD_KEYS
from checker.read.cards import card_format, read_card

pytestmark = pytest.mark.shared

# What mlcroissant says of the case -> what the structural check says.
EXPECTED = {
    "distribution_bad_contained_in": "containedIn refers to 'THISDOESNOTEXIST', which is nowhere in the card",
    "distribution_bad_id": "contains a space",
    "distribution_bad_type": "@type is sc:WRONG_TYPE_HERE, cr:FileObject or cr:FileSet is expected",
    "distribution_missing_encoding_format": "has no encodingFormat",
    "distribution_missing_property_content_url": "has no contentUrl",
    "metadata_bad_type": "sc:Dataset is expected",
    "mlfield_bad_source": "source refers to 'THISDOESNOTEXIST', which is nowhere in the card",
    "mlfield_bad_type": "@type is sc:WRONG_TYPE, cr:Field is expected",
    "mlfield_missing_source": "has neither source nor value",
    "recordset_bad_type": "@type is sc:WRONG_TYPE, cr:RecordSet is expected",
    "recordset_missing_context_for_datatype": "has no dataType",
    "recordset_wrong_join": "without a join",
}
_MARK = re.compile(r"^\s*\[(?:More Information Needed|Needs More Information)\](?:\(\S*\))?\s*$", re.MULTILINE)
MAPPED = (
    "### Personal and Sensitive Information",
    "### Social Impact of Dataset",
    "### Discussion of Biases",
    "### Other Known Limitations",
    "### Dataset Curators",
    "### Licensing Information",
    "### Dataset Summary",
)
KEYS = ("personal_data", "social_impact", "biases", "limitations", "issuer", "license_details", "description")


def hub_cards(shared: Path) -> Iterator[tuple[str, frozenset[str], str, Card]]:
    """Name, groups, text and card of each card of the Hub."""
    for line in (shared / "cards" / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        data = (shared / "cards" / entry["path"]).read_bytes()
        yield entry["path"], frozenset(entry["group"].split("+")), data.decode(), read_card(entry["path"], data)


def croissants(folder: Path) -> list[tuple[str, Card]]:
    return [
        (str(path.relative_to(folder)), read_card(path.name, path.read_bytes()))
        for path in sorted(folder.rglob("*.json"))
    ]


def test_every_card_is_seen_as_one(shared: Path) -> None:
    paths = [*shared.glob("cards/*/*/README.md"), *shared.glob("croissant/**/*.json")]
    assert len(paths) >= 100
    assert [path for path in paths if card_format(f"x/{path.name}", path.read_bytes()[:65_536]) is None] == []


def test_no_front_matter_is_a_problem_and_only_there(shared: Path) -> None:
    for path, groups, _, card in hub_cards(shared):
        said = any("no front matter" in problem.message for problem in card.problems)
        assert said == ("no-front-matter" in groups), path


def test_licenses_are_filled_only_where_there_is_one(shared: Path) -> None:
    for path, groups, _, card in hub_cards(shared):
        absent = groups & {"no-license", "no-front-matter"}
        if "unknown-license" in groups:
            assert "unknown" in [value.content for value in card.fields["license"]], path
        assert bool(card.filled("license")) == (not absent and "unknown-license" not in groups), path
        assert bool(card.fields.get("license")) == (not absent), path


def test_a_map_of_languages_is_a_problem_and_only_there(shared: Path) -> None:
    for path, groups, _, card in hub_cards(shared):
        said = any(problem.message.startswith("languages is a mapping") for problem in card.problems)
        assert said == ("languages-map" in groups), path


def test_placeholders_are_not_filled(shared: Path) -> None:
    seen = 0
    for path, _, text, card in hub_cards(shared):
        for heading, key in zip(MAPPED, KEYS, strict=True):
            part = re.search(rf"^{heading}\r?\n([\s\S]*?)(?=^#|\Z)", text, re.MULTILINE)
            if part and _MARK.fullmatch(part[1].strip()):
                seen += 1
                value = next(value for value in card.fields[key] if value.pointer == f"body: {heading.strip('# ')}")
                assert not value.filled, (path, key)
    assert seen > 150


def test_no_filled_statement_is_a_placeholder(shared: Path) -> None:
    for path, _, _, card in hub_cards(shared):
        for key, values in card.fields.items():
            for value in values:
                assert not value.filled or not _MARK.fullmatch(str(value.content)), (path, key)


def test_cards_that_the_index_calls_filled_describe_themselves(shared: Path) -> None:
    for path, groups, _, card in hub_cards(shared):
        if groups == {"filled"}:
            assert card.filled("description"), path
            assert card.filled("name"), path


def test_every_statement_has_a_line_that_exists(shared: Path) -> None:
    for path, _, text, card in hub_cards(shared):
        lines = len(re.split("\r\n|\r|\n", text))
        for key, values in card.fields.items():
            for value in values:
                assert value.location.line is not None, (path, key)
                assert 1 <= value.location.line <= lines, (path, key)
                assert value.pointer, (path, key)


def test_a_scalar_of_the_front_matter_stands_where_it_is_said_to(shared: Path) -> None:
    for path, _, text, card in hub_cards(shared):
        lines = text.splitlines()
        for key in ("license", "language", "size_category"):
            for value in card.fields.get(key, ()):
                place = value.location
                if value.pointer.startswith("/") and isinstance(value.content, str) and place.line and place.column:
                    assert lines[place.line - 1][place.column - 1 :].lstrip("\"'").startswith(value.content), (
                        path,
                        key,
                    )


def test_norwegian_that_became_false_is_found(shared: Path) -> None:
    card = next(card for path, _, _, card in hub_cards(shared) if "norne" in path)
    assert [(problem.location.line, problem.message) for problem in card.problems] == [
        (7, 'language is false, text is expected; Norwegian is "no" in quotes')
    ]


def test_valid_croissant_has_no_problem(shared: Path) -> None:
    cards = croissants(shared / "croissant" / "valid")
    assert len(cards) >= 25
    assert [(path, card.problems) for path, card in cards if card.problems] == []
    assert {card.version for _, card in cards} == {"1.0"}


def test_erroneous_croissant_has_the_problem_that_its_validator_names(shared: Path) -> None:
    cards = croissants(shared / "croissant" / "erroneous")
    assert {Path(path).parent.name for path, _ in cards} == EXPECTED.keys()
    for path, card in cards:
        messages = [problem.message for problem in card.problems]
        assert any(EXPECTED[Path(path).parent.name] in message for message in messages), (path, messages)
        assert len(messages) == 1, (path, messages)
        assert card.problems[0].location.line is not None, path


def test_canonical_keys_are_all_that_real_cards_fill(shared: Path) -> None:
    filled = {key for _, _, _, card in hub_cards(shared) for key in card.fields}
    filled |= {key for _, card in croissants(shared / "croissant" / "valid") for key in card.fields}
    assert filled <= CARD_KEYS.keys()
