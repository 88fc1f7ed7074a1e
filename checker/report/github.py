"""GitHub workflow commands: annotations in the checks and in the changed files."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.outcome import Outcome
from checker.model.report import Report
from checker.report import _words as words
from checker.report._escape import clip, command_data, command_property
from checker.report._findings import Grade, findings, grade

SHOWN = 10  # of each kind: a runner drops what comes after, without a word
KINDS = {Grade.ERROR: "error", Grade.WARNING: "warning", Grade.NOTE: "notice"}


def render(report: Report) -> str:
    """At most ten commands of each kind, then lines of ours. No free text is printed outside a command."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    found = findings(report)
    for kind, name in KINDS.items():
        same = [outcome for outcome in found if grade(outcome) is kind]
        yield from (_command(name, outcome) for outcome in same[:SHOWN])
        if len(same) > SHOWN:
            rest = words.plural(len(same) - SHOWN, f"more {name}")
            yield f"headwater: {rest} without an annotation; the step summary and the other reports have them"
    yield f"headwater: {words.verdict(report)}"


def _command(kind: str, outcome: Outcome) -> str:
    properties = {
        "file": clip(outcome.location.path, 1000),
        "line": str(max(outcome.location.line or 1, 1)),
        "col": str(outcome.location.column or ""),
        "title": clip(f"{outcome.rule} on {outcome.dataset}" if outcome.dataset else outcome.rule, 200),
    }
    given = ",".join(f"{name}={command_property(value)}" for name, value in properties.items() if value)
    return f"::{kind} {given}::{_message(outcome)}"


def _message(outcome: Outcome) -> str:
    """`%0A` is the one line break that a command knows; it is ours, those of the data are made visible."""
    part = words.unsaid(outcome)[1]
    said = f"{part}: {outcome.message}" if part else outcome.message
    parts = (said, words.reason(outcome), outcome.fix and f"next: {outcome.fix}")
    return "%0A".join(command_data(clip(text, 1500)) for text in parts if text)
