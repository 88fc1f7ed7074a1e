"""Holding a dataset against itself or other data: what was found, or why it could not be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil
from typing import TypeVar

from checker.model.evidence import Evidence
from checker.model.likeness import Gap, Place
from checker.model.outcome import Judgement, Verdict
from checker.model.signals import Comparison
from checker.rules._base import Missing
from checker.rules._parts import Part, Survey, survey

T = TypeVar("T")
MEASURE = "run `headwater check --stage push`, which measures the text"
# A message is one line of a terminal; so many examples fit.
MOST_EXAMPLES = 3


def whole(evidence: Evidence) -> Survey:
    """The whole dataset: a copy is a copy whichever of the two records a rule selects."""
    return survey(evidence._replace(where={}))


def had(found: T | Gap | None, what: str) -> T:
    """What was found. Raises Missing with the reason when the comparison was not made."""
    if isinstance(found, Gap):
        raise Missing(found.what, found.fix, deferred=found.deferred)
    if found is None:
        raise Missing(f"{what} was not made", MEASURE)
    return found


def not_made(known: Survey, found: Gap | None, what: str, against: str = "") -> Judgement:
    """The same as a judgement, where other comparisons of the rule are still to be judged."""
    gap = found or Gap(f"{what} was not made", MEASURE)
    named = known.dataset.name in gap.what
    return Judgement(
        Verdict.UNKNOWN,
        gap.what if named else f"{known.dataset.name}: {gap.what}",
        known.location,
        scope=(("against", against),) if against else (),
        fix=gap.fix,
        evidence=known.digests(),
        deferred=gap.deferred,
    )


def compared(evidence: Evidence, part: Part, reference: str) -> Comparison | Gap | None:
    """The comparison of a part with a reference."""
    key = reference if part.shard is None else f"{reference} shard {part.shard.path}"
    return evidence.comparisons.get(key)


def with_reference(judgements: Iterable[Judgement], found: Comparison | Gap) -> Iterator[Judgement]:
    """The judgements with the digests of the reference beside those of the dataset."""
    digests = found.evidence if isinstance(found, Comparison) else ()
    yield from (judgement._replace(evidence=(*judgement.evidence, *digests)) for judgement in judgements)


def small_shards(evidence: Evidence, reference: str, per: tuple[str, ...], least_blocks: int) -> int:
    """How many shards are too short to be judged alone; 0 where shards are not judged."""
    if "shard" not in per:
        return 0
    paths = (shard.path for shard in evidence.dataset.version.shards or ())
    found = (evidence.comparisons.get(f"{reference} shard {path}") for path in paths)
    return sum(isinstance(each, Comparison) and each.blocks < least_blocks for each in found)


def within(per: tuple[str, ...], small: int) -> tuple[str, ...]:
    """`per` with the whole dataset, within which short shards are judged."""
    return ("dataset", *per) if small and "dataset" not in per else per


def said_of_small(part: Part, small: int) -> str:
    """What the message about the whole dataset says of short shards."""
    if part.shard is not None or not small:
        return ""
    return f"; {small:,} {'shard' if small == 1 else 'shards'} too short to stand alone, judged within it"


def to_remove(copies: int, documents: int, most: Fraction) -> int:
    """The least number of copies that must go so that their share is at most `most`, which is less than 1."""
    return max(0, ceil((copies - most * documents) / (1 - most)))


def at(place: Place) -> str:
    """`data/train/07.jsonl:12`; a dataset that is one file is not named twice."""
    single = place.dataset.rpartition("/")[2] == place.shard
    return f"{place.dataset}:{place.row}" if single else f"{place.dataset}/{place.shard}:{place.row}"


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
