"""What path and DVC metadata say of records that say nothing themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from checker.globs import matches
from checker.model.composition import Origin
from checker.model.dataset import DatasetSettings, DatasetVersion, OriginRule, Shard
from checker.read.records.resolution import UNSTATED, Stated, origin_word

# A folder that says synthetic; one that says it is not does not count.
_SYNTHETIC = re.compile(r"(?<![a-z])synthetic(?![a-z])|synth[-_]?data", re.IGNORECASE)
_NOT_SYNTHETIC = re.compile(r"(no|not|non)[-_]?synthetic|synthetic=(false|0|no)\b", re.IGNORECASE)
# The same bytes may lie under several paths: then the reading that a cap is strictest with holds.
_STRICTEST = (Origin.MACHINE, Origin.MIXED, Origin.UNKNOWN, Origin.HUMAN)


def fallback(version: DatasetVersion, shard: Shard, settings: DatasetSettings) -> Stated:
    """The first that speaks: a rule of `headwater.yaml`, the folder's name, `meta.headwater` in DVC."""
    return (
        _by_rule(settings.origins, shard.path)
        or _by_folder(version, shard)
        or _by_meta(version.meta.get("headwater"))
        or UNSTATED
    )


def strictest(statements: Iterable[Stated]) -> Stated:
    """The one that counts when the same bytes lie under several paths."""
    return min(statements, key=lambda stated: (_STRICTEST.index(stated.origin), stated.basis, stated.kind))


def _by_rule(rules: Iterable[OriginRule], path: str) -> Stated | None:
    for rule in rules:
        if matches(rule.path, path):
            return Stated(origin_word(rule.origin), "declared-path", rule.kind, rule.confidence)
    return None


def _by_folder(version: DatasetVersion, shard: Shard) -> Stated | None:
    folders = version.path.split("/")[: None if version.is_dir else -1] + shard.path.split("/")[:-1]
    if any(_SYNTHETIC.search(folder) and not _NOT_SYNTHETIC.search(folder) for folder in folders):
        return Stated(Origin.MACHINE, "declared-path")
    return None


def _by_meta(meta: object) -> Stated | None:
    if not isinstance(meta, Mapping) or not isinstance(meta.get("origin"), str):
        return None
    origin = origin_word(meta["origin"])
    if origin is Origin.UNKNOWN:
        return None
    kind, confidence = meta.get("kind"), meta.get("confidence")
    share = float(confidence) if isinstance(confidence, int | float) and not isinstance(confidence, bool) else None
    return Stated(origin, "dvc-meta", kind if isinstance(kind, str) else "", share)
