"""The schema of what a case of a policy test is given: evidence in short."""

from __future__ import annotations

from checker.model.card import CardFormat
from checker.model.composition import Absence, Origin
from checker.model.dataset import Role
from checker.model.lineage import GapKind
from checker.policy.schemas.settings import dataset_settings_schema
from checker.policy.schemas.shapes import END, Schema, path, record, text, texts, values

# A share with more digits would need more records than a test can count.
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 10**15}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
NUMBER: Schema = {"type": "number"}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def evidence_definitions() -> Schema:
    """The definitions that describe evidence, by the names that they refer to each other with."""
    return {
        "given": _given(),
        "shard": _shard(),
        "cell": _cell(),
        "version": _version(),
        "card": _card(),
        "gap": _gap(),
        "pairs": {
            "type": "array",
            "items": {"type": "array", "prefixItems": [_place(), _place(), SHARE], "minItems": 2, "maxItems": 3},
            "description": "Examples: [07.jsonl:12, 03.jsonl:7, 0.93], without a number for equal texts.",
        },
    }


def _place() -> Schema:
    return {"type": "string", "pattern": "^.+:[0-9]{1,12}" + END, "patternErrorMessage": "write 07.jsonl:12"}


def _given() -> Schema:
    """What `policytest.given` builds evidence from."""
    by_name = {"type": "object", "minProperties": 1}
    return {
        "description": "The evidence, in short: what was measured, the card, the lineage, the version before.",
        **record(
            {
                "name": path("The name of the dataset; data/train by default."),
                "role": {"enum": values(Role), "description": "What the dataset is for; other by default."},
                "labels": texts("The DVC labels of the dataset."),
                "settings": {**dataset_settings_schema(), "description": "As headwater.yaml has it of a dataset."},
                "composition": _shares(),
                "shards": _shards(),
                "version": {"$ref": "#/$defs/version"},
                "base": {
                    "anyOf": [text(), record({"shards": _shards(), "version": {"$ref": "#/$defs/version"}})],
                    "description": "The version before; a text says why there is none that can be had.",
                },
                "card": {"$ref": "#/$defs/card"},
                "card_problem": text("Why there is no card although one was named."),
                "base_card": {"$ref": "#/$defs/card"},
                "lineage": _lineage(),
                "duplication": {**_or_gap(_duplication()), "description": "Copies within the dataset."},
                "base_duplication": {**_or_gap(_duplication()), "description": "Copies within the version before."},
                "overlaps": {**by_name, "additionalProperties": _or_gap(_overlap())},
                "comparisons": {**by_name, "additionalProperties": _or_gap(_comparison())},
                "references": {**by_name, "additionalProperties": _or_gap(record({"slices": _slices()}, "slices"))},
                "extras": {"type": "object", "description": "The values of metrics of plug-ins, by name."},
                "reference_digests": {**by_name, "additionalProperties": {"type": "array", "items": text()}},
                "earlier": {
                    **by_name,
                    "additionalProperties": _or_gap({"$ref": "#/$defs/given"}),
                    "description": "What ratchets are held against: base, release, gold or a revision -> evidence.",
                },
            }
        ),
    }


def _shares() -> Schema:
    """`{unknown: {health: {2019-03: 0.03}}}`."""
    by_shard = {"type": "object", "minProperties": 1, "additionalProperties": SHARE}
    by_domain = {"type": "object", "minProperties": 1, "additionalProperties": by_shard}
    return {
        **record(dict.fromkeys(values(Origin), by_domain)),
        "minProperties": 1,
        "description": "Origin -> domain -> shard -> share of its records; what is left over is human.",
    }


def _shards() -> Schema:
    return {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/shard"},
        "description": "Shard -> what was counted in it, as a list of {origin: human, records: 100, domain: health}.",
    }


def _shard() -> Schema:
    cells = {"type": "array", "items": {"$ref": "#/$defs/cell"}}
    return {
        "anyOf": [
            cells,
            record({"unmeasured": {"enum": [absence.name for absence in Absence]}}, "unmeasured"),
            record({"same_as": text("The shard of the same content.")}, "same_as"),
            record({"bad_rows": COUNT, "cells": cells, "slices": _slices()}),
        ]
    }


