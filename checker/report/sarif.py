"""SARIF 2.1.0 for code scanning. Only findings become results.

GitHub shows every result as an open alert: it ignores `kind` and `suppressions`. Therefore passes and waived outcomes
are not results; they are counted in the run's properties. What is left open without blocking is a tool notification.
"""

from __future__ import annotations

from checker.model.outcome import Outcome
from checker.model.report import Report
from checker.report import _words as words
from checker.report._escape import clip, legible, linkless, markdown, markdown_code, uri
from checker.report._findings import Grade, binding, findings, fingerprints, grade, left_open
from checker.report._waived import summary
from checker.report.json_v1 import dump

MAX_RESULTS = 25_000
MAX_RULES = 25_000
MAX_TAGS = 10
LEVELS = {Grade.ERROR: "error", Grade.WARNING: "warning", Grade.NOTE: "note", Grade.SILENT: "none"}


def render(report: Report) -> str:
    """One log with one run; the gravest results are kept when there are more than GitHub takes."""
    found = tuple(sorted(findings(report), key=grade))[:MAX_RESULTS]
    rules = _rules(report, found)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    driver = {"name": "headwater", "semanticVersion": report.tool_version, "rules": rules}
    run = {
        "tool": {"driver": driver, **_extensions(report)},
        "automationDetails": {"id": f"headwater/{report.stage.value}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": report.exit_code,
                "toolExecutionNotifications": _notifications(report),
            }
        ],
        "results": [
            _result(outcome, name, places[outcome.rule])
            for outcome, name in zip(found, fingerprints(found), strict=True)
        ],
        "properties": {
            "verdict": report.verdict,
            "outcomes": {status.value: number for status, number in words.counts(report).items()},
            "policies": [f"{stamp.id}@{stamp.version} {stamp.digest}" for stamp in report.policies],
        },
    }
    return dump({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _extensions(report: Report) -> dict[str, object]:
    """The plug-ins that took part, as SARIF has them: components of the tool."""
    parts = [
        {
            "name": clip(legible(stamp.name), 200),
            "version": clip(legible(stamp.version), 100),
            "properties": {"digest": stamp.digest, "offers": [legible(name) for name in stamp.offers]},
        }
        for stamp in report.plugins
    ]
    return {"extensions": parts} if parts else {}


def _rules(report: Report, found: tuple[Outcome, ...]) -> list[dict[str, object]]:
    """A descriptor for each rule that judged; those with results come first, so that the cap cuts none of them."""
    named: dict[str, Outcome] = {}
    for outcome in (*found, *binding(report)):
        named.setdefault(outcome.rule, outcome)
    return [_rule(outcome) for outcome in list(named.values())[:MAX_RULES]]


def _help(outcome: Outcome) -> dict[str, str]:
    """How to read on. What headwater finds by itself is the rule of no policy, and has no page of a check."""
    if outcome.rule in (f"headwater/{outcome.check}", f"policy/{outcome.check}"):
        said = (
            "A finding of headwater itself, whatever the policies demand; docs/trust.md and docs/waivers.md tell of it."
        )
        return {"text": said, "markdown": markdown(said, 500)}
    said = f"The check {outcome.check}, at level {outcome.level.value} in this policy."
    return {
        "text": f"{clip(legible(said), 500)} headwater policy explain {legible(outcome.check)} says what it demands and"
        " why.",
        "markdown": f"The check {markdown_code(outcome.check)}, at level {outcome.level.value} in this policy. "
        f"Run {markdown_code('headwater policy explain ' + outcome.check)} to read what it demands and why.",
    }


def _rule(outcome: Outcome) -> dict[str, object]:
    said = f"The check {outcome.check}, at level {outcome.level.value} in this policy."
    return {
        "id": outcome.rule,
        "name": legible(outcome.rule.rpartition("/")[2]),
        "shortDescription": {"text": clip(legible(outcome.rule), 200)},
        "fullDescription": {"text": clip(legible(said), 500)},
        "help": _help(outcome),
        "defaultConfiguration": {"level": {"block": "error", "warn": "warning"}.get(outcome.level.value, "note")},
        "properties": {"tags": ["training-data", clip(legible(outcome.check), 100)][:MAX_TAGS]},
    }


def _result(outcome: Outcome, name: str, place: int) -> dict[str, object]:
    region = {"startLine": max(outcome.location.line or 1, 1)}
    if outcome.location.column:
        region["startColumn"] = outcome.location.column
    measured, allowed = words.amounts(outcome)
    named = [{"fullyQualifiedName": _scoped(outcome), "kind": "resource"}] if outcome.dataset else []
    return {
        "ruleId": outcome.rule,
        "ruleIndex": place,
        "level": LEVELS[grade(outcome)],
        "message": {"text": linkless(_message(outcome), 2000), "markdown": markdown(_message(outcome), 2000)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(outcome.location.path or ".dvc/config"), "uriBaseId": "%SRCROOT%"},
                    "region": region,
                },
                **({"logicalLocations": named} if named else {}),
            }
        ],
        # GitHub matches alerts by primaryLocationLineHash alone; a line hash would tie a finding to unrelated edits.
        "partialFingerprints": {"headwater/v1": name, "primaryLocationLineHash": name},
        "properties": {
            "status": outcome.status.value,
            "dataset": outcome.dataset,
            "measured": measured,
            "limit": allowed,
            "evidence": list(outcome.evidence),
            **({"reference": outcome.reference} if outcome.reference else {}),
        },
    }


def _message(outcome: Outcome) -> str:
    said = "; ".join(legible(part).rstrip(".") for part in (outcome.message, words.reason(outcome)) if part)
    parts = (said, outcome.fix and f"Next: {legible(outcome.fix).rstrip('.')}")
    return clip(". ".join(part for part in parts if part) + ".", 2000)


def _scoped(outcome: Outcome) -> str:
    part = words.scope(outcome.scope)
    return clip(legible(f"{outcome.dataset} ({part})" if part else outcome.dataset), 400)


def _notifications(report: Report) -> list[dict[str, object]]:
    """What a reader must know and what must not become an alert."""
    rows = [
        (
            "note",
            f"{outcome.rule} on {outcome.dataset} was not evaluated: {outcome.reason or outcome.message}",
        )
        for outcome in left_open(report)[:100]
    ]
    more = len(left_open(report)) - len(rows)
    if more > 0:
        rows.append(("note", f"{words.plural(more, 'more outcome')} not evaluated"))
    left_out = len(findings(report)) - MAX_RESULTS
    if left_out > 0:
        rows.append(("warning", f"{words.plural(left_out, 'finding')} left out: a run holds at most {MAX_RESULTS:,}"))
    rows += [("note", f"waived: {line}") for line in summary(report)]
    rows += [("note", note) for note in report.notes]
    return [{"level": level, "message": {"text": linkless(text, 1000)}} for level, text in rows]
