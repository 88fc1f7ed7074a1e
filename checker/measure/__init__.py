"""Measures shards in one pass each, once for each content."""

from __future__ import annotations

from checker.measure.merging import merge
from checker.measure.shards import ObjectSource, Plan, Progress, measure_shards
from checker.store.local import EvidenceCache

__all__ = ["EvidenceCache", "ObjectSource", "Plan", "Progress", "measure_shards", "merge"]
