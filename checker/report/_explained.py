"""An explanation for a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from checker.model.explanation import Explanation
from checker.model.outcome import Outcome
from checker.report import _words as words
from checker.report._escape import exact, terminal
from checker.report.json_v1 import outcome_document

SCHEMA = "headwater/explanation/v1"


def text(explained: Explanation) -> str:
    """Plain text: every string of the repository is escaped for a terminal."""
    return "\n".join(_lines(explained)) + "\n"


def document(explained: Explanation) -> str:
    """JSON with the same sections, and the outcomes as the report of a check has them."""
    content = {
        "schema": SCHEMA,
        "rule": exact(explained.rule),
        "check": exact(explained.check),
        "dataset": exact(explained.dataset),
        "state": exact(explained.state),
        "sections": [
            {"title": section.title, "lines": [exact(line) for line in section.lines]} for section in explained.sections
        ],
        "outcomes": [outcome_document(outcome) for outcome in explained.outcomes],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _lines(explained: Explanation) -> Iterator[str]:
    name, dataset, state = (terminal(part, 240) for part in (explained.rule, explained.dataset, explained.state))
    yield f"{name} on {dataset}, {state}"
    for outcome in explained.outcomes:
        yield ""
        yield from _outcome(outcome)
    for section in explained.sections:
        yield ""
        yield section.title
        yield from (f"  {terminal(line)}" for line in section.lines)


def _outcome(outcome: Outcome) -> Iterator[str]:
    scope = f", {terminal(words.scope(outcome.scope), 160)}" if outcome.scope else ""
    yield f"outcome: {words.STATUS[outcome.status]}{scope}{', blocking' if outcome.blocking else ''}"
    rows = (
        ("what", outcome.message),
        ("why", words.reason(outcome)),
        ("where", str(outcome.location)),
        ("measured", _number(outcome.measured, outcome.unit)),
        (words.limit_word(outcome), _number(outcome.limit, outcome.unit)),
        ("reference", outcome.reference),
        ("waivers", ", ".join(outcome.covered_by)),
        ("evidence", " ".join(outcome.evidence)),
    )
    yield from (f"  {name}: {terminal(value)}" for name, value in rows if value)


def _number(value: object, unit: str) -> str:
    """The very number, not rounded for display."""
    return "" if value is None else f"{value} {unit}".rstrip()
