"""What a plug-in imports: everything here keeps its meaning as long as `API` stays the same."""

from __future__ import annotations

from checker.model.card import Card
from checker.model.composition import Cell, Composition, Measurement, Origin, Tally, Unmeasured
from checker.model.dataset import Dataset, DatasetVersion, Shard
from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap
from checker.model.location import Location
from checker.model.outcome import Judgement, Outcome, Status, Verdict
from checker.model.plugin import CardFormat, Metric, RecordFormat, Renderer
from checker.model.report import Report
from checker.rules._base import Check, Complaint, Missing, Parameters, Stricter, param

API = 1

__all__ = [
    "API",
    "Card",
    "CardFormat",
    "Cell",
    "Check",
    "Complaint",
    "Composition",
    "Dataset",
    "DatasetVersion",
    "Evidence",
    "Gap",
    "Judgement",
    "Location",
    "Measurement",
    "Metric",
    "Missing",
    "Need",
    "Origin",
    "Outcome",
    "Parameters",
    "RecordFormat",
    "Renderer",
    "Report",
    "Shard",
    "Status",
    "Stricter",
    "Tally",
    "Unmeasured",
    "Verdict",
    "param",
]
