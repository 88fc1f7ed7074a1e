"""What the Hub and its two templates call things, and the canonical keys for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# The Hub's key -> canonical key. The second of two names is the old one; the Hub no longer reads it.
FRONT_MATTER: Mapping[str, str] = MappingProxyType(
    {
        "pretty_name": "name",
        "version": "version",
        "license": "license",
        "licenses": "license",
        "license_name": "license_name",
        "license_link": "license_link",
        "license_details": "license_details",
        "language": "language",
        "languages": "language",
        "language_bcp47": "language",
        "multilinguality": "multilinguality",
        "size_categories": "size_category",
        "annotations_creators": "annotations_creators",
        "language_creators": "language_creators",
        "task_categories": "tasks",
        "task_ids": "tasks",
        "tags": "tags",
        "extra_gated_prompt": "confidentiality",
    }
)
OTHER_KEYS = frozenset(
    (
        "source_datasets",
        "dataset_info",
        "configs",
        "config_names",
        "paperswithcode_id",
        "train-eval-index",
        "headwater",
        "viewer",
        "extra_gated_fields",
    )
)
# The heading in lower case -> canonical keys; the first that is filled is the best.
HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataset summary": ("description",),
        "dataset description": ("description",),
        "dataset details": ("description",),
        "data collection and processing": ("acquisition",),
        "initial data collection and normalization": ("acquisition",),
        "source data": ("acquisition",),
        "annotations": ("annotation",),
        "annotation process": ("annotation",),
        "personal and sensitive information": ("personal_data",),
        "direct use": ("intended_use",),
        "intended use": ("intended_use",),
        "intended uses": ("intended_use",),
        "uses": ("intended_use",),
        "supported tasks and leaderboards": ("intended_use",),
        "supported tasks": ("intended_use",),
        "out-of-scope use": ("out_of_scope",),
        "out of scope use": ("out_of_scope",),
        "social impact of dataset": ("social_impact",),
        "social impact": ("social_impact",),
        "discussion of biases": ("biases",),
        "bias, risks, and limitations": ("biases", "limitations"),
        "bias, risks and limitations": ("biases", "limitations"),
        "biases": ("biases",),
        "other known limitations": ("limitations",),
        "limitations": ("limitations",),
        "known limitations": ("limitations",),
        "dataset curators": ("issuer",),
        "dataset card contact": ("contact",),
        "contact": ("contact",),
        "licensing information": ("license_details",),
        "citation information": ("citation",),
        "citation": ("citation",),
        "maintenance": ("maintenance",),
        "changelog": ("change_log",),
        "change log": ("change_log",),
        "version history": ("change_log",),
        "revisions": ("change_log",),
        "synthetic data": ("synthetic_note",),
        "deduplication": ("dedup",),
    }
)
BULLETS: Mapping[str, str] = MappingProxyType(
    {
        "homepage": "url",
        "repository": "url",
        "curated by": "issuer",
        "shared by": "issuer",
        "point of contact": "contact",
        "contact": "contact",
    }
)
# Said in the body only where the front matter says nothing: there it is prose, not an identifier.
FALLBACK_BULLETS: Mapping[str, str] = MappingProxyType(
    {"license": "license", "language(s) (nlp)": "language", "language(s)": "language"}
)
