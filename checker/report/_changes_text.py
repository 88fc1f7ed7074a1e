"""The change of the data on a terminal or in a log: one line for what is unchanged, a block for each other dataset."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.changes import Changes, DatasetChange, Kind
from checker.report import _changes as told
from checker.report import _words as words
from checker.report._escape import terminal


def render(changes: Changes) -> str:
    """Plain text. Every line starts with a word of ours: a runner reads an indented `::error::` as a command, too."""
    lines = [f"from {terminal(words.snapshot(changes.before))} to {terminal(words.snapshot(changes.after))}"]
    for dataset in changes.datasets:
        lines.append(f"dataset {terminal(dataset.name, 120)}: {dataset.kind.value}")
        if dataset.kind is not Kind.UNCHANGED:
            lines += (f"  {line}" for line in _dataset(dataset))
    lines += (f"note: {terminal(note)}" for note in changes.notes)
    return "\n".join([*lines, f"headwater: {told.summary(changes)}"]) + "\n"


def _dataset(dataset: DatasetChange) -> Iterator[str]:
    if flow := told.records(dataset):
        yield f"records by text: {flow}"
    for kind, path, counted in told.shards(dataset):
        yield f"shard {kind}: {terminal(path, 120)}, {terminal(counted, 200)}"
    if more := told.more_shards(dataset):
        yield f"and {more}"
    yield from (_line(row, dataset.kind) for row in told.rows(dataset))
    if blocks := told.budget(dataset):
        yield f"diversity: {blocks}"
    yield from (f"not measured: {terminal(reason)}" for reason in dataset.open)


def _line(row: told.Row, kind: Kind) -> str:
    name = f"{terminal(row.section, 120)} {terminal(row.name, 80)}".rstrip()
    if not row.before and not row.after:
        return name
    if kind in (Kind.NEW, Kind.REMOVED):
        return f"{name}: {row.before or row.after}"
    change = f" ({row.change})" if row.change else ""
    return f"{name}: {row.before or 'not known'} -> {row.after or 'not known'}{change}"
