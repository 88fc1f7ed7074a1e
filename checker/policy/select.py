"""Which datasets a rule judges: globs over names, roles and labels."""

from __future__ import annotations

from checker.globs import matches
from checker.model.dataset import Dataset
from checker.model.policy import Selector


def selects(select: Selector, dataset: Dataset) -> bool:
    """Whether a rule with this selector judges the dataset. `where` restricts records, not datasets."""
    return (
        (not select.datasets or any(matches(glob, dataset.name) for glob in select.datasets))
        and (not select.roles or dataset.settings.role.value in select.roles)
        and (not select.labels or not set(select.labels).isdisjoint(dataset.version.labels))
    )
