"""A cap on machine-made data, held against one part: the verdict, its words and its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from math import sqrt
from typing import NamedTuple

from checker.model.outcome import Figure, Verdict
from checker.rules import _bounds, _remedy
from checker.rules._base import MOST_SHOWN
from checker.rules._machine import PPM, Amount, Reading, amount
from checker.rules._numbers import are, count, percent
from checker.rules._parts import Part, Survey
from checker.rules._pressure import pressures
from checker.rules._rulings import Found, Ruling, Words, in_order


class Cap(NamedTuple):
    """The cap as exact number and as written, how origins are read, and how many parts are too small to stand alone."""

    share: Fraction
    written: float
    confidence: float
    reading: Reading
    min_records: int = 0
    small: int = 0

    def rule(self, part: Part) -> Iterator[Ruling]:
        """The verdict levels of a cap under label uncertainty (mean, quantile, worst case)."""
        if part.name and part.records < self.min_records:
            return
        found = amount(part, self.reading)
        yield self._ruling(part, found, self._verdict(found)) if found.total else self._untold(part)

    def find(self, known: Survey, dimension: str) -> Found:
        """What `rule` says of all parts of a dimension."""
        order = pressures(known, dimension, self.reading, self.confidence, self.min_records)
        broken = order.failing(self.share)
        doubtful = [
            at for at in order.unsure(self.share) if order.rank[at] >= broken and not self._holds(order.amounts[at])
        ]
        shown = [self._ruling(*order.worst(at), Verdict.BROKEN) for at in range(min(broken, MOST_SHOWN))]
        shown += [self._ruling(order.parts[at], order.amounts[at], Verdict.DOUBTFUL) for at in doubtful]
        shown += [self._untold(part) for part in order.empty]
        open_ = set(doubtful)
        nearest = next((at for at in order.by_reach if order.rank[at] >= broken and at not in open_), None)
        return Found(
            sorted(shown, key=in_order),
            {Verdict.BROKEN: broken, Verdict.DOUBTFUL: len(doubtful), Verdict.UNKNOWN: len(order.empty)},
            None if nearest is None else self._ruling(order.parts[nearest], order.amounts[nearest], Verdict.HOLDS),
            len(order.parts) - broken - len(doubtful),
        )

    def _untold(self, part: Part) -> Ruling:
        words = Words(f"{part.label} has records but no {self.reading.unit}, so no share can be told")
        return Ruling(Verdict.UNKNOWN, Fraction(0), part, lambda: words)

    def _ruling(self, part: Part, found: Amount, verdict: Verdict) -> Ruling:
        return Ruling(
            verdict,
            self._room(found, verdict),
            part,
            partial(self._words, part, found, verdict),
            settled=verdict is Verdict.BROKEN and self.share == 0,
        )

    def _verdict(self, found: Amount) -> Verdict:
        if found.expected > self.share * found.total:
            return Verdict.BROKEN
        return Verdict.HOLDS if self._holds(found) else Verdict.DOUBTFUL

    def _holds(self, found: Amount) -> bool:
        return _remedy.holds(found, self.share, self.confidence)

    def _room(self, found: Amount, verdict: Verdict) -> Fraction | float:
        """What is left under the cap; by the normal curve where the exact quantile would be too dear for every part."""
        if found.certain or verdict is Verdict.BROKEN:
            return self.share - found.expected / found.total
        reach = _bounds.normal_quantile(self.confidence) * sqrt(found.spread)
        return float(self.share) - (float(found.expected) + reach) / found.total

    def _words(self, part: Part, found: Amount, verdict: Verdict) -> Words:
        top = found.highest(self.confidence)
        measured = (found.expected if verdict is Verdict.BROKEN else top) / found.total
        said = self._plainly(found) if found.certain else self._expected(found, top) + self._worst(part, found)
        small = ""
        if self.small and not part.name:
            small = f"; parts under {count(self.min_records, 'records')} ({self.small:,}) are judged within it"
        return Words(
            f"{part.label}: {said}; the cap is {percent(self.share, measured)}{small}",
            float(measured),
            self.written,
            f"share of {self.reading.unit}",
            "" if verdict is Verdict.HOLDS else self._fix(part, found),
            self._figure(found),
        )

    def _figure(self, found: Amount) -> Figure:
        """What ratchets compare: the expected share, since two bounds differ by chance more than what they bound."""
        records = self.reading.unit == "records"
        of = f"{'' if records else f'of {self.reading.unit} '}{'' if found.certain else 'expected to be '}machine-made"
        return Figure(found.expected / found.total, of, found.total if records else 0)

    def _plainly(self, found: Amount) -> str:
        sorts: tuple[tuple[Fraction | int, str], ...] = (
            (found.machine - found.unknown, "machine"),
            (found.mixed + found.parts, "mixed"),
            (found.unknown, "of unknown origin"),
        )
        listed = ", ".join(f"{self._amount(number)} {sort}" for number, sort in sorts if number)
        plain = not found.unknown and not found.mixed and not found.parts
        kinds = "" if "*" in self.reading.kinds else f" ({', '.join(sorted(self.reading.kinds))})"
        share = percent(found.sure / found.total, self.share)
        verb = are(found.sure) if plain else f"{are(found.sure)} counted as"
        detail = "" if plain else f" ({listed})"
        return f"{self._amount(found.sure)} of {self._whole(found)} ({share}) {verb} machine-made{kinds}{detail}"

    def _expected(self, found: Amount, top: Fraction) -> str:
        return (
            f"of {self._whole(found)} {self._amount(found.expected)}"
            f" ({percent(found.expected / found.total, self.share)}) are expected to be machine-made, and with"
            f" {percent(self.confidence)} confidence at most {self._amount(top)}"
            f" ({percent(top / found.total, self.share)}), if labels are calibrated and independent"
        )

    def _worst(self, part: Part, found: Amount) -> str:
        """What it comes to if every unknown is machine-made."""
        if not found.unknown or self.reading.unknown_prior == 1:
            return ""
        worst = amount(part, self.reading._replace(unknown_prior=Fraction(1))).highest(self.confidence)
        if worst <= self.share * found.total:
            return ""
        share = percent(worst / found.total, self.share)
        return f"; if all {self._amount(found.unknown)} of unknown origin are machine-made it is {share}"

    def _fix(self, part: Part, found: Amount) -> str:
        move = _remedy.to_move(found, self.share, self.confidence)
        add = _remedy.to_add(found, self.share, self.confidence)
        steps = []
        if move is not None and move < found.total:
            steps.append(self._move(part, found, move))
        elif move is not None and part.shard is not None:
            steps.append(f"take {part.label} out of the dataset")
        if add is not None and add > 0:
            steps.append(f"add {self._real(add)}")
        if found.unknown and found.highest(self.confidence) - found.unknown <= self.share * found.total:
            steps.append(f"state the origin of the {self._units(found.unknown)} of unknown origin")
        return ", or ".join(steps) or f"replace the data of {part.label} by real data"

    def _move(self, part: Part, found: Amount, move: int) -> str:
        unknown = found.unknown if self.reading.unknown_prior == 1 else 0
        sort = "machine-made" if move <= found.machine - unknown else "most likely machine-made"
        if self.reading.unit == "records":
            return f"move {count(move, f'{sort} records')} out of {part.label}"
        return f"move {sort} records with {self._units(move)} out of {part.label}"

    def _real(self, number: int) -> str:
        return (
            count(number, "real records") if self.reading.unit == "records" else f"{self._units(number)} of real data"
        )

    def _amount(self, number: Fraction | int) -> str:
        scale = PPM if self.reading.unit == "weight" else 1
        value = Fraction(number) / scale
        return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.2f}"

    def _whole(self, found: Amount) -> str:
        if self.reading.unit == "weight":
            return f"{self._amount(found.total)} in sample weight"
        return count(found.total, self.reading.unit)

    def _units(self, number: int) -> str:
        if self.reading.unit == "weight":
            return f"{self._amount(number)} of sample weight"
        return count(number, self.reading.unit)
