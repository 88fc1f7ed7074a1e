"""From a ruling on each part to judgements: each part that is broken, and the nearest of those that hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from checker.model.composition import Absence, Unmeasured
from checker.model.dataset import Shard
from checker.model.outcome import Figure, Judgement, Number, Scope, Verdict
from checker.rules._base import MOST_SHOWN, THEN_AGAIN
from checker.rules._numbers import count
from checker.rules._parts import Part, Survey, dimensions, parts


class Words(NamedTuple):
    """What a judgement says of a part. `figure` is what ratchets compare."""

    message: str
    measured: Number | str | None = None
    limit: Number | str | None = None
    unit: str = ""
    fix: str = ""
    figure: Figure | None = None


class Ruling(NamedTuple):
    """What a check makes of a part. `room` is the distance to the limit, negative beyond it.

    `words` is only called for the parts that are shown. `settled` means that no further record could mend it.
    `facet` tells apart several rulings on one part (one a field).
    """

    verdict: Verdict
    room: Fraction | float
    part: Part
    words: Callable[[], Words]
    settled: bool = False
    facet: Scope = ()


class Found(NamedTuple):
    """What is said of one dimension: the rulings that are shown, worst first, and how many there are of each verdict.

    `holding` parts hold altogether; `nearest` is the ruling on the one nearest to the limit.
    """

    shown: Sequence[Ruling]
    numbers: Mapping[Verdict, int]
    nearest: Ruling | None
    holding: int


class Line(NamedTuple):
    """One facet of the parts of a dimension, worst first, then by name; `failing` of the first do not hold.

    `rule` makes the ruling on the part at a place. `verdict` is that of all that fail, None where they differ.
    """

    parts: Sequence[Part]
    failing: int
    rule: Callable[[int], Ruling]
    verdict: Verdict | None = Verdict.BROKEN


def judge_parts(
    known: Survey,
    per: tuple[str, ...],
    rule: Callable[[Part], Iterable[Ruling]],
    find: Callable[[str], Found] | None = None,
) -> Iterator[Judgement]:
    """Every dimension of `per`, then what stayed open.

    `find` says of a dimension what the rulings of `rule` on each part would, without making one for each.
    """
    for dimension in dimensions(known, per):
        if find is not None and not known.every_part and (known.complete or dimension == "shard"):
            yield from _told(known, dimension, find(dimension))
            continue
        rulings = [ruling for part in parts(known, dimension) for ruling in rule(part)]
        if not known.complete and dimension != "shard":
            rulings = [ruling for ruling in rulings if ruling.settled]
        yield from judgements(known, dimension, rulings)
    yield from open_ends(known)
    if known.complete and not known.unstated and not known.records:
        yield Judgement(
            Verdict.UNKNOWN,
            f"{known.dataset.name} has no records, so there is nothing to judge",
            known.location,
            measured=0,
            unit="records",
            fix="add data, or select the dataset no more",
            evidence=known.digests(),
        )


def judgements(known: Survey, dimension: str, rulings: list[Ruling]) -> Iterator[Judgement]:
    """One judgement for each part that does not hold, and one for the nearest of those that do; or all, where asked."""
    yield from _told(known, dimension, found_of(rulings))
    if known.every_part:
        holding = sorted((ruling for ruling in rulings if ruling.verdict is Verdict.HOLDS), key=in_order)
        yield from (_judgement(known, ruling) for ruling in holding)


def found_of(rulings: Iterable[Ruling]) -> Found:
    """All rulings of a dimension, put in order."""
    ordered = sorted(rulings, key=in_order)
    failing = [ruling for ruling in ordered if ruling.verdict is not Verdict.HOLDS]
    nearest = next((ruling for ruling in ordered if ruling.verdict is Verdict.HOLDS), None)
    names = {ruling.part.name for ruling in ordered} - {ruling.part.name for ruling in failing}
    return Found(failing, Counter(ruling.verdict for ruling in failing), nearest, len(names))


def found_on(lines: Sequence[Line], number: int) -> Found:
    """The same, of parts that are in order already: rulings are made only of what is shown.

    Each of `number` parts is on some of the lines.
    """
    shown: list[Ruling] = []
    numbers: Counter[Verdict] = Counter()
    nearest: list[Ruling] = []
    for line in lines:
        made = [line.rule(at) for at in range(min(line.failing, MOST_SHOWN) if line.verdict else line.failing)]
        shown += made
        numbers.update({line.verdict: line.failing} if line.verdict else [ruling.verdict for ruling in made])
        if line.failing < len(line.parts):
            nearest.append(line.rule(line.failing))
    return Found(
        sorted(shown, key=in_order), numbers, min(nearest, key=in_order, default=None), number - _failing(lines)
    )


def _failing(lines: Sequence[Line]) -> int:
    """How many parts fail on any line."""
    if len(lines) == 1:
        return lines[0].failing
    return len({part.name for line in lines for part in line.parts[: line.failing]})


def in_order(ruling: Ruling) -> tuple[Fraction | float, str, Scope]:
    """Rulings sort by what is left to the limit, then by name."""
    return ruling.room, ruling.part.name, ruling.facet


def _told(known: Survey, dimension: str, found: Found) -> Iterator[Judgement]:
    for verdict in (Verdict.BROKEN, Verdict.DOUBTFUL, Verdict.UNKNOWN):
        rulings = [ruling for ruling in found.shown if ruling.verdict is verdict]
        yield from _each(known, dimension, rulings, found.numbers.get(verdict, 0))
    if found.nearest is not None and not known.every_part:
        tail = f" (nearest to the limit of {found.holding:,} {dimension}s that hold)" if found.holding > 1 else ""
        yield _judgement(known, found.nearest, tail)


def open_ends(known: Survey) -> Iterator[Judgement]:
    """What could not be judged: shards without a measurement by reason, records that do not say whether they count."""
    by_reason: dict[Absence, list[tuple[Shard, Unmeasured]]] = {}
    for shard, problem in known.unmeasured:
        by_reason.setdefault(problem.absence, []).append((shard, problem))
    for absence, group in sorted(by_reason.items(), key=lambda item: item[0].value):
        yield _unmeasured(known, absence, group)
    if known.unstated:
        stated = " or ".join(sorted(known.where))
        yield Judgement(
            Verdict.UNKNOWN,
            f"{known.dataset.name}: the {stated} of {count(known.unstated, 'records')} is not stated,"
            " so nobody knows whether this rule is for them",
            known.location,
            measured=known.unstated,
            limit=0,
            unit="records",
            fix=f"state the {stated} of the records, or of the dataset in headwater.yaml",
            evidence=known.digests(),
        )


def bad_rows(known: Survey, allowed: int) -> Iterator[Judgement]:
    """Broken when more rows than allowed are unreadable: unread rows could hide anything."""
    found = known.bad_rows
    if found <= allowed:
        return
    worst, sample = next(
        (shard, measurement.composition.bad_samples[:1])
        for shard, measurement, _ in known.measured
        if measurement.composition.bad_rows
    )
    place = f"{worst.path}:{sample[0].line} ({sample[0].reason})" if sample else worst.path
    yield Judgement(
        Verdict.BROKEN,
        f"{known.dataset.name}: {count(found, 'rows')} cannot be read, first at {place}; allowed are {allowed:,}",
        known.location,
        measured=found,
        limit=allowed,
        unit="bad rows",
        fix=f"repair or remove {count(found - allowed, 'rows')}, or raise max_bad_rows",
        evidence=known.digests(),
    )


def _each(known: Survey, dimension: str, rulings: list[Ruling], number: int) -> Iterator[Judgement]:
    shown = number if known.every_part else MOST_SHOWN
    for ruling in rulings[:shown]:
        yield _judgement(known, ruling)
    if number > shown:
        yield Judgement(
            rulings[0].verdict,
            f"{known.dataset.name}: {number:,} {dimension} findings like these, the worst {MOST_SHOWN} are listed",
            known.location,
            measured=number,
            unit="findings",
            fix=THEN_AGAIN,
            evidence=known.digests(),
        )


def _judgement(known: Survey, ruling: Ruling, tail: str = "") -> Judgement:
    words = ruling.words()
    return Judgement(
        ruling.verdict,
        f"{words.message}{tail}",
        known.location,
        scope=(*ruling.part.scope, *ruling.facet),
        measured=words.measured,
        limit=words.limit,
        unit=words.unit,
        fix="" if ruling.verdict is Verdict.HOLDS else words.fix,
        evidence=known.digests(ruling.part),
        figure=words.figure if known.complete or ruling.part.shard is not None else None,
    )


def _unmeasured(known: Survey, absence: Absence, group: list[tuple[Shard, Unmeasured]]) -> Judgement:
    first, problem = group[0]
    total = len(known.measured) + len(known.unmeasured)
    name = known.dataset.name
    why = problem.reason.removeprefix(f"{first.path}: ")  # the shard is named once
    what = (
        f"{name}/{first.path} is not measured: {why}"
        if len(group) == 1 and total > 1
        else f"{name} is not measured: {why}"
        if total == 1
        else f"{name}: {len(group):,} of {total:,} shards are not measured, first {first.path}: {why}"
    )
    return Judgement(
        Verdict.UNKNOWN,
        what,
        known.location,
        scope=(("shard", first.path),) if len(group) == 1 and total > 1 else (),
        measured=len(group),
        limit=0,
        unit="shards not measured",
        fix=problem.fix,
        evidence=(*known.digests(), f"{first.hash_name}:{first.hash}"),
        deferred=absence is Absence.DEFERRED,
    )
