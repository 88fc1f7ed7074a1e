"""The provenance fields whose coverage a pass counts (`docs/records.md`)."""

from __future__ import annotations

SOURCE_OR_URL = "url_or_source"

FIELDS = (
    SOURCE_OR_URL,
    "id",
    "url",
    "source",
    "snapshot",
    "collected_at",
    "created_at",
    "license",
    "license_url",
    "author",
    "capture_method",
    "origin",
    "origin_confidence",
    "generator",
    "generator_version",
    "prompt",
    "parents",
    "transforms",
    "language",
    "domain",
    "review",
    "vendor",
    "weight",
    "digest",
    "training_optout",
)
