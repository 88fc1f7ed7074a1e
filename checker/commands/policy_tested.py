"""What came of the tests of policies: for people, as JUnit, as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from checker.report._escape import clip, legible, terminal

if TYPE_CHECKING:
    from checker.policytest.cases import Result
    from checker.policytest.coverage import RuleCoverage
    from checker.policytest.mutate import Verdict
    from checker.policytest.summary import Summary

SCHEMA = "headwater/policy-test/v1"


def render(form: str, summary: Summary) -> str:
    """The report in one of the formats `text`, `junit`, `json`."""
    return {"text": as_text, "junit": as_junit, "json": as_json}[form](summary)


def as_text(summary: Summary) -> str:
    """What fails, what is not covered and what lives, line by line, then one line about the whole."""
    lines = [
        f"{failure.location}: {result.case.suite}, {result.name}: {failure.message}"
        for result in summary.results
        for failure in result.failures
    ]
    lines += [
        f"{row.rule.location}: {row.rule.id} lacks {'; '.join(row.lacks)}"
        for row in summary.coverage or ()
        if row.lacks
    ]
    lines += [
        f"{verdict.mutant.location}: {_about(verdict)}: no case notices {verdict.mutant.what}; "
        f"add {verdict.mutant.kill}"
        for verdict in _alive(summary)
    ]
    return "".join(f"{terminal(line, 1000)}\n" for line in [*lines, _whole(summary)])


def _whole(summary: Summary) -> str:
    failed = sum(bool(result.failures) for result in summary.results)
    parts = [f"{_counted(len(summary.results), 'case')}, {failed} failed"]
    if summary.coverage is not None:
        lacking = sum(bool(row.lacks) for row in summary.coverage)
        parts.append(f"{_counted(len(summary.coverage), 'rule')}, {lacking} not covered")
    if summary.verdicts is not None:
        parts.append(f"{_counted(len(summary.verdicts), 'mutant')}, {len(_alive(summary))} alive")
    return f"headwater: {'; '.join(parts)}"


def as_json(summary: Summary) -> str:
    """`headwater/policy-test/v1`: fields may be added, never changed or removed."""
    document = {
        "schema": SCHEMA,
        "exit_code": summary.exit_code,
        "cases": [_case_json(result) for result in summary.results],
        "rules": None if summary.coverage is None else [_rule_json(row) for row in summary.coverage],
        "mutants": None
        if summary.verdicts is None
        else {
            "total": len(summary.verdicts),
            "alive": [
                {
                    "rule": _about(verdict),
                    "change": verdict.mutant.what,
                    "add": verdict.mutant.kill,
                    "location": str(verdict.mutant.location),
                }
                for verdict in _alive(summary)
            ],
        },
    }
    return json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n"


def _case_json(result: Result) -> dict[str, object]:
    return {
        "suite": result.case.suite,
        "name": result.case.name,
        "policy": result.case.policy.id,
        "stage": result.stage.value,
        "status": "fail" if result.failures else "pass",
        "location": str(result.case.location),
        "failures": [
            {"rule": failure.rule, "message": failure.message, "location": str(failure.location)}
            for failure in result.failures
        ],
    }


def _rule_json(row: RuleCoverage) -> dict[str, object]:
    return {
        "rule": row.rule.id,
        "passed": row.passed,
        "failed": row.failed,
        "not_evaluated": row.not_evaluated,
        "lacks": list(row.lacks),
        "location": str(row.rule.location),
    }


def as_junit(summary: Summary) -> str:
    """A suite for each test document; where they were asked for, one of coverage and one of mutants, a case a rule."""
    root = Element("testsuites", {"name": "headwater policy test"})
    for suite, group in groupby(summary.results, key=lambda result: result.case.suite):
        rows = [
            (
                result.name,
                result.case.policy.id,
                [f"{failure.location}: {failure.message}" for failure in result.failures],
            )
            for result in group
        ]
        _suite(root, suite, rows)
    if summary.coverage is not None:
        covered = [(row.rule.id, "coverage", [f"lacks {words}" for words in row.lacks]) for row in summary.coverage]
        _suite(root, "coverage", covered)
    if summary.verdicts is not None:
        _suite(root, "mutants", [_mutants_row(rule, list(group)) for rule, group in _by_rule(summary.verdicts)])
    for name in ("tests", "failures"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, name: str, rows: list[tuple[str, str, list[str]]]) -> None:
    failures = sum(bool(complaints) for _, _, complaints in rows)
    counts = {"tests": str(len(rows)), "failures": str(failures), "errors": "0", "skipped": "0"}
    suite = SubElement(root, "testsuite", {"name": _xml(name), **counts})
    for case, place, complaints in rows:
        element = SubElement(suite, "testcase", name=_xml(case), classname=_xml(place))
        if complaints:
            failure = SubElement(element, "failure", message=_xml(complaints[0]), type="policy-test")
            failure.text = "\n".join(_xml(complaint, 2000) for complaint in complaints)


def _mutants_row(rule: str, verdicts: list[Verdict]) -> tuple[str, str, list[str]]:
    alive = [verdict.mutant for verdict in verdicts if verdict.killed_by is None]
    return rule, "mutants", [f"no case notices {mutant.what}; add {mutant.kill}" for mutant in alive]


def _by_rule(verdicts: tuple[Verdict, ...]) -> groupby[str, Verdict]:
    return groupby(verdicts, key=_about)


def _about(verdict: Verdict) -> str:
    """The rule, or the policy where its terms of waivers are changed."""
    return verdict.mutant.rule_id or verdict.mutant.policy.id


def _alive(summary: Summary) -> list[Verdict]:
    return [verdict for verdict in summary.verdicts or () if verdict.killed_by is None]


def _xml(text: str, limit: int = 400) -> str:
    """Legible text has no character that XML 1.0 forbids; ElementTree does the rest."""
    return clip(legible(text), limit)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"
