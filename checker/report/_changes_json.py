"""The change of the data for programs: `headwater/diff/v1`; fields may be added, never changed or removed."""

from __future__ import annotations

from checker.model.changes import Changes, DatasetChange, Kind, ShardChange, Side
from checker.model.dataset import Snapshot
from checker.report._changes import axes, documents
from checker.report._escape import exact
from checker.report.json_v1 import dump

SCHEMA = "headwater/diff/v1"


def render(changes: Changes) -> str:
    """JSON with sorted datasets; null is what could not be measured."""
    document = {
        "schema": SCHEMA,
        "tool_version": changes.tool_version,
        "repository": changes.repository,
        "before": _snapshot(changes.before),
        "after": _snapshot(changes.after),
        "exit_code": changes.exit_code,
        "datasets": [_dataset(dataset) for dataset in changes.datasets],
        "notes": list(changes.notes),
    }
    return dump(_exact(document))


def _snapshot(taken: Snapshot) -> dict[str, object]:
    return {"kind": taken.kind.value, "label": taken.label, "commit": taken.commit}


def _dataset(dataset: DatasetChange) -> dict[str, object]:
    head: dict[str, object] = {"name": dataset.name, "change": dataset.kind.value}
    if dataset.kind is Kind.UNCHANGED:
        return head
    return {
        **head,
        "records": None if dataset.records is None else dataset.records._asdict(),
        "shards": [_shard(shard) for shard in dataset.shards],
        "before": _side(dataset.before),
        "after": _side(dataset.after),
        "not_measured": list(dataset.open),
    }


def _shard(shard: ShardChange) -> dict[str, object]:
    source = {"source": shard.source} if shard.source else {}
    return {
        "path": shard.path,
        "change": shard.kind.value,
        **source,
        "records_before": shard.before,
        "records_after": shard.after,
    }


def _side(side: Side) -> dict[str, object]:
    known = side.composition is not None
    return {
        "shards": side.shards,
        "records": side.composition.records if side.composition else None,
        "tokens": side.tokens,
        "distinct_words": side.words,
        "copies": documents(side.copies),
        **{axis: dict(sorted(counts.items())) if known else None for axis, counts in axes(side).items()},
        "slices": {name: dict(counts) for name, counts in side.composition.slices.items()}
        if side.composition
        else None,
        "figures": {
            "budget_tokens": side.budget_tokens,
            "blocks": side.blocks,
            "means": dict(sorted(side.figures.items())),
        },
        "all_text": dict(sorted(side.vocabulary.items())) if known else None,
    }


def _exact(value: object) -> object:
    """Strings that every reader of JSON takes."""
    if isinstance(value, str):
        return exact(value)
    if isinstance(value, dict):
        return {exact(key): _exact(entry) for key, entry in value.items()}
    return [_exact(entry) for entry in value] if isinstance(value, list) else value
