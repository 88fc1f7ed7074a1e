"""Adds groups of equal records up to a composition; everything is an integer, so the order does not matter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from checker.errors import RecordError
from checker.model.composition import Cell, Composition, Moments, Origin, Tally
from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, Key, Layout, Sums
from checker.read.records.resolution import Resolved, Resolver
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

_NO_SOURCE = Source("", "")


class _Facts(NamedTuple):
    """What is counted record by record besides the cell."""

    resolved: tuple[str, ...]
    license: str
    basis: str
    source: bool
    url: bool
    confidence: bool
    weight: bool


@dataclass(slots=True)
class _Sums:
    records: int = 0
    bytes: int = 0
    tokens: int = 0
    machine_bytes: int = 0
    machine_tokens: int = 0
    weight_micro: int = 0
    reviewed: int = 0
    facts: Counter[_Facts] = field(default_factory=Counter)
    scores: dict[int, list[int]] = field(default_factory=dict)
    token_moments: list[int] = field(default_factory=lambda: [0] * 5)
    weight_moments: list[int] = field(default_factory=lambda: [0] * 5)


@dataclass(frozen=True, slots=True)
class _Tail:
    """Where a layout keeps source, confidence and weight; `chances` are places that state a machine's chance."""

    sources: tuple[int, ...]
    confidences: tuple[int, ...]
    chances: frozenset[int]
    weights: tuple[int, ...]


class Tallies:
    """Collects one shard."""

    def __init__(self, resolver: Resolver, *, text: bool) -> None:
        self._resolver = resolver
        self._text = text
        self._cells: dict[Cell, _Sums] = {}
        self._heads: dict[Layout, dict[Key, Resolved]] = {}
        self._tails: dict[Layout, _Tail] = {}
        self._sources: dict[object, Source] = {}
        self._domains: set[tuple[str, str, str]] = set()
        self._licenses: set[str] = set()

    def add(self, batch: Batch) -> None:
        """Add the groups of a batch."""
        if not batch.groups:
            return
        layout = batch.layout
        if sum(map(len, self._heads.values())) > _MOST_KNOWN:
            self._heads.clear()
            self._tails.clear()
        heads = self._heads.setdefault(layout, {})
        tail = self._tails.get(layout) or self._tails.setdefault(layout, self._tail(layout))
        for key, sums in batch.groups:
            head = key[: layout.head]
            resolved = heads.get(head)
            if resolved is None:
                resolved = heads[head] = self._resolver.resolve(layout, key)
            self._add(resolved, tail, key, sums)

    def _tail(self, layout: Layout) -> _Tail:
        def places(name: str) -> tuple[int, ...]:
            return tuple(layout.place[path] for path in self._resolver.fields.paths[name] if path in layout.place)

        chances = frozenset(layout.place[path] for path in MACHINE_CHANCES if path in layout.place)
        return _Tail(places("source"), places("origin_confidence"), chances, places("weight"))

    def _add(self, resolved: Resolved, tail: _Tail, key: Key, sums: Sums) -> None:
        source = self._source(tail, key)
        ppm = self._confidence(resolved, tail, key)
        stated_weight = next((found for place in tail.weights if (found := weight_micro(key[place])) is not None), None)
        weight = PPM if stated_weight is None else stated_weight
        cell = self._cell(resolved, source)
        cell.records += sums.records
        cell.weight_micro += sums.records * weight
        cell.reviewed += sums.records * resolved.reviewed
        cell.facts[
            _Facts(
                resolved.filled,
                self._license(resolved.license),
                resolved.stated.basis,
                bool(source.name) and not source.url,
                bool(source.url),
                ppm is not None,
                stated_weight is not None,
            )
        ] += sums.records
        if self._text:
            _add_text(cell, resolved, sums)
        if ppm is not None:
            _add_score(cell, ppm, weight, sums)

    def _source(self, tail: _Tail, key: Key) -> Source:
        for place in tail.sources:
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

    def _confidence(self, resolved: Resolved, tail: _Tail, key: Key) -> int | None:
        """The confidence in the stated origin; a chance that a machine made it is turned round for human records.

        Nothing is stated of records of unknown origin, so no confidence counts there.
        """
        origin = resolved.stated.origin
        if origin is Origin.UNKNOWN:
            return None
        for place in tail.confidences:
            ppm = confidence_ppm(key[place])
            if ppm is None or (place in tail.chances and origin is Origin.MIXED):
                continue
            return PPM - ppm if place in tail.chances and origin is Origin.HUMAN else ppm
        return confidence_ppm(resolved.stated.confidence)

    def _cell(self, resolved: Resolved, source: Source) -> _Sums:
        stated = resolved.stated
        cell = Cell(stated.origin, stated.kind, resolved.domain, resolved.language, source.name)
        found = self._cells.get(cell)
        if found is not None:
            return found
        self._domains.add((stated.kind, resolved.domain, resolved.language))
        if len(self._domains) > _MOST_DOMAINS:
            raise RecordError(
                f"the records name more than {_MOST_DOMAINS} combinations of domain and language",
                hint="map the fields `domain` and `language` in headwater.yaml to fields with few values",
            )
        if len(self._cells) >= _MOST_CELLS and source.name:
            cell = cell._replace(source=OTHER)
        return self._cells.setdefault(cell, _Sums())

    def _license(self, text: str) -> str:
        if text in self._licenses or len(self._licenses) < _MOST_LICENSES:
            self._licenses.add(text)
            return text
        return OTHER

    def composition(self, bad: BadRows) -> Composition:
        """What was collected."""
        cells = {cell: self._tally(self._cells[cell]) for cell in sorted(self._cells)}
        return Composition(cells, bad.count, bad.samples)

    def _tally(self, sums: _Sums) -> Tally:
        coverage: Counter[str] = Counter()
        licenses: Counter[str] = Counter()
        bases: Counter[str] = Counter()
        for facts, records in sums.facts.items():
            for name in _covered(facts):
                coverage[name] += records
            if facts.license:
                licenses[facts.license] += records
            bases[facts.basis] += records
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
    names = set(facts.resolved)
    given = {"source": facts.source, "url": facts.url, "origin_confidence": facts.confidence, "weight": facts.weight}
    names |= {name for name, holds in given.items() if holds}
    return names | {"source_or_url"} if names & {"source", "url"} else names


def _add_text(cell: _Sums, resolved: Resolved, sums: Sums) -> None:
    """Of a mixed record without turns nobody knows which part is the machine's: all of it counts as such."""
    cell.bytes += sums.bytes
    cell.tokens += sums.tokens
    if resolved.stated.origin is Origin.MIXED:
        cell.machine_bytes += sums.machine_bytes if resolved.turns else sums.bytes
        cell.machine_tokens += sums.machine_tokens if resolved.turns else sums.tokens


def _add_score(cell: _Sums, ppm: int, weight: int, sums: Sums) -> None:
    score = cell.scores.setdefault(ppm // 1000, [0, 0])
    score[0] += sums.records
    score[1] += sums.records * ppm
    _add_moments(cell.token_moments, sums.tokens, sums.tokens2, ppm)
    _add_moments(cell.weight_moments, sums.records * weight, sums.records * weight * weight, ppm)


def _add_moments(moments: list[int], weights: int, squares: int, ppm: int) -> None:
    for place, amount in enumerate((weights, squares, weights * ppm, squares * ppm, squares * ppm * ppm)):
        moments[place] += amount
