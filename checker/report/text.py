"""The report on a terminal or in a log: short when clean, a block for each finding, the verdict last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from checker.model.outcome import Outcome, Status
from checker.model.report import Report
from checker.report import _words as words
from checker.report._escape import terminal
from checker.report._findings import findings, is_deferred, left_open

SHOWN_OF_A_RULE = 20
SHOWN_OPEN = 3
_COLORS = {"fail": "31;1", "warning": "33;1", "not evaluated": "35;1", "refused": "31;1", "pass": "32;1"}


def render(report: Report) -> str:
    """Plain text."""
    return "\n".join(_lines(report, paint=False)) + "\n"


def render_color(report: Report) -> str:
    """The same with ANSI colors; every escape sequence in it is ours."""
    return "\n".join(_lines(report, paint=True)) + "\n"


def _lines(report: Report, *, paint: bool) -> Iterator[str]:
    found = sorted(findings(report), key=lambda outcome: outcome.dataset)
    for dataset, group in groupby(found, key=lambda outcome: outcome.dataset):
        yield f"dataset {terminal(dataset, 120)}" if dataset else "repository"
        yield from _dataset(tuple(group), paint)
        yield ""
    yield from _waived(report)
    yield from _open(left_open(report))
    yield from _proposed(report)
    yield from _plugins(report)
    yield from (f"note: {terminal(note)}" for note in report.notes)
    yield f"headwater: {_verdict(report, paint)}"


def _waived(report: Report) -> Iterator[str]:
    if any(outcome.status is Status.WAIVED for outcome in report.outcomes):
        from checker.report._waived import summary  # a hook with nothing waived does not pay for the words

        yield from (f"waived: {terminal(line)}" for line in summary(report))


def _dataset(outcomes: tuple[Outcome, ...], paint: bool) -> Iterator[str]:
    """The findings of one dataset; a rule that fires on thousands of shards shows the first and counts the rest."""
    by_rule: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_rule.setdefault(outcome.rule, []).append(outcome)
    for rule, same in by_rule.items():
        for outcome in same[:SHOWN_OF_A_RULE]:
            yield from _finding(outcome, paint)
        if len(same) > SHOWN_OF_A_RULE:
            rest = words.plural(len(same) - SHOWN_OF_A_RULE, "more finding")
            yield f"  and {rest} of {terminal(rule, 120)}, which --format json lists"


def _finding(outcome: Outcome, paint: bool) -> Iterator[str]:
    """Every line starts with a word of ours: a runner reads an indented `::error::` as a command, too."""
    label = words.STATUS[outcome.status]
    part = f", {terminal(words.scope(outcome.scope), 160)}" if outcome.scope else ""
    yield f"  {_paint(label, label, paint)} {terminal(outcome.rule, 120)}{part}"
    yield f"    what:  {terminal(outcome.message)}"
    if why := words.reason(outcome):
        yield f"    why:   {terminal(why)}"
    yield f"    where: {terminal(str(outcome.location), 240)}"
    measured, allowed = words.bounds(outcome)
    if measured or allowed:
        limit = f"{words.limit_word(outcome)}: {terminal(allowed, 120) or 'not stated'}"
        yield f"    found: {terminal(measured, 120) or 'nothing'}; {limit}"
    if outcome.fix:
        yield f"    next:  {terminal(outcome.fix)}"


def _open(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What is left open without blocking: a line for what is deferred, a line for the rest."""
    every = tuple(outcomes)
    deferred = tuple(outcome for outcome in every if is_deferred(outcome))
    rest = tuple(outcome for outcome in every if not is_deferred(outcome))
    if deferred:
        yield f"not evaluated (deferred): {_named(deferred)}; a later stage measures what the budget did not reach"
    if rest:
        why = terminal(rest[0].reason or rest[0].message, 160)
        yield f"not evaluated: {_named(rest)}; {'first reason: ' if len(rest) > 1 else ''}{why}"


def _named(outcomes: tuple[Outcome, ...]) -> str:
    names = dict.fromkeys(f"{outcome.rule} on {outcome.dataset or 'the repository'}" for outcome in outcomes)
    shown = ", ".join(terminal(name, 120) for name in list(names)[:SHOWN_OPEN])
    more = f" and {len(names) - SHOWN_OPEN:,} more" if len(names) > SHOWN_OPEN else ""
    return f"{words.plural(len(outcomes), 'outcome')}, {shown}{more}"


def _proposed(report: Report) -> Iterator[str]:
    """One line on what the policy of the change itself would say."""
    outcomes = [outcome for outcome in report.outcomes if outcome.informs_only]
    if outcomes:
        broken = sum(outcome.status is Status.FAIL for outcome in outcomes)
        every = words.plural(len(outcomes), "outcome")
        yield f"proposed policy (informs, does not bind): {broken:,} of {every} would fail"


def _plugins(report: Report) -> Iterator[str]:
    """One line: who else had a say in this."""
    if report.plugins:
        named = (f"{terminal(words.plugin(stamp), 160)} {terminal(stamp.digest[:19])}" for stamp in report.plugins)
        yield f"plug-ins: {'; '.join(named)}"


def _verdict(report: Report, paint: bool) -> str:
    line = words.verdict(report)
    word = words.VERDICT[report.verdict]
    return _paint(word, word, paint) + line.removeprefix(word)


def _paint(text: str, name: str, paint: bool) -> str:
    return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if paint and name in _COLORS else text
