"""Adds compositions up: associative, commutative and exact, so shards may come in any order and grouping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.model.composition import BadRow, Cell, Composition, Moments, Tally
from checker.read.records.bad import SAMPLES
from checker.read.records.slices import bounded


def merge(compositions: Iterable[Composition]) -> Composition:
    """The composition of all shards together. No composition at all gives an empty one."""
    tallies: dict[Cell, list[Tally]] = {}
    bad_rows = 0
    samples: list[BadRow] = []
    slices: dict[str, dict[str, int]] = {}
    for composition in compositions:
        for cell, tally in composition.cells.items():
            tallies.setdefault(cell, []).append(tally)
        bad_rows += composition.bad_rows
        samples = sorted((*samples, *composition.bad_samples))[:SAMPLES]
        for name, counts in composition.slices.items():
            slices[name] = bounded(_sum_counts((slices.get(name, {}), counts)))
    cells = {cell: merge_tallies(tallies[cell]) for cell in sorted(tallies)}
    return Composition(cells, bad_rows, tuple(samples), dict(sorted(slices.items())))


def merge_tallies(tallies: list[Tally]) -> Tally:
    """The sums. Text that was not read in one part is unknown in the whole."""
    if len(tallies) == 1:
        return tallies[0]
    return Tally(
        records=sum(tally.records for tally in tallies),
        bytes=_sum_known([tally.bytes for tally in tallies]),
        tokens=_sum_known([tally.tokens for tally in tallies]),
        machine_bytes=sum(tally.machine_bytes for tally in tallies),
        machine_tokens=sum(tally.machine_tokens for tally in tallies),
        weight_micro=sum(tally.weight_micro for tally in tallies),
        reviewed=sum(tally.reviewed for tally in tallies),
        coverage=_sum_counts(tally.coverage for tally in tallies),
        licenses=_sum_counts(tally.licenses for tally in tallies),
        bases=_sum_counts(tally.bases for tally in tallies),
        scores=_sum_scores(tally.scores for tally in tallies),
        token_moments=_sum_moments([tally.token_moments for tally in tallies]),
        weight_moments=_sum_moments([tally.weight_moments for tally in tallies]),
    )


def _sum_known(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _sum_counts(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            total[name] = total.get(name, 0) + number
    return dict(sorted(total.items()))


def _sum_scores(parts: Iterable[Mapping[int, tuple[int, int]]]) -> dict[int, tuple[int, int]]:
    total: dict[int, tuple[int, int]] = {}
    for part in parts:
        for point, (records, ppm) in part.items():
            before = total.get(point, (0, 0))
            total[point] = (before[0] + records, before[1] + ppm)
    return dict(sorted(total.items()))


def _sum_moments(parts: list[Moments]) -> Moments:
    return Moments(
        w=sum(part.w for part in parts),
        w2=sum(part.w2 for part in parts),
        wc=sum(part.wc for part in parts),
        w2c=sum(part.w2c for part in parts),
        w2cc=sum(part.w2cc for part in parts),
    )
