"""Adds groups of equal records up to a composition; everything is an integer, so the order does not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from checker.errors import RecordError
from checker.model.composition import Cell, Composition, Moments, Origin, Tally
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, Key, Layout, Sums
from checker.read.records.resolution import Made, Resolved, Resolver, Stated
from checker.read.records.slices import NO_SLICES, Slices
from checker.read.records.statements import PPM, Source, confidence_ppm, read_source, weight_micro
from checker.read.records.values import freeze
from checker.read.records.vocabulary import MACHINE_CHANCES

OTHER = "(other)"
# What one shard may tell apart. Sources beyond go into one cell; too many domains or languages are a mistake in
# the mapping, and folding them would let records slip out of a rule for one domain.
_MOST_CELLS = 4096
_MOST_DOMAINS = 2048
_MOST_LICENSES = 1024
_MOST_KNOWN = 50_000
_MOST_PLANS = 256
_STATED = ("language", "source", "url", "origin_confidence", "weight")

_NO_SOURCE = Source("", "")

# What is counted record by record besides the cell: filled fields, licence, basis, whether language, source, url,
# confidence and weight are stated. A plain tuple, for speed.
_Facts = tuple[tuple[str, ...], str, str, bool, bool, bool, bool, bool]
_Place = tuple[str, str, str, str, str]


@dataclass(slots=True)
class _Sums:
    records: int = 0
    bytes: int = 0
    tokens: int = 0
    machine_bytes: int = 0
    machine_tokens: int = 0
    weight_micro: int = 0
    reviewed: int = 0
    facts: dict[_Facts, int] = field(default_factory=dict)
    scores: dict[int, list[int]] = field(default_factory=dict)
    token_moments: list[int] = field(default_factory=lambda: [0] * 5)
    weight_moments: list[int] = field(default_factory=lambda: [0] * 5)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to read a layout: its head, and where it keeps source, confidence and weight.

    `chances` are the places that state the chance of a machine instead of a confidence.
    """

    read: Callable[[Key], Resolved]
    sources: tuple[int, ...]
    confidences: tuple[int, ...]
    chances: frozenset[int]
    weights: tuple[int, ...]


class Tallies:
    """Collects one shard."""

    def __init__(self, resolver: Resolver, *, text: bool) -> None:
        self._resolver = resolver
        self._text = text
        self._domain = (resolver.settings.domain or "").casefold()
        self._language = (resolver.settings.language or "").casefold()
        self._cells: dict[_Place, _Sums] = {}
        self._plans: dict[Layout, _Plan] = {}
        self._sources: dict[object, Source] = {}
        self._domains: set[tuple[str, str, str]] = set()
        self._licenses: set[str] = set()

    def add(self, batch: Batch) -> None:
        """Add the groups of a batch."""
        if not batch.groups:
            return
        if len(self._plans) > _MOST_PLANS:
            self._plans.clear()
        plan = self._plans.get(batch.layout)
        if plan is None:
            plan = self._plans[batch.layout] = self._plan(batch.layout)
        for key, sums in batch.groups:
            self._add(plan, key, sums)

    def _plan(self, layout: Layout) -> _Plan:
        def places(name: str) -> tuple[int, ...]:
            return tuple(layout.place[path] for path in self._resolver.fields.paths[name] if path in layout.place)

        chances = frozenset(layout.place[path] for path in MACHINE_CHANCES if path in layout.place)
        return _Plan(
            self._resolver.reader(layout), places("source"), places("origin_confidence"), chances, places("weight")
        )

    def _add(self, plan: _Plan, key: Key, sums: Sums) -> None:
        made, domain, language, license_text = plan.read(key)
        source = self._source(plan, key)
        ppm = _confidence(made.stated, plan, key)
        stated_weight = _weight(plan, key)
        weight = PPM if stated_weight is None else stated_weight
        cell = self._cell(made.stated, domain or self._domain, language or self._language, source.name)
        cell.records += sums.records
        cell.weight_micro += sums.records * weight
        cell.reviewed += sums.records * made.reviewed
        facts = (
            made.filled,
            self._license(license_text),
            made.stated.basis,
            language != "",
            source.name != "" and source.url == "",
            source.url != "",
            ppm is not None,
            stated_weight is not None,
        )
        cell.facts[facts] = cell.facts.get(facts, 0) + sums.records
        if self._text:
            _add_text(cell, made, sums)
        if ppm is not None:
            _add_score(cell, ppm, weight, sums)

    def _source(self, plan: _Plan, key: Key) -> Source:
        for place in plan.sources:
            raw = freeze(key[place])  # true and 1 are the same key of a dictionary
            found = self._sources.get(raw)
            if found is None:
                if len(self._sources) > _MOST_KNOWN:
                    self._sources.clear()
                mapped = None if raw is None else self._resolver.mapped_value("source", raw)
                found = self._sources[raw] = read_source(raw if mapped is None else mapped)
            if found.name:
                return found
        return _NO_SOURCE

    def _cell(self, stated: Stated, domain: str, language: str, source: str) -> _Sums:
        place = (stated.origin.value, stated.kind, domain, language, source)
        found = self._cells.get(place)
        if found is not None:
            return found
        self._domains.add((stated.kind, domain, language))
        if len(self._domains) > _MOST_DOMAINS:
            raise RecordError(
                f"the records name more than {_MOST_DOMAINS} combinations of domain and language",
                hint="map the fields `domain` and `language` in headwater.yaml to fields with few values",
            )
        if len(self._cells) >= _MOST_CELLS and source:
            place = (*place[:4], OTHER)
        return self._cells.setdefault(place, _Sums())

    def _license(self, text: str) -> str:
        if text in self._licenses or len(self._licenses) < _MOST_LICENSES:
            self._licenses.add(text)
            return text
        return OTHER

    def composition(self, bad: BadRows, slices: Slices = NO_SLICES) -> Composition:
        """What was collected."""
        cells = {Cell(Origin(place[0]), *place[1:]): self._tally(self._cells[place]) for place in sorted(self._cells)}
        return Composition(cells, bad.count, bad.samples, slices.counts())

    def _tally(self, sums: _Sums) -> Tally:
        coverage: Counter[str] = Counter()
        licenses: Counter[str] = Counter()
        bases: Counter[str] = Counter()
        for facts, records in sums.facts.items():
            for name in _covered(facts):
                coverage[name] += records
            if facts[1]:
                licenses[facts[1]] += records
            bases[facts[2]] += records
        return Tally(
            records=sums.records,
            bytes=sums.bytes if self._text else None,
            tokens=sums.tokens if self._text else None,
            machine_bytes=sums.machine_bytes,
            machine_tokens=sums.machine_tokens,
            weight_micro=sums.weight_micro,
            reviewed=sums.reviewed,
            coverage=dict(sorted(coverage.items())),
            licenses=dict(sorted(licenses.items())),
            bases=dict(sorted(bases.items())),
            scores={point: (records, ppm) for point, (records, ppm) in sorted(sums.scores.items())},
            token_moments=Moments(*sums.token_moments),
            weight_moments=Moments(*sums.weight_moments),
        )


