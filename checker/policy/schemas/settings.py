"""The schema of `headwater.yaml`."""

from __future__ import annotations

from functools import cache

from checker.model.composition import Origin
from checker.model.dataset import Role
from checker.policy.fields import RECORD_FIELDS, VALUE_FIELDS
from checker.policy.schemas.shapes import DIALECT, END, Schema, listing, path, record, text, values


@cache
def settings_schema() -> Schema:
    """`headwater.yaml`."""
    paths = listing(path("A glob over paths of the repository.", "policies/**"))
    return {
        "$schema": DIALECT,
        "title": "headwater settings (headwater.yaml)",
        **record(
            {
                "datasets": {
                    **listing(_dataset()),
                    "description": "What headwater cannot see by itself; the first matching entry counts.",
                    "examples": [[{"path": "data/train/**", "role": "train"}]],
                },
                "policies": {
                    **paths,
                    "description": "Policy files, as globs; by default policies/*.yaml.",
                    "examples": [["policies/**"]],
                },
                "budget": {
                    "type": "number",
                    "minimum": 0,
                    "description": "Seconds that measuring may take at the commit stage; 5 by default.",
                    "default": 5,
                },
                "evidence": {**_evidence(), "description": "Where measurements are shared (docs/evidence.md)."},
                "plugins": {
                    **listing(
                        {
                            "type": "string",
                            "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?" + END,
                            "patternErrorMessage": "write the name of an installed distribution, without a version",
                        }
                    ),
                    "uniqueItems": True,
                    "description": "Installed distributions that may add checks, formats and metrics "
                    "(docs/writing-a-plugin.md).",
                    "examples": [["my-checks"]],
                },
                "loosening": {
                    "enum": ["block", "warn"],
                    "description": "Whether a pull request that loosens policies is blocked (the default), or only "
                    "warned of because code owners review these files (docs/trust.md).",
                },
            }
        ),
    }


def dataset_settings_schema() -> Schema:
    """What can be said of one dataset, wherever that is."""
    entry = _dataset()
    return record({name: schema for name, schema in entry["properties"].items() if name != "path"})


def _evidence() -> Schema:
    store = {
        "type": "string",
        "minLength": 1,
        # A folder of the repository would be written by the very change that is judged.
        "pattern": r"^(?!.*::)([A-Za-z][A-Za-z0-9+.-]+://(?![^/]*:[^/]*@)|/|[A-Za-z]:[\\/])[^?#\u0000-\u001f]*" + END,
        "patternErrorMessage": "write a URL (s3://…, https://…, dvc://REMOTE/folder) or an absolute path, without a "
        "password and a query: credentials belong to the machine that asks",
    }
    return record(
        {
            "stores": {
                **listing(store),
                "description": "Shared stores of evidence, asked in this order.",
                "examples": [["s3://bucket/evidence"]],
            },
            "signed": {
                "enum": ["optional", "required"],
                "description": "Whether only entries signed with HEADWATER_EVIDENCE_KEY are taken from a store.",
            },
        }
    )


def _dataset() -> Schema:
    mapping = {"type": "object", "additionalProperties": text()}
    translated = {
        name: {**mapping, "description": f"Value in the data: {name} that it means."} for name in VALUE_FIELDS
    }
    return record(
        {
            "path": path("A glob over paths of DVC outs.", "data/train/**"),
            "card": path("The dataset's card.", "cards/train.md"),
            "role": {"enum": values(Role), "description": "What the dataset is for."},
            "modality": {
                "enum": ["text"],
                "default": "text",
                "description": "Other modalities come with a later version.",
            },
            "format": {
                "enum": ["jsonl", "jsonl.gz", "jsonl.zst", "parquet", "csv", "tsv", "arrow", "text", "lines"],
                "description": "The format of the shards, where their names do not tell.",
            },
            "domain": text("The domain of records that state none.", "health"),
            "language": text("The language of records that state none.", "en"),
            "fields": {
                **record({name: {"type": "string", "description": words} for name, words in RECORD_FIELDS.items()}),
                "description": "Canonical field -> dotted path in the record; an empty path means: do not read it.",
                "examples": [{"text": "body", "origin": "meta.origin"}],
            },
            "values": {
                **record(translated),
                "description": "Canonical field -> {value in the data: canonical value}.",
                "examples": [{"origin": {"gpt": "machine", "crowd": "human"}}],
            },
            "slices": {
                **mapping,
                "description": "Name of a slice (label, dialect, ...) -> dotted path in the record; counted by value.",
                "examples": [{"dialect": "meta.dialect"}],
            },
            "origins": {
                **listing(_origin()),
                "description": "Who made the records that do not say so; the first wins.",
                "examples": [[{"path": "generated/**", "origin": "machine"}]],
            },
        },
        "path",
    )


def _origin() -> Schema:
    return record(
        {
            "path": path("A glob over shards, within the dataset.", "generated/**"),
            "origin": {"enum": values(Origin), "description": "Who made these records."},
            "kind": text("The kind of making: generative, paraphrased, machine_translated, ...", "generative"),
            "confidence": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "How sure this is.",
                "examples": [0.9],
            },
        },
        "path",
        "origin",
    )
