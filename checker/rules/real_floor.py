"""The count of real records never falls.

What it checks
--------------
The number of records (or tokens) of human origin against the base version, for the dataset and where asked for each
domain, language and source; and that at least `min_new_real` came on top. Mixed and unknown records are not real. A
dataset without a base is new: it holds, and says so. Only shards that came or went since the base are counted, so an
unchanged shard needs no measurement.

Why it matters
--------------
Training that accumulates real data keeps its error bounded; training that replaces it does not (Gerstgrasser et al.
2024; Alemohammad et al. 2023: fresh real data in every generation). A share can be kept while real data is thrown
away; a count cannot.

How to fix
----------
Restore the real records that were removed, or bring as many new ones as the message says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from checker.model.composition import Cell, Origin, Tally
from checker.model.dataset import DatasetVersion, Shard
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _digests, _params
from checker.rules._base import Check, Missing, Parameters, Stricter, param
from checker.rules._numbers import count
from checker.rules._parts import NOT_STATED, Part, Survey, restricted, shards_of, shared, survey_shards
from checker.rules._rulings import Ruling, Words, bad_rows, judgements, open_ends
from checker.rules._soundness import Measurements
from checker.rules._where import admits


class Params(Parameters):
    """Parameters of `real-floor`."""

    unit: str = param(
        {"enum": ["records", "tokens"]},
        "What is counted: records, or tokens of their text.",
        stricter=Stricter.FIXED,
        default="records",
    )
    min_new_real: int = param(
        {"type": "integer", "minimum": 0},
        "How many real records (or tokens) must come on top of those of the base.",
        stricter=Stricter.HIGHER,
        default=0,
        unit="records",
    )
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "domain", "language", "source"))
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The composition of this version and of the base; tokens only where asked."""
    text = {Need.TEXT} if params.unit == "tokens" else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.BASE, Need.BASE_COMPOSITION} | text)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Compare the real data that came since the base with what went."""
    before = evidence.dataset.base
    if before is None and evidence.dataset.base_problem:
        raise Missing(f"the base cannot be read: {evidence.dataset.base_problem}", "fetch the base version")
    change = shared(evidence, f"change in {params.unit}", lambda: _change(evidence, params.unit))
    yield from bad_rows(change.came, params.max_bad_rows)
    for dimension in params.per if before is not None or evidence.every_part else ("dataset",):
        least = params.min_new_real if dimension == "dataset" else 0
        rulings = list(_rulings(change, dimension, least))
        for judgement in judgements(change.came, dimension, rulings):
            base = _digests.of_version(before) if before is not None else ()
            yield judgement._replace(evidence=(*judgement.evidence, *base))
    yield from open_ends(change.went)
    if before is not None or params.min_new_real:
        yield from open_ends(change.came)


class Change(NamedTuple):
    """The shards that came and went, what is real in them, and the totals where every shard is measured.

    `now` is every shard, where each part is to be told.
    """

    came: Survey
    went: Survey
    now: Survey | None
    unit: str
    is_new: bool
    total: int | None
    base_total: int | None


def _change(evidence: Evidence, unit: str) -> Change:
    now, before = evidence.dataset.version, evidence.dataset.base
    here = shards_of(now, may_be_empty=before is not None)
    there = shards_of(before, may_be_empty=True) if before is not None else ()
    base = before or now
    # A shard that both versions have is measured once, under this version.
    of_base = {**evidence.measurements, **evidence.base_measurements}
    every = partial(survey_shards, evidence, now, here, evidence.measurements)
    whole = evidence._replace(where={})

    def moved() -> tuple[Survey, Survey]:
        came = survey_shards(whole, now, _lacking(here, there), evidence.measurements)
        return came, survey_shards(whole, base, _lacking(there, here), of_base)

    came, went = shared(whole, "came and went", moved)
    return Change(
        came=restricted(came, evidence.where),
        went=restricted(went, evidence.where),
        now=known if evidence.every_part and (known := every()).complete else None,
        unit=unit,
        is_new=before is None,
        total=_total(evidence, now, here, evidence.measurements, unit),
        base_total=_total(evidence, base, there, of_base, unit),
    )


def _lacking(shards: tuple[Shard, ...], others: tuple[Shard, ...]) -> tuple[Shard, ...]:
    """The shards whose content `others` does not have, as often as it lacks it: a renamed shard is the same."""
    there = Counter(shard.hash for shard in others)
    found = []
    for shard in shards:
        there[shard.hash] -= 1
        if there[shard.hash] < 0:
            found.append(shard)
    return tuple(found)


def _total(
    evidence: Evidence, version: DatasetVersion, shards: tuple[Shard, ...], measurements: Measurements, unit: str
) -> int | None:
    """What is real in all of these shards; None when not every one is measured."""
    every = evidence._replace(where={}, every_part=False)
    known = shared(every, f"all of {version.hash}", lambda: survey_shards(every, version, shards, measurements))
    if not known.complete:
        return None
    real = known.once(("real cells", unit), lambda: _by_cell(known, unit))
    return sum(found for cell, found in real.items() if admits(evidence.where, cell))


def _by_cell(known: Survey, unit: str) -> Mapping[Cell, int]:
    found: dict[Cell, int] = {}
    for _, _, tallies in known.measured:
        for cell, tally in tallies:
            if cell.origin is Origin.HUMAN:
                found[cell] = found.get(cell, 0) + _size(known, tally, unit)
    return found


def _real(known: Survey, dimension: str, unit: str) -> Mapping[str, int]:
    """Real records or tokens by part. Mixed and unknown are not real."""
    return known.once(("real", dimension, unit), lambda: _count(known, dimension, unit))


def _count(known: Survey, dimension: str, unit: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for cell, tally in known.whole:
        if cell.origin is Origin.HUMAN:
            key = "" if dimension == "dataset" else getattr(cell, dimension) or NOT_STATED
            found[key] = found.get(key, 0) + _size(known, tally, unit)
    return found


def _size(known: Survey, tally: Tally, unit: str) -> int:
    if unit == "records":
        return tally.records
    if tally.tokens is None:
        raise Missing(f"the tokens of {known.dataset.name} were not counted", "measure the dataset with its text")
    return tally.tokens


def _rulings(change: Change, dimension: str, least: int) -> Iterator[Ruling]:
    came, went = (_real(known, dimension, change.unit) for known in (change.came, change.went))
    totals = _real(change.now, dimension, change.unit) if change.now is not None else None
    for key in sorted({*came, *went, *(totals or ())} | ({""} if dimension == "dataset" else set())):
        gain = came.get(key, 0) - went.get(key, 0)
        # What is not measured yet could only add to its side, so each verdict needs just one side complete.
        if gain >= least and change.went.complete:
            verdict = Verdict.HOLDS
        elif gain < least and change.came.complete:
            verdict = Verdict.BROKEN
        else:
            continue
        part = Part(change.came.dataset.name, dimension, key, [], within=change.came.within)
        words = partial(_words, change, part, gain, went.get(key, 0), least)
        held = None if totals is None else Figure(totals.get(key, 0), absent=0, unit=f"real {change.unit}")
        yield Ruling(verdict, gain - least, part, partial(_told, words, held))


def _told(words: Callable[[], Words], held: Figure | None) -> Words:
    return words()._replace(figure=held)


def _words(change: Change, part: Part, gain: int, lost: int, least: int) -> Words:
    demanded = f", {least:,} new ones are demanded" if least else ""
    fix = f"restore or add {count(least - gain, f'real {change.unit}')} to {part.label}"
    if change.is_new:
        total = gain if part.name else change.total
        known = "" if total is None else f" with {count(total, f'real {change.unit}')}"
        return Words(f"{part.label} is new{known}{demanded}", total, least, f"real {change.unit}", fix)
    if part.name or change.total is None or change.base_total is None:
        message = (
            f"{part.label}: {count(gain + lost, f'real {change.unit}')} came and {lost:,} went since the base{demanded}"
        )
        return Words(message, gain, least, f"new real {change.unit}", fix)
    message = f"{part.label}: {count(change.total, f'real {change.unit}')}, {change.base_total:,} in the base{demanded}"
    return Words(message, change.total, change.base_total + least, f"real {change.unit}", fix)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_records import of_floor

    change = _change(evidence, params.unit)
    before = None if change.is_new else change.base_total
    for dimension in params.per:
        came, went = (_real(known, dimension, params.unit) for known in (change.came, change.went))
        yield from of_floor(evidence.dataset.name, dimension, params.unit, came, went)
    if change.total is not None:
        base = "" if before is None else f", {before:,} in the base"
        yield f"{evidence.dataset.name}: {count(change.total, f'real {params.unit}')} now{base}"


CHECK = Check(
    id="real-floor", group="composition", params=Params, needs=needs, judge=judge, workings=workings, worse="lower"
)