def _cell() -> Schema:
    counts = {"type": "object", "additionalProperties": COUNT}
    moments = record({key: {"type": "integer", "minimum": 0} for key in ("w", "w2", "wc", "w2c", "w2cc")})
    scores = {
        "type": "object",
        "propertyNames": {"pattern": "^([0-9]{1,3}|1000)" + END},
        "additionalProperties": COUNT,
        "description": "Stated confidence in thousandths -> records.",
    }
    return record(
        {
            "origin": {"enum": values(Origin), "description": "Who made these records."},
            **{axis: {"type": "string"} for axis in ("kind", "domain", "language", "source")},
            **dict.fromkeys(("records", "machine_bytes", "machine_tokens", "weight_micro", "reviewed"), COUNT),
            **dict.fromkeys(("bytes", "tokens"), COUNT),
            **dict.fromkeys(("coverage", "licenses", "bases"), counts),
            "scores": scores,
            "token_moments": moments,
            "weight_moments": moments,
        },
        "origin",
    )


def _slices() -> Schema:
    return {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": COUNT}}


def _version() -> Schema:
    return {
        **record(
            {
                "hash": {"type": ["string", "null"], "description": "Nothing, for an out that no run has made."},
                "size_bytes": COUNT,
                "file_count": COUNT,
                "is_dir": {"type": "boolean"},
                "desc": {"type": "string"},
                "type": {"type": "string"},
                "meta": {"type": "object"},
                "frozen": {"type": "boolean"},
                "shards_problem": text("Why the list of shards is not known."),
                "shards_fix": text("How to get it."),
            }
        ),
        "description": "What DVC says of the version.",
    }


def _card() -> Schema:
    value = {"anyOf": [SCALAR, record({"empty": {"const": True}}, "empty")]}
    return {
        **record(
            {
                "fields": {
                    "type": "object",
                    "additionalProperties": {"anyOf": [value, {"type": "array", "items": value}]},
                    "description": "Field -> value, values, or {empty: true} for one that is left open.",
                },
                "problems": texts("What could not be read of the card."),
                "path": path("Where the card lies."),
                "format": {"enum": values(CardFormat)},
            }
        ),
        "description": "The card, by the names of docs/cards.md.",
    }


def _lineage() -> Schema:
    gaps = {
        "type": "array",
        "items": record({"kind": {"enum": [kind.name for kind in GapKind]}, "path": text()}, "kind", "path"),
    }
    return {
        **record(
            {
                "roots": texts("Where the data comes from."),
                "imports": texts("Addresses that roots were imported from."),
                "gaps": gaps,
                "unchecked": gaps,
                "added": {"type": "boolean", "description": "Whether the dataset was added with `dvc add`."},
                "steps": {"type": "boolean", "description": "Whether any step is recorded; yes by default."},
            }
        ),
        "description": "How the dataset was made.",
    }


def _duplication() -> Schema:
    copies = {"documents": COUNT, "exact": COUNT, "near": COUNT}
    by_shard = {"type": "object", "additionalProperties": record(copies, "documents")}
    rest = {"pairs": {"$ref": "#/$defs/pairs"}, "largest_cluster": COUNT, "boilerplate": COUNT}
    return record({**copies, "shards": by_shard, **rest}, "documents")


def _overlap() -> Schema:
    counts = (
        "documents",
        "against_documents",
        "exact",
        "near",
        "covered_exact",
        "covered_near",
        "fragments",
        "shared_fragments",
        "smallest_visible_tokens",
    )
    nothing_near = {"anyOf": [COUNT, {"type": "null"}]}
    rest = {"pairs": {"$ref": "#/$defs/pairs"}, "evidence": {"type": "array", "items": text()}}
    return record({**dict.fromkeys(counts, COUNT), "near": nothing_near, "covered_near": nothing_near, **rest})


def _comparison() -> Schema:
    numbers = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 3}
    score = {
        "type": "array",
        "prefixItems": [NUMBER, NUMBER, {"type": "array", "items": text()}],
        "minItems": 3,
        "maxItems": 3,
        "description": "[value, threshold, [signals]]",
    }
    return record(
        {
            "budget_tokens": COUNT,
            "blocks": COUNT,
            "reference_blocks": COUNT,
            "by_source": {"type": "boolean"},
            "signals": {"type": "object", "additionalProperties": numbers},
            "collapse": score,
            "drift": score,
            "shifted": {"type": "boolean"},
            "detectable_share": SHARE,
            "tail": {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3},
            "insufficient": text(),
            "evidence": {"type": "array", "items": text()},
        }
    )


def _gap() -> Schema:
    return record({"gap": text("Why there is none."), "fix": text(), "deferred": {"type": "boolean"}}, "gap")


def _or_gap(schema: Schema) -> Schema:
    return {"anyOf": [{"$ref": "#/$defs/gap"}, schema]}
