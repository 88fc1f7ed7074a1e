"""JUnit XML: a suite for each dataset, a case for each outcome."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checker.model.outcome import Outcome, Status
from checker.model.report import Report
from checker.report import _words as words
from checker.report._escape import clip, legible
from checker.report._findings import binding


def render(report: Report) -> str:
    """Blocking rules that could not be evaluated are errors; what is waived or left open is skipped; a warning passes
    with its text as output, because JUnit knows no warnings."""
    outcomes = sorted(binding(report), key=lambda outcome: outcome.dataset)
    root = Element("testsuites", {"name": "headwater", **_totals(outcomes)})
    for dataset, group in groupby(outcomes, key=lambda outcome: outcome.dataset):
        cases = tuple(group)
        skipped = sum(_verb(outcome) == "skipped" for outcome in cases)
        named = {"name": _xml(dataset) or "repository", **_totals(cases), "skipped": str(skipped)}
        suite = SubElement(root, "testsuite", named)
        _properties(suite, report)
        for outcome in cases:
            _case(suite, outcome)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _totals(outcomes: tuple[Outcome, ...] | list[Outcome]) -> dict[str, str]:
    verbs = [_verb(outcome) for outcome in outcomes]
    return {"tests": str(len(verbs)), "failures": str(verbs.count("failure")), "errors": str(verbs.count("error"))}


def _verb(outcome: Outcome) -> str:
    """The element that JUnit has for this outcome; `""` for a pass."""
    if outcome.status is Status.FAIL:
        return "failure" if outcome.blocking else "system-out"
    if outcome.status is Status.NOT_EVALUATED:
        return "error" if outcome.blocking else "skipped"
    return {Status.WARN: "system-out", Status.WAIVED: "skipped"}.get(outcome.status, "")


def _properties(suite: Element, report: Report) -> None:
    rows = [("verdict", report.verdict), ("stage", report.stage.value), ("snapshot", words.snapshot(report.snapshot))]
    rows += [("policy", f"{words.policy(stamp)} {stamp.digest}") for stamp in report.policies]
    rows += [("plugin", f"{words.plugin(stamp)} {stamp.digest}") for stamp in report.plugins]
    properties = SubElement(suite, "properties")
    for name, value in rows:
        SubElement(properties, "property", name=name, value=_xml(value))


def _case(suite: Element, outcome: Outcome) -> None:
    part = words.scope(outcome.scope)
    name = f"{outcome.rule} [{part}]" if part else outcome.rule
    case = SubElement(suite, "testcase", name=_xml(name), classname=_xml(outcome.dataset) or "repository")
    verb = _verb(outcome)
    if not verb:
        return
    element = SubElement(case, verb)
    element.text = _text(outcome)
    if verb != "system-out":
        element.set("type", _xml(outcome.check))
        element.set("message", _xml(outcome.message))


def _text(outcome: Outcome) -> str:
    measured, allowed = words.bounds(outcome)
    rows = (
        ("status", words.STATUS[outcome.status]),
        ("what", outcome.message),
        ("why", words.reason(outcome)),
        ("where", str(outcome.location)),
        ("measured", measured),
        (words.limit_word(outcome), allowed),
        ("reference", outcome.reference),
        ("next", outcome.fix),
        ("waived in", str(outcome.exemption.location) if outcome.exemption and outcome.exemption.location else ""),
        ("evidence", " ".join(outcome.evidence)),
    )
    return "\n".join(f"{name}: {_xml(value, 2000)}" for name, value in rows if value)


def _xml(text: str, limit: int = 400) -> str:
    """Legible text has no character that XML 1.0 forbids; ElementTree does the rest."""
    return clip(legible(text), limit)
