"""Markdown for a step summary or a sticky comment: a table of findings, the composition of each dataset."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.composition import Origin
from checker.model.outcome import Outcome, Status
from checker.model.report import DatasetReport, Report
from checker.report import _words as words
from checker.report._escape import markdown, markdown_code
from checker.report._findings import datasets, findings, left_open
from checker.report._waived import summary

MARKER = "<!-- headwater:report -->"
MAX_CHARS = 60_000  # a comment holds 65,536; the caller may add a link
TABLE_CHARS = 40_000
SHOWN_OPEN = 20
_RESERVED = 200
_ICONS = {Status.FAIL: "❌", Status.WARN: "⚠️", Status.NOT_EVALUATED: "❔"}
_VERDICT_ICONS = {"pass": "✅", "fail": "❌", "not-evaluated": "❔"}


def render(report: Report) -> str:
    """Whole lines until the room is used, then a note that says how much is left out."""
    kept: list[str] = []
    used = left_out = 0
    for line in _lines(report):
        if left_out or used + len(line) + 1 > MAX_CHARS - _RESERVED:
            left_out += 1
            continue
        kept.append(line)
        used += len(line) + 1
    if left_out:
        kept += ["", f"_Cut here: {words.plural(left_out, 'more line')}. The JSON and HTML reports have everything._"]
    return "\n".join(kept) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield MARKER
    yield f"### {_VERDICT_ICONS[report.verdict]} headwater {words.verdict(report)}"
    yield ""
    yield from _judged(report)
    yield from _table(findings(report))
    yield from _waived(report)
    yield from _open(left_open(report))
    yield from _proposed(report)
    yield from _compositions(report)
    for note in report.notes:
        yield f"> {markdown(note)}"


def _judged(report: Report) -> Iterator[str]:
    base = f" against {markdown(words.snapshot(report.base))}" if report.base else ""
    yield f"Judged: {markdown(words.snapshot(report.snapshot))}{base}"
    for stamp in report.policies:
        role = "informs only: the policy of the change itself" if stamp.informs_only else "binds"
        yield f"<br>Policy: {markdown(words.policy(stamp))} ({role}), {markdown_code(stamp.digest[:19])}"
    for plugin in report.plugins:
        yield f"<br>Plug-in: {markdown(words.plugin(plugin), 300)}, {markdown_code(plugin.digest[:19])}"
    yield ""


def _table(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """The findings, gravest first, as far as the room goes; then how many are left out."""
    if not outcomes:
        return
    yield "| | Rule | Where | Measured | Allowed | What, and the next step |"
    yield "|---|---|---|---:|---:|---|"
    used = shown = 0
    for row in map(_row, outcomes):
        used += len(row)
        if used > TABLE_CHARS:
            break
        yield row
        shown += 1
    yield ""
    if shown < len(outcomes):
        more = words.plural(len(outcomes) - shown, "more finding")
        yield f"**{more}** left out here; the JSON and HTML reports have everything."
        yield ""


def _row(outcome: Outcome) -> str:
    measured, allowed = words.bounds(outcome)
    cells = (
        _ICONS[outcome.status],
        markdown_code(outcome.rule, 120),
        _place(outcome),
        markdown(measured, 120),
        markdown(f"claimed: {allowed}" if words.limit_word(outcome) == "claimed" else allowed, 120),
        _said(outcome),
    )
    return f"| {' | '.join(cells)} |"


def _place(outcome: Outcome) -> str:
    part = f"<br>{markdown(words.scope(outcome.scope), 200)}" if outcome.scope else ""
    return f"{markdown_code(str(outcome.location))}{part}"


def _said(outcome: Outcome) -> str:
    mark = "**blocks:** " if outcome.blocking else ""
    parts = (
        mark + markdown(outcome.message),
        markdown(words.reason(outcome)),
        outcome.fix and f"Next: {markdown(outcome.fix)}",
    )
    return "<br>".join(part for part in parts if part)


def _open(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    if not outcomes:
        return
    yield f"<details><summary>{words.plural(len(outcomes), 'outcome')} not evaluated, not blocking</summary>"
    yield ""
    for outcome in outcomes[:SHOWN_OPEN]:
        yield f"- {markdown_code(outcome.rule, 120)} on {markdown_code(outcome.dataset)}: {markdown(outcome.reason)}"
    if len(outcomes) > SHOWN_OPEN:
        yield f"- and {len(outcomes) - SHOWN_OPEN:,} more"
    yield ""
    yield "</details>"
    yield ""


def _waived(report: Report) -> Iterator[str]:
    lines = summary(report)
    if not lines:
        return
    day = f" on {markdown(report.as_of)} (UTC)" if report.as_of else ""
    yield f"<details><summary>{words.counts(report)[Status.WAIVED]:,} waived{day}</summary>"
    yield ""
    yield from (f"- {markdown(line)}" for line in lines)
    yield ""
    yield "</details>"
    yield ""


def _proposed(report: Report) -> Iterator[str]:
    outcomes = [outcome for outcome in report.outcomes if outcome.informs_only]
    if outcomes:
        failing = sum(outcome.status is Status.FAIL for outcome in outcomes)
        said = f"{failing:,} of {words.plural(len(outcomes), 'outcome')} would fail"
        yield f"Under the policy that this change proposes, {said}; it informs and does not bind."
        yield ""


def _compositions(report: Report) -> Iterator[str]:
    rows = [dataset for dataset in datasets(report) if dataset.composition]
    if not rows:
        return
    yield "| Dataset | Records | " + " | ".join(origin.value.capitalize() for origin in Origin) + " |"
    yield "|---|---:|" + "---:|" * len(Origin)
    for dataset in rows:
        yield _composition(dataset)
    yield ""


def _composition(dataset: DatasetReport) -> str:
    if dataset.composition is None:
        return ""
    total = dataset.composition.records
    shares = [words.percent(number / total) if total else "-" for number in words.origins(dataset.composition).values()]
    return f"| {markdown_code(dataset.name)} | {total:,} | {' | '.join(shares)} |"
