"""Which datasets a rule judges (globs over names, roles and labels), and which of their shards."""

from __future__ import annotations

from checker.globs import matches
from checker.model.dataset import Dataset, Shard
from checker.model.policy import Selector


def selects(select: Selector, dataset: Dataset) -> bool:
    """Whether a rule with this selector judges the dataset. `where` and `paths` restrict records, not datasets."""
    return (
        (not select.datasets or any(matches(glob, dataset.name) for glob in select.datasets))
        and (not select.roles or dataset.settings.role.value in select.roles)
        and (not select.labels or not set(select.labels).isdisjoint(dataset.version.labels))
    )


def within(paths: tuple[str, ...], shards: tuple[Shard, ...]) -> tuple[Shard, ...]:
    """The shards that any of these globs fits; their paths are within the dataset."""
    return tuple(shard for shard in shards if any(matches(glob, shard.path) for glob in paths))
