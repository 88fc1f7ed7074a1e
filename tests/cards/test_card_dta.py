"""D&TA 1.0.0 and OASIS provenance metadata."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards import read_card

Read = Callable[[str], Card]
SAMPLES = Path(__file__).parent / "samples"


def contents(card: Card, key: str) -> list[object]:
    return [value.content for value in card.filled(key)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["River Notes"]),
        ("id", ["urn:uuid:4f9be37e-ec84-4b3d-a7a4-11d7a3c1b9d5"]),
        ("version", []),
        ("url", ["https://example.org/river"]),
        ("issuer", [{"name": "The River Society", "address": ("1 Quay",)}]),
        ("description", ["Notes of people who live by a river."]),
        ("sources", ["https://example.org/gauges", {"name": "Town Archive"}]),
        ("geography", [{"country": "NO"}]),
        ("date", ["2024-07-01"]),
        ("date_previous", ["2023-07-01"]),
        ("collection_period", [{"start": "2024-01-01", "end": "2024-06-30"}]),
        ("acquisition", ["web-scraping-crawling-textual", "machine-generated-mlops-generative: small-lm 3"]),
        ("synthetic", [True]),
        ("generators", ["small-lm 3"]),
        ("modality", ["text", "image"]),
        ("personal_data", [{"regulation": {"code": "pi"}, "evaluated": True}]),
        ("license", ["https://creativecommons.org/licenses/by/4.0/"]),
        ("intended_use", [{"code": "ai-pre-training"}]),
        ("ip.copyright", ["no"]),
    ],
)
def test_data_and_trust_alliance(sample: Read, key: str, expected: list[object]) -> None:
    assert contents(sample("dta-1.0.0.json"), key) == expected


def test_the_version_of_the_standard_is_not_the_version_of_the_data(sample: Read) -> None:
    card = sample("dta-1.0.0.json")
    assert (card.format, card.version, card.problems) == (CardFormat.DTA, "1.0.0", ())


def test_places(sample: Read) -> None:
    value = sample("dta-1.0.0.json").filled("synthetic")[0]
    assert (value.location, value.pointer) == (Location("dta-1.0.0.json", 19, 7), "/provenance/generation-method/1")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["River Notes"]),
        ("version", ["2.0.1"]),
        ("id", ["4f9be37e-ec84-4b3d-a7a4-11d7a3c1b9d5"]),
        ("description", ["Notes by a river."]),
        ("contact", ["river@example.org"]),
        ("limitations", ["Only letters."]),
        ("intended_use", ["Teaching about rivers.", {"code": "pre-training"}]),
        ("personal_data", [{"code": "pi"}]),
        ("synthetic", [True]),
        ("license", ["CC-BY-4.0"]),
    ],
)
def test_oasis(sample: Read, key: str, expected: list[object]) -> None:
    card = sample("oasis.json")
    assert contents(card, key) == expected
    assert (card.version, card.problems) == ("oasis-1.0", ())


def changed(change: Callable[[dict[str, Any]], object]) -> Card:
    body = json.loads((SAMPLES / "dta-1.0.0.json").read_text())
    change(body)
    return read_card("c.json", json.dumps(body, indent=1).encode())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("machine-generated-mlops-synthetic", [True], id="synthetic"),
        pytest.param("machine-generated-mlops-twin", [True], id="a digital twin"),
        pytest.param("simulations-na", [True], id="simulated"),
        pytest.param("machine-generated-mlops-ai-inferred", [], id="labels by a model are not synthetic data"),
        pytest.param("machine-generated-mlops-machine-2-machine", [], id="telemetry is not synthetic data"),
        pytest.param("data-augmentation-na", [], id="augmented: not said"),
        pytest.param("feeds-rss-source", [], id="a feed: silence is no statement"),
    ],
)
def test_only_codes_for_generated_data_say_synthetic(code: str, expected: list[bool]) -> None:
    card = changed(lambda body: body["provenance"].update({"generation-method": [{"code": code}]}))
    assert contents(card, "synthetic") == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda b: b.pop("use"), "the group use is missing", id="a group missing"),
        pytest.param(
            lambda b: b.update(use=[]), "use is a list, an object is expected", id="a group of the wrong type"
        ),
        pytest.param(lambda b: b["provenance"].update({"generation-method": [{}]}), "a code is expected", id="no code"),
        pytest.param(lambda b: b["provenance"].update({"generation-method": 3}), "a code is expected", id="a number"),
    ],
)
def test_what_is_malformed_is_a_problem(change: Callable[[dict[str, Any]], object], message: str) -> None:
    found = changed(change).problems
    assert [message in problem.message for problem in found] == [True]


def test_a_headwater_object_adds_what_the_standard_lacks() -> None:
    card = changed(lambda body: body.update(headwater={"version": "1.0.0", "synthetic_share": 0.3}))
    assert contents(card, "version") == ["1.0.0"]
    assert contents(card, "synthetic_share") == [0.3]


def test_a_damaged_file_is_an_error() -> None:
    with pytest.raises(CardError, match="not valid JSON"):
        read_card("c.json", (SAMPLES / "dta-1.0.0.json").read_bytes()[:-3])
