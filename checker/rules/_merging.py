"""The cells of many shards added up, so that what is asked of a whole dataset is asked of each kind of record once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.model.composition import Cell, Moments, Tally

_PPM = 1_000_000
_EITHER = "source_or_url"


def merged(shards: Iterable[Iterable[tuple[Cell, Tally]]]) -> list[tuple[Cell, Tally]]:
    """Cells with records, equal ones as one. Whatever a check makes of the sum, it would make of the members.

    A tally that has both sources and URLs, and does not say how many records have either, stays on its own.
    """
    groups: dict[Cell, list[Tally]] = {}
    apart = []
    for tallies in shards:
        for cell, tally in tallies:
            if not tally.records:
                continue
            if _is_vague(tally):
                apart.append((cell, tally))
            else:
                groups.setdefault(cell, []).append(tally)
    return [(cell, found[0] if len(found) == 1 else _sum(found)) for cell, found in groups.items()] + apart


def _is_vague(tally: Tally) -> bool:
    coverage = tally.coverage
    return _EITHER not in coverage and bool(coverage.get("source")) and bool(coverage.get("url"))


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        records=sum(tally.records for tally in tallies),
        bytes=_known_sum(tally.bytes for tally in tallies),
        tokens=_known_sum(tally.tokens for tally in tallies),
        machine_bytes=sum(tally.machine_bytes for tally in tallies),
        machine_tokens=sum(tally.machine_tokens for tally in tallies),
        weight_micro=sum(tally.weight_micro for tally in tallies),
        reviewed=sum(tally.reviewed for tally in tallies),
        coverage=_coverage(tallies),
        licenses=_sums(tally.licenses for tally in tallies),
        bases=_sums(tally.bases for tally in tallies),
        scores=_scores(tallies),
        token_moments=_moments(tally.token_moments for tally in tallies),
        weight_moments=_moments(tally.weight_moments for tally in tallies),
    )


def _known_sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _sums(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for key, number in part.items():
            total[key] = total.get(key, 0) + number
    return total


def _coverage(tallies: list[Tally]) -> dict[str, int]:
    """Where only one of source and URL is there, as many records have either."""
    total = _sums(tally.coverage for tally in tallies)
    implied = sum(
        tally.coverage.get("source", 0) + tally.coverage.get("url", 0)
        for tally in tallies
        if _EITHER not in tally.coverage
    )
    return {**total, _EITHER: total.get(_EITHER, 0) + implied}


def _scores(tallies: list[Tally]) -> dict[int, tuple[int, int]]:
    """Scores that a reading would put together are added up; the keys say nothing more."""
    total: dict[tuple[int, ...], tuple[int, int]] = {}
    for tally in tallies:
        for records, ppm in tally.scores.values():
            kind = _kind(records, ppm)
            before = total.get(kind, (0, 0))
            total[kind] = (before[0] + records, before[1] + ppm)
    return dict(enumerate(total[kind] for kind in sorted(total)))


def _kind(records: int, ppm: int) -> tuple[int, ...]:
    """The thousandth that the chances fall on, seen from either side, and whether they are certain."""
    if not records:
        return ()
    rest = records * _PPM - ppm
    return (round(ppm / records / 1000), round(rest / records / 1000), int(not ppm), int(not rest))


def _moments(parts: Iterable[Moments]) -> Moments:
    totals = [0, 0, 0, 0, 0]
    for part in parts:
        if any(part):
            totals = [total + number for total, number in zip(totals, part, strict=True)]
    return Moments(*totals)
