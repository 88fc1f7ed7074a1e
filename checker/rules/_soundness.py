"""Evidence that cannot be: a measurement with negative or contradictory counts is no measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from checker.model.composition import Absence, Composition, Measurement, Tally, Unmeasured
from checker.model.evidence import Evidence

if TYPE_CHECKING:
    from checker.model.likeness import Gap

Measurements = Mapping[str, Measurement | Unmeasured]


def sound(evidence: Evidence) -> Evidence:
    """The evidence with impossible measurements taken for damaged ones. Done once, before the rules judge.

    What the rules then work out of it they share with each other.
    """
    return evidence._replace(
        shared={},
        measurements=_sound(evidence.measurements),
        base_measurements=_sound(evidence.base_measurements),
        earlier=_sound_too(evidence.earlier) if evidence.earlier else evidence.earlier,
    )


def _sound_too(earlier: Mapping[str, Evidence | Gap]) -> Mapping[str, Evidence | Gap]:
    return {name: sound(found) if isinstance(found, Evidence) else found for name, found in earlier.items()}


def _sound(measurements: Measurements) -> Measurements:
    refused: dict[str, Measurement | Unmeasured] = {
        key: Unmeasured(key, Absence.DAMAGED, "its measurement holds impossible counts", "clear the cached evidence")
        for key, found in measurements.items()
        if isinstance(found, Measurement) and not _is_sound(found.composition)
    }
    return {**measurements, **refused} if refused else measurements


def _is_sound(composition: Composition) -> bool:
    """States the good condition, so that NaN is refused too."""
    return composition.bad_rows >= 0 and all(_is_count(tally) for tally in composition.cells.values())


def _is_count(tally: Tally) -> bool:
    tokens = tally.tokens is None or 0 <= tally.machine_tokens <= tally.tokens
    scored = not tally.scores or (
        all(number >= 0 and 0 <= ppm <= number * 1_000_000 for number, ppm in tally.scores.values())
        and sum(number for number, _ in tally.scores.values()) <= tally.records
    )
    filled = all(0 <= number <= tally.records for number in tally.coverage.values())
    licensed = not tally.licenses or (
        min(tally.licenses.values()) >= 0 and sum(tally.licenses.values()) <= tally.records
    )
    whole = 0 <= tally.reviewed <= tally.records and tally.weight_micro >= 0
    return whole and tokens and scored and filled and licensed
