"""Whether a rule that is for some records only (`where`) is a dataset's business at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.model.card import Card
from checker.model.composition import Cell, Measurement, Unmeasured
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.model.evidence import Evidence, Need
from checker.rules._base import Check

# Checks of these groups judge records, so `where` narrows what they count; the others judge the dataset as one.
OF_RECORDS = frozenset({"composition", "provenance"})
Where = Mapping[str, tuple[str, ...]]


def applies(where: Where, check: Check[Any], params: object, evidence: Evidence) -> bool | None:
    """Whether the dataset has records within `where`; None when nobody can tell."""
    if not where:
        return True
    dataset = evidence.dataset
    of_records = check.group in OF_RECORDS
    if not of_records and (settings_say(where, dataset.settings) or card_says(where, evidence.card)):
        return True
    answers = [_has_records(where, dataset.version, evidence.measurements)]
    if of_records and dataset.base is not None and Need.BASE in check.needs(params):
        # Records that the base had and this version lost are the rule's concern too.
        answers.append(_has_records(where, dataset.base, {**evidence.measurements, **evidence.base_measurements}))
    if True in answers:
        return True
    return None if None in answers else False


def admits(where: Where, cell: Cell) -> bool | None:
    """Whether the records of a cell are within `where`; None when they do not state what it asks."""
    answer: bool | None = True
    for axis, values in where.items():
        value = getattr(cell, axis, "")
        if not value:
            answer = None
        elif value.casefold() not in {wanted.casefold() for wanted in values}:
            return False
    return answer


def axes(where: Where) -> list[str]:
    """`domain health or legal`, for each axis of `where`."""
    return [f"{axis} {' or '.join(values)}" for axis, values in sorted(where.items())]


def settings_say(where: Where, settings: DatasetSettings) -> bool:
    """Whether `headwater.yaml` puts the whole dataset within `where`."""
    stated = {"domain": settings.domain, "language": settings.language}
    return all(_is_among(stated.get(axis), values) for axis, values in where.items())


def card_says(where: Where, card: Card | None) -> bool:
    """Whether the card puts the whole dataset within `where`."""
    return card is not None and all(
        any(_is_among(str(value.content), values) for value in card.filled(axis)) for axis, values in where.items()
    )


def _has_records(
    where: Where, version: DatasetVersion, measurements: Mapping[str, Measurement | Unmeasured]
) -> bool | None:
    if version.shards is None:
        return None
    answer: bool | None = False
    for shard in version.shards:
        found = measurements.get(shard.hash)
        if not isinstance(found, Measurement):
            answer = None
            continue
        for cell, tally in found.composition.cells.items():
            admitted = admits(where, cell) if tally.records else False
            if admitted:
                return True
            answer = None if admitted is None else answer
    return answer


def _is_among(value: str | None, values: tuple[str, ...]) -> bool:
    return value is not None and value.casefold() in {wanted.casefold() for wanted in values}
