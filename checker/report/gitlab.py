"""GitLab code quality: a JSON list of findings, shown in the merge request."""

from __future__ import annotations

from checker.model.outcome import Outcome, Status
from checker.model.report import Report
from checker.report import _words as words
from checker.report._escape import clip, legible
from checker.report._findings import Grade, findings, fingerprints, grade
from checker.report.json_v1 import dump


def render(report: Report) -> str:
    """Every finding; GitLab itself compares with the report of the target branch by fingerprint."""
    found = findings(report)
    return dump([_issue(outcome, name) for outcome, name in zip(found, fingerprints(found), strict=True)])


def _issue(outcome: Outcome, name: str) -> dict[str, object]:
    return {
        "description": _description(outcome),
        "check_name": clip(legible(outcome.rule), 255),
        "fingerprint": name,
        "severity": _severity(outcome),
        "location": {"path": outcome.location.path, "lines": {"begin": max(outcome.location.line or 1, 1)}},
    }


def _severity(outcome: Outcome) -> str:
    """`blocker` refuses the change; a blocking rule that could not be evaluated is `critical`."""
    if outcome.blocking:
        return "blocker" if outcome.status is Status.FAIL else "critical"
    if grade(outcome) is Grade.NOTE:
        return "info"
    return "major" if outcome.status is Status.FAIL else "minor"


def _description(outcome: Outcome) -> str:
    dataset, part = words.unsaid(outcome)
    place = f"{dataset} ({part})" if dataset and part else dataset or part
    said = f"{place}: {outcome.message}" if place else outcome.message
    parts = (said, words.reason(outcome), outcome.fix and f"next: {outcome.fix}")
    return clip("; ".join(legible(text).rstrip(".") for text in parts if text), 1000)
