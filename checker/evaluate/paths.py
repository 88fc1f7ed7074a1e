"""Evidence narrowed to some shards, for rules that select by path."""

from __future__ import annotations

from checker.model.dataset import DatasetVersion
from checker.model.evidence import Evidence
from checker.policy.select import within


def narrowed(evidence: Evidence, paths: tuple[str, ...]) -> Evidence:
    """The evidence as if the dataset, what it was before and its references had only the shards that `paths` fit."""
    if not paths:
        return evidence
    known = {} if evidence.shared is None else evidence.shared
    if ("paths", paths) not in known:
        known["paths", paths] = _narrowed(evidence, paths)
    made: Evidence = known["paths", paths]
    # Kept of whoever asked first; what differs from rule to rule is the asker's own.
    return made._replace(where=evidence.where, every_part=evidence.every_part)


def reaches(evidence: Evidence, paths: tuple[str, ...], *, before: bool) -> bool:
    """Whether the dataset has a shard that `paths` fit, or had one `before`; true where its shards are not known."""
    dataset = evidence.dataset
    versions = (dataset.version, dataset.base) if before else (dataset.version,)
    known = [version.shards for version in versions if version is not None]
    return not paths or any(shards is None or within(paths, shards) for shards in known)


def _narrowed(evidence: Evidence, paths: tuple[str, ...]) -> Evidence:
    dataset = evidence.dataset
    earlier = {
        name: _narrowed(found, paths) if isinstance(found, Evidence) else found
        for name, found in evidence.earlier.items()
    }
    return evidence._replace(
        dataset=dataset._replace(
            version=_version(dataset.version, paths), base=dataset.base and _version(dataset.base, paths)
        ),
        earlier=earlier,
        shared={},
    )


def _version(version: DatasetVersion, paths: tuple[str, ...]) -> DatasetVersion:
    return version if version.shards is None else version._replace(shards=within(paths, version.shards))
