"""The structural checks of Croissant: each break is one problem at its line, each sound variant is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.read.cards import read_card

SAMPLE = Path(__file__).parent / "samples" / "croissant-1.1.json"
Change = Callable[[dict[str, Any]], object]


def problems_after(change: Change) -> list[tuple[int | None, str]]:
    """Read the sample with a change, and tell lines and messages."""
    body = json.loads(SAMPLE.read_text())
    change(body)
    card = read_card("c.json", json.dumps(body, indent=1).encode())
    return [(problem.location.line, problem.message) for problem in card.problems]


def files(body: dict[str, Any]) -> Any:
    return body["distribution"]


def fields(body: dict[str, Any]) -> Any:
    return body["recordSet"][0]["field"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda b: b.update({"@type": "sc:Thing"}), "sc:Dataset is expected", id="not a dataset"),
        pytest.param(lambda b: b.pop("@type"), "there is no @type, sc:Dataset", id="no type"),
        pytest.param(
            lambda b: b["@context"].update({"sc": "https://schema.example/"}),
            "sc:Dataset is expected",
            id="another vocabulary",
        ),
        pytest.param(
            lambda b: b["@context"].pop("recordSet"),
            "recordSet is not mapped in @context",
            id="recordSet without context",
        ),
        pytest.param(
            lambda b: files(b)[0].update({"@type": "cr:Field"}), "cr:FileObject or cr:FileSet", id="a file's type"
        ),
        pytest.param(lambda b: files(b)[0].pop("contentUrl"), "has no contentUrl", id="no contentUrl"),
        pytest.param(lambda b: files(b)[0].pop("encodingFormat"), "has no encodingFormat", id="no encodingFormat"),
        pytest.param(lambda b: files(b)[1].pop("includes"), "has no includes", id="no includes"),
        pytest.param(lambda b: files(b)[0].update(sha256="abc123"), "64 hexadecimal digits", id="a short sha256"),
        pytest.param(lambda b: files(b)[0].update(md5=3), "32 hexadecimal digits", id="a number for md5"),
        pytest.param(
            lambda b: files(b)[1].update(containedIn={"@id": "x.zip"}),
            "containedIn refers to 'x.zip'",
            id="containedIn nowhere",
        ),
        pytest.param(
            lambda b: files(b)[1].update(containedIn=7), "a reference to an @id", id="containedIn is a number"
        ),
        pytest.param(lambda b: files(b).append("x.csv"), "distribution holds 'x.csv'", id="a file as text"),
        pytest.param(lambda b: b["recordSet"].append(3), "recordSet holds 3", id="a record set as a number"),
        pytest.param(
            lambda b: b["recordSet"][0].update({"@type": "sc:X"}), "cr:RecordSet is expected", id="a record set's type"
        ),
        pytest.param(lambda b: fields(b)[0].update({"@type": "sc:X"}), "cr:Field is expected", id="a field's type"),
        pytest.param(lambda b: fields(b)[0].pop("@type"), "there is no @type, cr:Field", id="a field without a type"),
        pytest.param(lambda b: fields(b)[0].pop("source"), "neither source nor value", id="a field without a source"),
        pytest.param(lambda b: fields(b)[0].pop("dataType"), "has no dataType", id="a field without a type of data"),
        pytest.param(
            lambda b: fields(b)[0]["source"].pop("fileSet"),
            "names no fileObject, fileSet",
            id="a source without a file",
        ),
        pytest.param(
            lambda b: fields(b)[1]["references"].update(field={"@id": "notes/x"}),
            "'notes/x', which is nowhere",
            id="a join to nowhere",
        ),
        pytest.param(
            lambda b: fields(b)[2]["subField"][0]["source"].update(fileObject={"@id": "x"}),
            "source refers to 'x'",
            id="a source nowhere, in a sub-field",
        ),
        pytest.param(lambda b: fields(b)[1].pop("references"), "without a join", id="two files without a join"),
        pytest.param(lambda b: files(b)[0].update({"@id": "notes.csv"}), "stands twice", id="an @id twice"),
    ],
)
def test_a_break_is_a_problem(change: Change, message: str) -> None:
    found = problems_after(change)
    assert any(message in text for _, text in found)
    assert all(line is not None for line, _ in found)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda b: None, id="the sample itself"),
        pytest.param(lambda b: b.pop("recordSet"), id="no record sets"),
        pytest.param(lambda b: b.update(distribution=[], recordSet=[]), id="empty lists"),
        pytest.param(lambda b: (b.pop("description"), b.pop("license")), id="statements missing: for card-required"),
        pytest.param(lambda b: b.update(recordSet=b["recordSet"][0]), id="one record set, not in a list"),
        pytest.param(lambda b: files(b)[0].update({"@type": ["cr:FileObject", "sc:MediaObject"]}), id="two types"),
        pytest.param(
            lambda b: files(b)[0].update({"@type": "http://mlcommons.org/croissant/FileObject"}),
            id="a type as a full IRI",
        ),
        pytest.param(lambda b: files(b)[1].update(containedIn="notes.zip"), id="a reference as text"),
        pytest.param(
            lambda b: files(b)[1].update(containedIn=[{"@id": "notes.zip"}, {"@id": "notes.csv"}]), id="in two"
        ),
        pytest.param(
            lambda b: files(b)[0].update(sha256="https://example.org/why-not"),
            id="a URL for the digest of a repository",
        ),
        pytest.param(
            lambda b: fields(b)[2]["subField"][0].update(source={"field": {"@id": "notes/text"}}),
            id="a field from a field",
        ),
        pytest.param(
            lambda b: (
                fields(b)[2]["subField"][0].pop("dataType"),
                fields(b)[2]["subField"][0].update(source={"field": {"@id": "notes/text"}}),
            ),
            id="the type of data of the field it comes from",
        ),
        pytest.param(
            lambda b: (fields(b)[0].pop("source"), b["recordSet"][0].update({"cr:data": [{"notes/scan": "a"}]})),
            id="data in the card",
        ),
    ],
)
def test_what_is_sound_is_no_problem(change: Change) -> None:
    assert problems_after(change) == []


def test_a_problem_names_its_line() -> None:
    found = problems_after(lambda body: fields(body)[0].update({"@type": "sc:X"}))
    lines = json.dumps(json.loads(SAMPLE.read_text()) | {}, indent=1).splitlines()
    expected = next(number for number, text in enumerate(lines, 1) if '"cr:Field"' in text)
    assert [line for line, _ in found] == [expected]


def test_fields_that_contain_each_other_end() -> None:
    def loop(body: dict[str, Any]) -> None:
        fields(body)[2]["subField"].append({"@id": "notes/place"})

    assert problems_after(loop) == []


def test_the_types_of_data_may_go_in_circles() -> None:
    def loop(body: dict[str, Any]) -> None:
        for field, other in ((fields(body)[0], "notes/text"), (fields(body)[1], "notes/scan")):
            field.pop("dataType")
            field["source"] = {"field": {"@id": other}}

    assert len([text for _, text in problems_after(loop) if "has no dataType" in text]) == 2
