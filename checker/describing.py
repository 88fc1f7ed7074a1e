"""What the report shows of each judged dataset."""

from __future__ import annotations

from collections.abc import Mapping

from checker.model.composition import Composition, Measurement
from checker.model.evidence import Evidence
from checker.model.report import DatasetReport, ShardReport


def describe(gathered: Mapping[str, Evidence]) -> tuple[DatasetReport, ...]:
    """Composition and lineage where they were gathered."""
    return tuple(_describe(evidence) for evidence in gathered.values())


def _describe(evidence: Evidence) -> DatasetReport:
    version = evidence.dataset.version
    measured = {key: found for key, found in evidence.measurements.items() if isinstance(found, Measurement)}
    shards = tuple(
        ShardReport(
            shard.path,
            shard.hash,
            shard.size_bytes,
            measured[shard.hash].composition if shard.hash in measured else None,
        )
        for shard in version.shards or ()
    )
    parts = [shard.composition for shard in shards if shard.composition is not None]
    return DatasetReport(
        name=evidence.dataset.name,
        path=version.path,
        hash=version.hash,
        shards=shards,
        shard_count=len(shards) if version.shards is not None else version.file_count,
        card=evidence.card.path if evidence.card else None,
        composition=_merged(parts) if parts else None,
        lineage=evidence.lineage,
    )


def _merged(parts: list[Composition]) -> Composition:
    from checker.measure import merge

    return merge(parts)
