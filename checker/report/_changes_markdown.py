"""The change of the data for a step summary or a comment: a table for each dataset that changed."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.changes import Changes, DatasetChange, Kind
from checker.report import _changes as told
from checker.report import _words as words
from checker.report._escape import markdown, markdown_code
from checker.report.markdown import MAX_CHARS

MARKER = "<!-- headwater:diff -->"


def render(changes: Changes) -> str:
    """Whole lines until the room of a comment is used, then a note that says so."""
    kept, used = [], 0
    for line in _lines(changes):
        used += len(line) + 1
        if used > MAX_CHARS:
            kept += ["", "_Cut here; the JSON has everything._"]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(changes: Changes) -> Iterator[str]:
    yield MARKER
    yield f"### headwater: {told.summary(changes)}"
    yield ""
    yield f"From {markdown(words.snapshot(changes.before))} to {markdown(words.snapshot(changes.after))}."
    for dataset in changes.datasets:
        if dataset.kind is not Kind.UNCHANGED:
            yield from _dataset(dataset)
    unchanged = [dataset.name for dataset in changes.datasets if dataset.kind is Kind.UNCHANGED]
    if unchanged:
        yield ""
        yield f"Unchanged: {', '.join(markdown_code(name) for name in unchanged)}."
    for note in changes.notes:
        yield f"> {markdown(note)}"


def _dataset(dataset: DatasetChange) -> Iterator[str]:
    yield ""
    yield f"#### {markdown_code(dataset.name)}: {dataset.kind.value}"
    yield ""
    if flow := told.records(dataset):
        yield f"Records by text: {flow}."
        yield ""
    items = list(_items(dataset))
    yield from items
    found = list(told.rows(dataset))
    if found:
        if items:
            yield ""
        yield "| | before | after | change |"
        yield "|---|---:|---:|---:|"
        yield from map(_row, found)
    if blocks := told.budget(dataset):
        yield ""
        yield f"Diversity: {blocks}."


def _items(dataset: DatasetChange) -> Iterator[str]:
    yield from (f"- not measured: {markdown(reason)}" for reason in dataset.open)
    for kind, path, counted in told.shards(dataset):
        yield f"- {kind} shard {markdown_code(path)}, {markdown(counted)}"
    if more := told.more_shards(dataset):
        yield f"- and {more}"


def _row(row: told.Row) -> str:
    name = f"{markdown(row.section, 120)} {markdown(row.name, 80)}".rstrip()
    return f"| {name} | {' | '.join(markdown(cell) for cell in row[2:])} |"
