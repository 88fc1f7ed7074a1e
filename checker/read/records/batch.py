"""What a reader hands over: equal records counted together, with sums over their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from checker.read.records.fields import Use

Key = tuple[object, ...]


class Weight(NamedTuple):
    """The size of one record's text, and of its machine turns."""

    bytes: int = 0
    tokens: int = 0
    machine_bytes: int = 0
    machine_tokens: int = 0


class Sums(NamedTuple):
    """Sums over records that share a key. `tokens2` is the sum of squares; `machine_*` count the machine turns."""

    records: int
    bytes: int = 0
    tokens: int = 0
    tokens2: int = 0
    machine_bytes: int = 0
    machine_tokens: int = 0


@dataclass(frozen=True, eq=False)
class Layout:
    """How to read a key: the value at place i belongs to `paths[i]`. A layout is equal to itself only.

    Values whose use is PRESENCE are booleans: true when the field is blank. `filled` are the paths that every
    record of the layout fills. The first `head` places decide who made a record; the rest are sources and numbers.
    """

    paths: tuple[str, ...]
    uses: tuple[Use, ...]
    head: int
    filled: frozenset[str] = frozenset()

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each path."""
        return {path: index for index, path in enumerate(self.paths)}


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one block of a shard, grouped. A key may come twice."""

    layout: Layout
    groups: tuple[tuple[Key, Sums], ...]


def make_layout(uses: Mapping[str, Use], filled: frozenset[str] = frozenset()) -> Layout:
    """Order the paths: values, turns, presence, then source and numbers. Text is not part of a key."""
    values = [path for path, use in uses.items() if use is Use.VALUE]
    values += [path for path, use in uses.items() if use is Use.TURNS]
    presence = [path for path, use in uses.items() if use is Use.PRESENCE and path not in filled]
    tail = [path for path, use in uses.items() if use in (Use.SOURCE, Use.NUMBER)]
    paths = (*values, *presence, *tail)
    return Layout(paths, tuple(uses[path] for path in paths), len(values) + len(presence), filled)


NOTHING = Batch(make_layout({}), ())


class Groups:
    """Groups equal keys; counts them, or sums the sizes of their texts."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._sums: dict[Key, list[int]] = {}

    def __len__(self) -> int:
        return len(self._counts) + len(self._sums)

    def count(self, keys: Iterable[Key]) -> None:
        """Add records whose text was not read."""
        self._counts.update(keys)

    def add(self, groups: Iterable[tuple[Key, Sums]]) -> None:
        """Add records that were grouped and whose text was not read."""
        for key, sums in groups:
            self._counts[key] += sums.records

    def weigh(self, keys: Iterable[Key], weights: Iterable[Weight]) -> None:
        """Add records with the sizes of their texts."""
        sums = self._sums
        for key, (size, tokens, machine_bytes, machine_tokens) in zip(keys, weights, strict=True):
            entry = sums.get(key)
            if entry is None:
                sums[key] = [1, size, tokens, tokens * tokens, machine_bytes, machine_tokens]
                continue
            entry[0] += 1
            entry[1] += size
            entry[2] += tokens
            entry[3] += tokens * tokens
            entry[4] += machine_bytes
            entry[5] += machine_tokens

    def sum(self, groups: Iterable[tuple[Key, Sums]]) -> None:
        """Add records that were grouped with the sizes of their texts."""
        for key, amounts in groups:
            entry = self._sums.setdefault(key, [0] * len(amounts))
            for place, amount in enumerate(amounts):
                entry[place] += amount

    def take(self) -> tuple[tuple[Key, Sums], ...]:
        """What was added since the last time."""
        taken = (
            *((key, Sums(number)) for key, number in self._counts.items()),
            *((key, Sums(*entry)) for key, entry in self._sums.items()),
        )
        self._counts, self._sums = Counter(), {}
        return taken


def grouped(keys: Iterable[Key], weights: Iterable[Weight]) -> tuple[tuple[Key, Sums], ...]:
    """Group one block."""
    groups = Groups()
    groups.weigh(keys, weights)
    return groups.take()
