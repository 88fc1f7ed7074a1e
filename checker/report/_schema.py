"""The JSON Schema of `headwater/report/v1`, published as `policies/schema/report-v1.schema.json`."""

from __future__ import annotations

from checker.model.dataset import SnapshotKind
from checker.model.lineage import GapKind
from checker.model.outcome import Status
from checker.model.policy import Level, Stage
from checker.report.json_v1 import SCHEMA

_TEXT: dict[str, object] = {"type": "string"}
_COUNT: dict[str, object] = {"type": "integer", "minimum": 0}
_FLAG: dict[str, object] = {"type": "boolean"}


def schema() -> dict[str, object]:
    """Every field but a column is required; unknown fields are allowed, because later versions of v1 may add some."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:headwater:report-v1",
        "title": "headwater report, version 1",
        "description": "What `headwater check --format json` writes.",
        **_record(
            schema={"const": SCHEMA},
            tool=_record(name={"const": "headwater"}, version=_TEXT),
            verdict={"enum": ["pass", "fail", "not-evaluated"]},
            exit_code={
                "enum": [0, 1, 3],
                "description": "0 pass, 1 a blocking finding, 3 a blocking rule not evaluated",
            },
            stage={"enum": [stage.value for stage in Stage]},
            as_of={
                **_TEXT,
                "description": "the day (UTC) that waivers and reviews were judged by; empty where none was",
            },
            repository=_TEXT,
            snapshot=_snapshot(),
            base=_or_null(_snapshot()),
            policy={**_or_null(_policy()), "description": "the first policy that binds"},
            policies={**_list(_policy()), "description": "every policy that was run, also the proposed ones"},
            plugins={
                **_list(_record(name=_TEXT, version=_TEXT, digest=_TEXT, offers=_list(_TEXT))),
                "description": "installed distributions that took part, with the sha256 over their files",
            },
            datasets=_list(_dataset()),
            steps={
                **_list(_step()),
                "description": "the stages behind the datasets, each once; deps and outs join them",
            },
            gaps={**_list(_gap()), "description": "where the trails of the datasets break"},
            outcomes=_list(_outcome()),
            notes=_list(_TEXT),
        ),
    }


def _record(**fields: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(fields), "properties": fields}


def _list(items: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": items}


def _or_null(kind: dict[str, object]) -> dict[str, object]:
    return {"anyOf": [kind, {"type": "null"}]}


def _snapshot() -> dict[str, object]:
    return _record(
        kind={"enum": [kind.value for kind in SnapshotKind]}, label=_TEXT, commit=_or_null(_TEXT), tree=_or_null(_TEXT)
    )


def _policy() -> dict[str, object]:
    return _record(id=_TEXT, version=_TEXT, digest=_TEXT, revision=_TEXT, informs_only=_FLAG)


def _location() -> dict[str, object]:
    place: dict[str, object] = {"type": "integer", "minimum": 1}
    return {**_record(path=_TEXT, line=_or_null(place), column=place), "required": ["path", "line"]}


def _dataset() -> dict[str, object]:
    origins = _record(human=_COUNT, machine=_COUNT, mixed=_COUNT, unknown=_COUNT)
    shard = _record(
        path=_TEXT, hash=_TEXT, size_bytes=_or_null(_COUNT), records=_or_null(_COUNT), origins=_or_null(origins)
    )
    cell = _record(
        origin={"enum": ["human", "machine", "mixed", "unknown"]},
        kind=_TEXT,
        domain=_TEXT,
        language=_TEXT,
        source=_TEXT,
        records=_COUNT,
        tokens=_or_null(_COUNT),
        weight_micro={"type": "integer"},
    )
    return _record(
        name=_TEXT,
        path=_TEXT,
        hash=_or_null(_TEXT),
        card=_or_null(_TEXT),
        shard_count=_or_null(_COUNT),
        shards=_list(shard),
        composition=_or_null(_record(records=_COUNT, bad_rows=_COUNT, cells=_list(cell))),
        lineage=_or_null(_lineage()),
    )


def _lineage() -> dict[str, object]:
    return _record(
        roots=_list(_TEXT),
        made_by={**_or_null(_TEXT), "description": "the name of a step"},
        step_count=_COUNT,
        gap_count=_COUNT,
    )


def _step() -> dict[str, object]:
    link = _record(path=_TEXT, hash=_or_null(_TEXT), kind=_TEXT, url=_or_null(_TEXT), rev_lock=_or_null(_TEXT))
    return _record(name=_TEXT, location=_location(), cmd=_TEXT, deps=_list(link), outs=_list(link))


def _gap() -> dict[str, object]:
    return _record(
        kind={"enum": [kind.value for kind in GapKind]}, path=_TEXT, message=_TEXT, location=_location(), fix=_TEXT
    )


def _outcome() -> dict[str, object]:
    amount: dict[str, object] = {"type": ["number", "string", "null"]}
    return _record(
        rule={**_TEXT, "description": "policy/rule"},
        check=_TEXT,
        status={"enum": [status.value for status in Status]},
        level={"enum": [level.value for level in Level]},
        dataset=_TEXT,
        scope={"type": "object", "additionalProperties": _TEXT},
        measured=amount,
        limit=amount,
        unit=_TEXT,
        message=_TEXT,
        fix=_TEXT,
        location=_location(),
        evidence=_list(_TEXT),
        reason={**_TEXT, "description": "why it is waived or not evaluated, or why a waiver for it is not enough"},
        blocking=_FLAG,
        informs_only={**_FLAG, "description": "judged by the proposed policy of the change; never binds"},
        exemption={**_or_null(_exemption()), "description": "by what a waived outcome is waived"},
        covered_by={**_list(_TEXT), "description": "the waivers for this very place, also those without effect"},
        reference={**_TEXT, "description": "what a ratchet held it against, with its commit"},
    )


def _exemption() -> dict[str, object]:
    return _record(
        kind={"enum": ["waiver", "baseline"]},
        id={**_TEXT, "description": "of the waiver; of the baseline the digest of the content"},
        expires={**_TEXT, "description": "the last day (UTC) of the waiver"},
        days_left=_or_null(_COUNT),
        limit={"type": ["number", "string", "null"], "description": "the relaxed limit"},
        approved_by={**_list(_TEXT), "description": "whose approval counts"},
        verified={**_list(_TEXT), "description": "those of them whose signature held"},
        ticket=_TEXT,
        location=_or_null(_location()),
        others={**_list(_TEXT), "description": "other waivers that would do as well"},
    )
