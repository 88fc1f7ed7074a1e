"""Rare classes and rare words of the reference are still there.

What it checks
--------------
Slices: for each column that `headwater.yaml` declares as a slice (label, intent, dialect, ...), every class that the
reference has must stand here with at least `min_records` records, and with at least `min_share` of the share that it
has in the reference. The share here is taken at its lower bound (Clopper and Pearson, one-sided, at `confidence`), so
few records prove little; records that state no class count against every class. Below `warn_share` the result is
doubtful.

Words: how many of the reference's rare word types (lowest 20 % of its mass, seen at least twice) are found in a
sample of fixed size, relative to what a part of the reference itself finds at that size.

Why it matters
--------------
What is rare disappears first when models learn from models (Shumailov et al. 2024), long before an average moves; the
time to forget a word grows with how often it stood in the first corpus (Suresh et al. 2024). It is counted by types,
not by mass: the mass of the tail stayed while its types vanished. The defaults of 80 and 50 % for classes are a choice
of policy; those of 95 and 85 % for words rest on two human corpora, where 12 to 19 % of all types were lost after one
generation, and the second had lost 15 to 35 % of the tail. More rare words than the reference finds are doubtful too:
some text of first generation had them.

How to fix
----------
Bring back records of the named classes, as many as the message says, or documents of the sources that the rare words
come from. Compare with gold, not with the last version, or a slow loss is never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import NamedTuple

from checker.model.composition import Composition
from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.model.signals import Comparison
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, everything, param
from checker.rules._comparing import not_made, whole, with_reference
from checker.rules._numbers import count, percent
from checker.rules._parts import Part, Survey
from checker.rules._proportions import lower_bound
from checker.rules._rulings import Ruling, Words, judgements, open_ends
from checker.rules._signals import insufficient

ALL = "*"
MOST_RECORDS = 10**12


class Params(Parameters):
    """Parameters of `tail-coverage`."""

    reference: str = _params.reference()
    slices: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        'The slices that are judged; "*" is every slice that the reference has.',
        stricter=Stricter.MORE,
        default=(ALL,),
        star=everything,
    )
    min_share: float = _params.share(
        "The least part of its share in the reference that a class must have here.",
        stricter=Stricter.HIGHER,
        default=0.5,
    )
    warn_share: float = _params.share(
        "Below this part, and down to `min_share`, the result is doubtful: a warning.",
        stricter=Stricter.HIGHER,
        default=0.8,
    )
    min_records: int = param(
        {"type": "integer", "minimum": 0},
        "How many records each class must have.",
        stricter=Stricter.HIGHER,
        default=1,
        unit="records",
    )
    confidence: float = param(
        {"type": "number", "minimum": 0.5, "exclusiveMaximum": 1},
        "How sure the lower bound on the share of a class must be.",
        stricter=Stricter.HIGHER,
        default=0.95,
        unit="probability",
    )
    rare_types: float = _params.share(
        "The least part of the rare words that the reference itself finds; 0 judges no words.",
        stricter=Stricter.HIGHER,
        default=0.85,
    )
    warn_rare_types: float = _params.share(
        "Below this part, or as far above what the reference finds, the result is doubtful: a warning.",
        stricter=Stricter.HIGHER,
        default=0.95,
    )


def needs(params: Params) -> frozenset[Need]:
    """Classes are counted with the records; words need the statistics of the text."""
    slices = {Need.REFERENCE} if params.slices else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION} | slices | ({Need.COMPARISON} if params.rare_types else set()))


def references(params: Params) -> tuple[str, ...]:
    """What has the tail."""
    return (params.reference,)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Classes slice by slice, then words."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    if not known.records:
        gap = Gap(f"{known.dataset.name} has no records, so there is no tail to judge", "add data")
        yield not_made(known, gap, "")
        return
    if params.slices:
        there = evidence.references.get(params.reference)
        if there is None or isinstance(there, Gap):
            yield not_made(known, there, f"the count of the records of {params.reference}", params.reference)
        else:
            digests = evidence.reference_digests.get(params.reference, ())
            for judgement in _slices(known, there, params):
                yield judgement._replace(evidence=(*judgement.evidence, *digests))
    if params.rare_types:
        yield from _words_of(known, evidence.comparisons.get(params.reference), params)


class Standing(NamedTuple):
    """A class of a slice: its records here and in the reference, and all records on either side."""

    slice: str
    value: str
    records: int
    total: int
    there: int
    there_total: int

    @property
    def reference_share(self) -> float:
        """Its share among the records of the reference that state a class."""
        return self.there / self.there_total

    def part(self, confidence: float) -> float:
        """The lower bound on its share here, as a part of its share in the reference."""
        return lower_bound(self.records, self.total, confidence) / self.reference_share


def _slices(known: Survey, there: Composition, params: Params) -> Iterator[Judgement]:
    here = _counted(known)
    declared = sorted(there.slices) if ALL in params.slices else sorted(params.slices)
    if not declared and (here or not params.rare_types):
        gap = Gap(f"{params.reference} declares no slice", "declare label, dialect or the like under its slices")
        yield not_made(known, gap, "", params.reference)
    rulings = []
    for name in declared:
        if not any(records for value, records in there.slices.get(name, {}).items() if value):
            gap = Gap(f"{params.reference} states no {name}", f"declare {name} under slices of {params.reference}")
            yield not_made(known, gap, "", params.reference)
        elif name not in here:
            gap = Gap(
                f"{known.dataset.name} declares no slice {name}", f"declare {name} under slices in headwater.yaml"
            )
            yield not_made(known, gap, "", params.reference)
        else:
            rulings += [_ruling(known, found, params) for found in _standings(name, here[name], there.slices[name])]
    yield from judgements(known, "group", rulings)


def _counted(known: Survey) -> Mapping[str, Mapping[str, int]]:
    """Records by slice and class over all shards."""
    found: dict[str, Counter[str]] = {}
    for _, measurement, _ in known.measured:
        for name, values in measurement.composition.slices.items():
            found.setdefault(name, Counter()).update(values)
    return found


def _standings(name: str, here: Mapping[str, int], there: Mapping[str, int]) -> Iterator[Standing]:
    """Classes of the reference; records without a class count here and not there, which is the stricter way."""
    stated = {value: records for value, records in there.items() if value and records}
    for value in sorted(stated):
        yield Standing(name, value, here.get(value, 0), sum(here.values()), stated[value], sum(stated.values()))


def _ruling(known: Survey, found: Standing, params: Params) -> Ruling:
    part = found.part(params.confidence)
    warn = max(params.warn_share, params.min_share)
    broken = found.records < max(1, params.min_records) or part < params.min_share
    verdict = Verdict.BROKEN if broken else Verdict.DOUBTFUL if part < warn else Verdict.HOLDS
    limit = params.min_share if broken else warn
    place = Part(known.dataset.name, "class", found.value, [])
    facet = (("slice", found.slice),)
    return Ruling(verdict, part - limit, place, partial(_class_words, known, found, part, limit, params), facet=facet)


def _class_words(known: Survey, found: Standing, part: float, limit: float, params: Params) -> Words:
    name = known.dataset.name
    share = found.records / found.total if found.total else 0.0
    fix, least = _fix(found, limit, params), max(1, params.min_records)
    held = Figure(part, f"of its share in {params.reference}, for sure", unit=f"share of that in {params.reference}")
    if found.records < least:
        has = f"{count(found.records, 'records')}, {count(found.there, 'records')} in {params.reference}"
        message = f"{name}: {found.slice} {found.value} has {has}; the least is {least:,}"
        return Words(message, found.records, least, "records", fix, held)
    return Words(
        f"{name}: {found.slice} {found.value} is {percent(share)} of {count(found.total, 'records')}, surely at"
        f" least {percent(part)} of its share in {params.reference} ({percent(found.reference_share)}); demanded is"
        f" {percent(limit)}",
        part,
        limit,
        f"share of that in {params.reference}",
        fix,
        held,
    )


def _fix(found: Standing, limit: float, params: Params) -> str:
    more = _to_add(found, limit, params)
    if more is None:
        return "lower min_share: no number of records proves a class to be all there is"
    return f"bring back {count(more, 'records')} of {found.slice} {found.value}"


def _to_add(found: Standing, limit: float, params: Params) -> int | None:
    """The least number of records of the class whose coming makes it hold, by halving; None when none is enough."""

    def holds(more: int) -> bool:
        grown = found._replace(records=found.records + more, total=found.total + more)
        return grown.records >= max(1, params.min_records) and grown.part(params.confidence) >= limit

    # A class with the whole share that is asked for may still be uncertain: the bound comes near only with numbers.
    high = max(1, params.min_records, ceil(found.total * found.reference_share))
    while not holds(high):
        high *= 2
        if high > MOST_RECORDS:
            return None
    low = 0
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _words_of(known: Survey, found: Comparison | Gap | None, params: Params) -> Iterator[Judgement]:
    """Rare words at the same budget, against what the reference itself reaches."""
    if found is None or isinstance(found, Gap):
        yield not_made(known, found, f"the comparison of its words with {params.reference}", params.reference)
        return
    if found.insufficient or found.tail is None or not found.tail.types or not found.tail.reference_present > 0:
        lacking = found if found.insufficient else found._replace(insufficient=f"{found.reference} has no rare words")
        yield not_made(known, Gap(*insufficient(lacking, known.dataset.name)), "", params.reference)
        return
    yield from with_reference(judgements(known, "tail", [_tail_ruling(known, found, params)]), found)


def _tail_ruling(known: Survey, found: Comparison, params: Params) -> Ruling:
    tail = found.tail
    ratio = tail.present / tail.reference_present if tail else 0.0
    warn = max(params.warn_rare_types, params.rare_types)
    most = 2 - warn
    part = Part(known.dataset.name, "tail", "", [])
    if ratio < params.rare_types:
        verdict, limit = (Verdict.DOUBTFUL if found.shifted else Verdict.BROKEN), params.rare_types
    elif ratio < warn or ratio > most:
        verdict, limit = Verdict.DOUBTFUL, warn if ratio < warn else most
    else:
        verdict, limit = Verdict.HOLDS, warn
    words = partial(_tail_words, known, found, ratio, limit, above=ratio > most)
    return Ruling(verdict, ratio - limit, part, words, facet=(("tail", "rare words"),))


def _tail_words(known: Survey, found: Comparison, ratio: float, limit: float, *, above: bool) -> Words:
    tail = found.tail
    present, usual, types = (tail.present, tail.reference_present, tail.types) if tail else (0.0, 0.0, 0)
    domain = ", which a change of domain may explain" if found.shifted else ""
    side = "most" if above else "least"
    fix = (
        f"look for text that was not written by people: first generations have more rare words than {found.reference}"
        if above
        else f"bring back documents with about {ceil(limit * usual - present):,} more of the rare words of"
        f" {found.reference}"
    )
    return Words(
        f"{known.dataset.name}: a sample finds {present:,.0f} of the {types:,} rare words of {found.reference}, which"
        f" itself finds {usual:,.0f} at that size ({percent(round(ratio, 4))}){domain}; the {side} is {percent(limit)}",
        ratio,
        limit,
        "share of that in the reference",
        fix,
        Figure(ratio, f"of the rare words that {found.reference} itself finds"),
    )


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_classes, of_tail

    there = evidence.references.get(params.reference)
    if there is not None and not isinstance(there, Gap):
        here = _counted(whole(evidence))
        chosen = sorted(there.slices) if ALL in params.slices else sorted(params.slices)
        standings = (
            found
            for name in chosen
            if name in here and name in there.slices
            for found in _standings(name, here[name], there.slices[name])
        )
        rows = (
            (
                f"{one.slice} {one.value}",
                one.records,
                one.total,
                one.there,
                one.there_total,
                one.part(params.confidence),
            )
            for one in standings
        )
        yield from of_classes(rows, params.confidence)
    if params.rare_types:
        yield from of_tail(evidence.comparisons)


CHECK = Check(
    id="tail-coverage",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="lower",
)
