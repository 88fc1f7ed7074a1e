"""SARIF, JUnit and code quality, held against the official schemas and the receivers' limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator
from report.evil import EVIL
from report.samples import SAMPLES, clean, evil, failing, many, outcome

from checker.model.outcome import Status
from checker.model.report import Report
from checker.report import render

SCHEMAS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "schemas"
EVERY = {**{name: build() for name, build in SAMPLES.items()}, **{name: evil(text) for name, text in EVIL.items()}}


@pytest.fixture(scope="module")
def sarif_schema() -> Draft7Validator:
    path = SCHEMAS / "sarif-schema-2.1.0.json"
    if not path.is_file():
        pytest.skip("the official SARIF schema is not beside the repository")
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.shared
@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_sarif_is_valid(report: Report, sarif_schema: Draft7Validator) -> None:
    sarif_schema.validate(json.loads(render("sarif", report)))


@pytest.mark.shared
@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_junit_is_valid(report: Report) -> None:
    path = SCHEMAS / "junit-10.xsd"
    if not path.is_file():
        pytest.skip("the JUnit schema is not beside the repository")
    from lxml import etree

    document = etree.fromstring(render("junit", report).encode())
    etree.XMLSchema(etree.parse(str(path))).assertValid(document)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_junit_is_well_formed_and_says_what_was_said(text: str) -> None:
    root = ElementTree.fromstring(render("junit", evil(text)))
    cases = root.findall(".//testcase")
    assert len(cases) == 5
    assert {child.tag for case in cases for child in case} == {"failure", "skipped", "system-out"}


def test_junit_counts() -> None:
    root = ElementTree.fromstring(render("junit", failing()))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("8", "2", "1")
    suite = root.findall("testsuite")[1]
    assert (suite.get("name"), suite.get("skipped")) == ("data/train/web", "2")
    assert len(root.findall(".//testcase")) == 8


def results(report: Report) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(render("sarif", report))["runs"][0]["results"]
    return found


def test_sarif_makes_alerts_of_findings_only() -> None:
    assert results(clean()) == []
    assert [(result["ruleId"], result["level"]) for result in results(failing())] == [
        ("clinical/no-unknown-provenance", "error"),
        ("core/synthetic-per-shard", "error"),
        ("core/unknown-cap", "error"),
        ("core/license", "warning"),
    ]
    assert "suppressions" not in render("sarif", failing())


def test_sarif_tells_what_is_left_open_as_a_notification() -> None:
    run = json.loads(render("sarif", failing()))["runs"][0]
    said = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert said[0].startswith("core/real-floor on data/train/web was not evaluated: deferred")
    assert run["properties"]["outcomes"] == {"fail": 2, "warn": 1, "waived": 1, "not-evaluated": 2, "pass": 2}


def test_sarif_results_refer_to_their_rule() -> None:
    run = json.loads(render("sarif", failing()))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len({rule["id"] for rule in rules}) == len(rules)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_sarif_places_are_plain_uris_and_lines_from_one(text: str) -> None:
    for result in results(evil(text)):
        place = result["locations"][0]["physicalLocation"]  # type: ignore[index]  # JSON
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] >= 1


def test_sarif_makes_no_link_of_names() -> None:
    found = evil("[sign in](https://evil.example) [rule](0)")
    run = json.loads(render("sarif", found))["runs"][0]
    said = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    texts = [one["message"]["text"] for one in said]
    assert any("[sign in] (https" in text for text in texts)
    assert not any("](" in text for text in texts)


def test_sarif_uri_leads_back_to_the_path() -> None:
    path = EVIL["path with spaces and signs"]
    place = results(evil(path))[0]["locations"][0]["physicalLocation"]  # type: ignore[index]  # JSON
    assert unquote(place["artifactLocation"]["uri"]) == path


@pytest.mark.slow
def test_sarif_keeps_the_limits_of_code_scanning() -> None:
    run = json.loads(render("sarif", many(25_001)))["runs"][0]
    assert len(run["results"]) == 25_000
    assert all(len(result["locations"]) <= 1000 for result in run["results"])
    assert all(len(rule["properties"]["tags"]) <= 20 for rule in run["tool"]["driver"]["rules"])
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == ["1 finding left out: a run holds at most 25,000"]


def test_fingerprints_differ_from_finding_to_finding() -> None:
    names = [entry["fingerprint"] for entry in json.loads(render("gitlab", many(500)))]
    assert len(set(names)) == 500


@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_gitlab_entries_are_complete(report: Report) -> None:
    entries = json.loads(render("gitlab", report))
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["description"].isprintable()


def test_gitlab_severities() -> None:
    entries = json.loads(render("gitlab", failing()))
    assert [entry["severity"] for entry in entries] == ["blocker", "blocker", "critical", "minor"]


def test_a_finding_of_headwater_itself_names_no_check_and_no_dataset() -> None:
    own = outcome(Status.FAIL, rule="policy/loosened", check="loosened", dataset="", message="max is 1", blocking=True)
    [run] = json.loads(render("sarif", clean()._replace(outcomes=(own,))))["runs"]
    [rule], [result] = run["tool"]["driver"]["rules"], run["results"]
    assert "policy explain" not in rule["help"]["text"] + rule["help"]["markdown"]
    assert "docs/trust.md" in rule["help"]["text"]
    assert "logicalLocations" not in result["locations"][0]
