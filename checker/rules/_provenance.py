"""The provenance fields whose coverage a pass counts (`docs/records.md`)."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.dataset import DatasetSettings
from checker.rules._parts import Tallies

SOURCE_OR_URL = "source_or_url"

FIELDS = (
    SOURCE_OR_URL,
    "id",
    "source",
    "url",
    "collected_at",
    "created_at",
    "license",
    "author",
    "capture_method",
    "origin",
    "origin_confidence",
    "generator",
    "parents",
    "transforms",
    "language",
    "review",
    "vendor",
    "weight",
)


def in_settings(field: str, settings: DatasetSettings) -> str:
    """The step in `headwater.yaml` that may fill a field: mend the mapping that is there, or write one."""
    for name in ("source", "url") if field == SOURCE_OR_URL else (field,):
        if path := settings.fields.get(name):
            return f"correct fields.{name} in headwater.yaml, which reads it from {path!r}"
    name = "source" if field == SOURCE_OR_URL else field
    return f"say under fields in headwater.yaml which name the data has for it ({name}: NAME)"


class Filled(NamedTuple):
    """How many records fill a field: at least and at most."""

    least: int
    most: int


def filled(tallies: Tallies, field: str) -> Filled:
    """Count the records that fill a field. `source_or_url` is bounded where the pass did not count it itself."""
    if field != SOURCE_OR_URL:
        exactly = sum([tally.coverage.get(field, 0) for _, tally in tallies])
        return Filled(exactly, exactly)
    low = high = 0
    for _, tally in tallies:
        if field in tally.coverage:
            exactly = tally.coverage[field]
            low, high = low + exactly, high + exactly
        else:
            source, url = tally.coverage.get("source", 0), tally.coverage.get("url", 0)
            low, high = low + max(url, source), high + min(tally.records, url + source)
    return Filled(low, high)
