"""The report for programs: `headwater/report/v1`. Numbers are exact; fields may be added, never changed or removed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from checker.model.composition import Composition
from checker.model.dataset import Snapshot
from checker.model.lineage import Gap, Lineage, Link, Step
from checker.model.location import Location
from checker.model.outcome import Exemption, Number, Outcome
from checker.model.report import DatasetReport, PluginStamp, PolicyStamp, Report, ShardReport
from checker.report import _words as words
from checker.report._escape import address, exact
from checker.report._findings import datasets, ordered

SCHEMA = "headwater/report/v1"


def render(report: Report) -> str:
    """The document, ASCII only, so that no reader, log or terminal misreads a character."""
    return dump(document(report))


def dump(content: object) -> str:
    """JSON as all our JSON formats write it. DEL is the one control character that `ensure_ascii` leaves."""
    return json.dumps(_clean(content), indent=2, allow_nan=False).replace("\x7f", "\\u007f") + "\n"


def document(report: Report) -> dict[str, object]:
    """The fields of `headwater/report/v1`. `policy` is the first that binds, `policies` are all that were run."""
    stamps = [_policy(stamp) for stamp in report.policies]
    return {
        "schema": SCHEMA,
        "tool": {"name": "headwater", "version": report.tool_version},
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "stage": report.stage.value,
        "as_of": report.as_of,
        "repository": report.repository,
        "snapshot": _snapshot(report.snapshot),
        "base": _snapshot(report.base) if report.base else None,
        "policy": next((stamp for stamp in stamps if not stamp["informs_only"]), None),
        "policies": stamps,
        "plugins": [_plugin(stamp) for stamp in report.plugins],
        "datasets": [_dataset(dataset) for dataset in datasets(report)],
        **_trails(report),
        "outcomes": [outcome_document(outcome) for outcome in ordered(report.outcomes)],
        "notes": list(report.notes),
    }


def _snapshot(snapshot: Snapshot) -> dict[str, object]:
    return {
        "kind": snapshot.kind.value,
        "label": snapshot.label,
        "commit": snapshot.commit,
        "tree": snapshot.tree,
    }


def _policy(stamp: PolicyStamp) -> dict[str, object]:
    return {
        "id": stamp.id,
        "version": stamp.version,
        "digest": stamp.digest,
        "revision": stamp.revision,
        "informs_only": stamp.informs_only,
    }


def _plugin(stamp: PluginStamp) -> dict[str, object]:
    return {
        "name": stamp.name,
        "version": stamp.version,
        "digest": stamp.digest,
        "offers": list(stamp.offers),
    }


def _dataset(dataset: DatasetReport) -> dict[str, object]:
    return {
        "name": dataset.name,
        "path": dataset.path,
        "hash": dataset.hash,
        "card": dataset.card,
        "shard_count": dataset.shard_count,
        "shards": [_shard(shard) for shard in dataset.shards],
        "composition": _composition(dataset.composition) if dataset.composition else None,
        "lineage": _lineage(dataset.lineage) if dataset.lineage else None,
    }


def _shard(shard: ShardReport) -> dict[str, object]:
    counted = shard.composition
    return {
        "path": shard.path,
        "hash": shard.hash,
        "size_bytes": shard.size_bytes,
        "records": counted.records if counted else None,
        "origins": {origin.value: number for origin, number in words.origins(counted).items()} if counted else None,
    }


def _composition(composition: Composition) -> dict[str, object]:
    return {
        "records": composition.records,
        "bad_rows": composition.bad_rows,
        "cells": [
            {
                "origin": cell.origin.value,
                "kind": cell.kind,
                "domain": cell.domain,
                "language": cell.language,
                "source": cell.source,
                "records": tally.records,
                "tokens": tally.tokens,
                "weight_micro": tally.weight_micro,
            }
            for cell, tally in sorted(composition.cells.items())
        ],
    }


def _lineage(lineage: Lineage) -> dict[str, object]:
    """Where the trail starts and ends; its steps and breaks stand once in the report, whoever's ancestors they are."""
    return {
        "roots": list(lineage.roots),
        "made_by": lineage.steps[-1].name if lineage.steps else None,
        "step_count": len(lineage.steps),
        "gap_count": len(lineage.gaps),
    }


def _trails(report: Report) -> dict[str, object]:
    """The steps and breaks of all datasets, each once: a chain of n stages would otherwise be written n times."""
    trails = [dataset.lineage for dataset in report.datasets if dataset.lineage]
    steps = {step.name: step for trail in trails for step in trail.steps}
    gaps = dict.fromkeys(gap for trail in trails for gap in trail.gaps)
    return {
        "steps": [_step(steps[name]) for name in sorted(steps)],
        "gaps": [_gap(gap) for gap in sorted(gaps, key=_gap_order)],
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "location": _location(step.definition),
        "cmd": step.cmd,
        "deps": [_link(link) for link in step.deps],
        "outs": [_link(link) for link in step.outs],
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "kind": gap.kind.value,
        "path": gap.path,
        "message": gap.message,
        "location": _location(gap.location),
        "fix": gap.fix,
    }


def _gap_order(gap: Gap) -> tuple[str, int, str, str]:
    return gap.location.path, gap.location.line or 0, gap.path, gap.message


def _link(link: Link) -> dict[str, object]:
    return {
        "path": link.path,
        "hash": link.hash,
        "kind": link.kind,
        "url": address(link.url) if link.url else None,
        "rev_lock": link.rev_lock,
    }


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """One outcome, its numbers not rounded."""
    return {
        "rule": outcome.rule,
        "check": outcome.check,
        "status": outcome.status.value,
        "level": outcome.level.value,
        "dataset": outcome.dataset,
        "scope": dict(outcome.scope),
        "measured": _number(outcome.measured),
        "limit": _number(outcome.limit),
        "unit": outcome.unit,
        "message": outcome.message,
        "fix": outcome.fix,
        "location": _location(outcome.location),
        "evidence": list(outcome.evidence),
        "reason": outcome.reason,
        "blocking": outcome.blocking,
        "informs_only": outcome.informs_only,
        "exemption": _exemption(outcome.exemption) if outcome.exemption else None,
        "covered_by": list(outcome.covered_by),
        "reference": outcome.reference,
    }


def _exemption(exemption: Exemption) -> dict[str, object]:
    return {
        "kind": exemption.kind,
        "id": exemption.id,
        "expires": exemption.expires,
        "days_left": exemption.days_left,
        "limit": _number(exemption.limit),
        "approved_by": list(exemption.approved_by),
        "verified": list(exemption.verified),
        "ticket": exemption.ticket,
        "location": _location(exemption.location) if exemption.location else None,
        "others": list(exemption.others),
    }


def _location(location: Location) -> dict[str, object]:
    place: dict[str, object] = {"path": location.path, "line": location.line}
    return place | ({"column": location.column} if location.column else {})


def _number(value: Number | str | None) -> Number | str | None:
    """JSON has no NaN; as text it is still told, and no reader takes it for a number."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _clean(content: object) -> object:
    if isinstance(content, str):
        return exact(content)
    if isinstance(content, Mapping):
        return {exact(str(key)): _clean(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_clean(value) for value in content]
    return content
