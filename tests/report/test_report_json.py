"""The JSON report: valid against its own published schema, exact, and the same twice."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from report.evil import EVIL
from report.samples import SAMPLES, clean, evil, failing, many, outcome

from checker.report import render
from checker.report._schema import schema

VALIDATOR = Draft202012Validator(schema())


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_are_valid(sample: str) -> None:
    VALIDATOR.validate(json.loads(render("json", SAMPLES[sample]())))


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_hostile_text_is_a_string_in_its_place(text: str) -> None:
    shown = render("json", evil(text))
    assert shown.isascii() and all(char.isprintable() or char == "\n" for char in shown)
    document = json.loads(shown)
    VALIDATOR.validate(document)
    assert document["verdict"] == "fail"
    if not any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        assert document["repository"] == document["outcomes"][0]["message"] == text


def test_nothing_is_written_that_the_schema_does_not_name() -> None:
    def strangers(value: object, kind: dict[str, object], where: str = "") -> list[str]:
        kinds = kind.get("anyOf", [kind])
        assert isinstance(kinds, list)
        if isinstance(value, list):
            inner = next(entry["items"] for entry in kinds if "items" in entry)
            return [name for entry in value for name in strangers(entry, inner, f"{where}[]")]
        if not isinstance(value, dict) or any("additionalProperties" in entry for entry in kinds):
            return []
        known = next(entry["properties"] for entry in kinds if "properties" in entry)
        return [f"{where}.{name}" for name in value if name not in known] + [
            name for key in value if key in known for name in strangers(value[key], known[key], f"{where}.{key}")
        ]

    assert strangers(json.loads(render("json", failing())), schema()) == []


@pytest.mark.parametrize(
    ("measured", "read"),
    [
        pytest.param(0.1 + 0.2, 0.1 + 0.2, id="not rounded"),
        pytest.param(2**60 + 1, 2**60 + 1, id="large integer"),
        pytest.param(float("nan"), "nan", id="not a number"),
        pytest.param(float("inf"), "inf", id="infinite"),
        pytest.param(None, None, id="nothing"),
        pytest.param("MIT", "MIT", id="a word"),
    ],
)
def test_numbers_are_exact(measured: float | str | None, read: float | str | None) -> None:
    report = clean()._replace(outcomes=(outcome(measured=measured),))
    assert json.loads(render("json", report))["outcomes"][0]["measured"] == read


def test_the_policy_that_binds_is_named() -> None:
    document = json.loads(render("json", failing()))
    assert document["policy"]["version"] == "1.2.0"
    assert [policy["informs_only"] for policy in document["policies"]] == [False, True]


def test_every_outcome_of_many_is_there() -> None:
    document = json.loads(render("json", many()))
    assert len(document["outcomes"]) == 10_000
    VALIDATOR.validate({**document, "outcomes": document["outcomes"][:50], "datasets": []})