def _covered(facts: _Facts) -> set[str]:
    filled, license_text, _basis, *given = facts
    names = {name for name, holds in zip(_STATED, given, strict=True) if holds}.union(filled)
    if license_text:
        names.add("license")
    return names | {"source_or_url"} if names & {"source", "url"} else names


def _confidence(stated: Stated, plan: _Plan, key: Key) -> int | None:
    """The confidence in the stated origin; a chance that a machine made it is turned round for human records.

    Nothing is stated of records of unknown origin, so no confidence counts there.
    """
    if stated.origin is Origin.UNKNOWN:
        return None
    for place in plan.confidences:
        ppm = confidence_ppm(key[place])
        if ppm is None or (place in plan.chances and stated.origin is Origin.MIXED):
            continue
        return PPM - ppm if place in plan.chances and stated.origin is Origin.HUMAN else ppm
    return None if stated.confidence is None else confidence_ppm(stated.confidence)


def _weight(plan: _Plan, key: Key) -> int | None:
    for place in plan.weights:
        micro = weight_micro(key[place])
        if micro is not None:
            return micro
    return None


def _add_text(cell: _Sums, made: Made, sums: Sums) -> None:
    """Of a mixed record without turns nobody knows which part is the machine's: all of it counts as such."""
    cell.bytes += sums.bytes
    cell.tokens += sums.tokens
    if made.stated.origin is Origin.MIXED:
        cell.machine_bytes += sums.machine_bytes if made.turns else sums.bytes
        cell.machine_tokens += sums.machine_tokens if made.turns else sums.tokens


def _add_score(cell: _Sums, ppm: int, weight: int, sums: Sums) -> None:
    score = cell.scores.setdefault(ppm // 1000, [0, 0])
    score[0] += sums.records
    score[1] += sums.records * ppm
    _add_moments(cell.token_moments, sums.tokens, sums.tokens2, ppm)
    _add_moments(cell.weight_moments, sums.records * weight, sums.records * weight * weight, ppm)


def _add_moments(moments: list[int], weights: int, squares: int, ppm: int) -> None:
    for place, amount in enumerate((weights, squares, weights * ppm, squares * ppm, squares * ppm * ppm)):
        moments[place] += amount
