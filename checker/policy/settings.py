"""`headwater.yaml`: what the repository says of its datasets and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.globs import matches
from checker.model.dataset import DatasetSettings, OriginRule, Role
from checker.policy import validated


class EvidenceSettings(NamedTuple):
    """Where evidence is shared, and whether only signed entries are taken from there."""

    stores: tuple[str, ...] = ()
    signed: str = "optional"


class Settings(NamedTuple):
    """`datasets` pairs a glob with settings, first match first. `budget_seconds` bounds measuring at commit.

    `loosening` says whether a pull request that loosens what judges is blocked (`block`) or warned of (`warn`).
    """

    datasets: tuple[tuple[str, DatasetSettings], ...] = ()
    policies: tuple[str, ...] = ()
    budget_seconds: float | None = None
    evidence: EvidenceSettings = EvidenceSettings()
    loosening: str = "block"
    plugins: tuple[str, ...] = ()

    def of(self, path: str) -> DatasetSettings | None:
        """The settings of the first entry whose glob fits the path of a DVC out."""
        return next((own for glob, own in self.datasets if matches(glob, path)), None)


def load_settings(data: bytes | None, path: str) -> Settings:
    """Read `headwater.yaml`; None (no such file) and an empty file leave everything to convention."""
    if data is None:
        return Settings()
    settings, faults = read_settings(data, path)
    if faults:
        raise faults[0]
    return settings


def read_settings(data: bytes, path: str) -> tuple[Settings, tuple[HeadwaterError, ...]]:
    """The settings, and everything that is wrong with the file."""
    try:
        document = safeyaml.load(data, path)
    except YamlError as error:
        return Settings(), (error,)
    if document.data is None:
        return Settings(), ()
    faults: list[PolicyError] = []

    def validate() -> bool:
        # Slow to import, and not needed for a file that was accepted before.
        from checker.policy import schema
        from checker.policy.schemas.settings import settings_schema

        faults.extend(schema.faults(document, settings_schema()))
        return not faults

    validated.unless_known(data, validated.schema_digest("settings.schema.json"), validate)
    return (Settings(), tuple(faults)) if faults else (_settings(document.data), ())


def _settings(data: Any) -> Settings:
    return Settings(
        datasets=tuple((entry["path"], dataset_settings(entry)) for entry in data.get("datasets", ())),
        policies=tuple(data.get("policies", ())),
        budget_seconds=data.get("budget"),
        evidence=_evidence(data.get("evidence", {})),
        loosening=data.get("loosening", "block"),
        plugins=tuple(data.get("plugins", ())),
    )


def _evidence(entry: Mapping[str, Any]) -> EvidenceSettings:
    return EvidenceSettings(tuple(entry.get("stores", ())), entry.get("signed", "optional"))


def dataset_settings(entry: Mapping[str, Any]) -> DatasetSettings:
    """What an entry that the schema has accepted says of its datasets."""
    return DatasetSettings(
        role=Role(entry.get("role", Role.OTHER.value)),
        modality=entry.get("modality", "text"),
        format=entry.get("format"),
        card=entry.get("card"),
        domain=entry.get("domain"),
        language=entry.get("language"),
        fields=entry.get("fields", {}),
        values=entry.get("values", {}),
        slices=entry.get("slices", {}),
        origins=tuple(_origin(rule) for rule in entry.get("origins", ())),
    )


def _origin(rule: Mapping[str, Any]) -> OriginRule:
    return OriginRule(rule["path"], rule["origin"], rule.get("kind", ""), rule.get("confidence"))
