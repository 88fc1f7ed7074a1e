"""JSON Lines: one record a line, decoded by a Struct that is learned from the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter, length_hint
from typing import Any

from checker.errors import RecordError
from checker.read.records.bad import BadRows
from checker.read.records.batch import NOTHING, Batch, Groups, Key, Weight
from checker.read.records.fields import FieldMap
from checker.read.records.lines import Block, Read, blocks
from checker.read.records.oddrows import OddRows
from checker.read.records.scales import Scales, Turn
from checker.read.records.shape import Seen, Shape, field_tree, make_shape
from checker.read.records.slices import NO_SLICES, JsonSlices, Slices
from checker.read.records.values import blank, text_of

_SAMPLE_ROWS = 100
_MOST_BETS = 12
# More odd rows than this share of a block, and the shape is learned anew.
_ODD_SHARE = 0.05
# Or more than these over many blocks.
_MOST_ODD = 64
_MOST_BETS_ON_WORDS = 6
_MOST_BAD = 100_000
# Groups are kept over many blocks, since each costs a resolution when it is handed over.
_MOST_GROUPS = 8192


def read_jsonl(
    read: Read, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: Slices = NO_SLICES
) -> Iterator[Batch]:
    """Yield the records of a stream of lines, a block at a time. No `scales` means that no text is decoded."""
    expected = ExpectedRows(fields, scales)
    sliced = JsonSlices(slices) if slices.paths else None
    odd = OddRows(fields, scales, bad, sliced)
    for block in blocks(read, bad):
        if not expected.ready:
            expected.learn(block.lines)
        left = expected.read(block)
        good = odd.read(left)
        if sliced is not None:
            sliced.count(block.lines[row - block.first] for row in _good_rows(block, left))
        yield from good
        found = sum(sums.records for batch in good for _key, sums in batch.groups)
        _check_readable(block.first + len(block.lines), bad)
        if scales is not None:
            scales.rest()
        expected.missed += found
        if found > _ODD_SHARE * len(block.lines) or expected.missed > _MOST_ODD:
            yield expected.taken()
            expected.learn(line for _number, line in left)
        yield expected.taken() if len(expected.groups) > _MOST_GROUPS else NOTHING
    yield expected.taken()


def _check_readable(lines: int, bad: BadRows) -> None:
    """Going on would only count; it is quicker to say what is wrong, and a hostile file gains nothing."""
    if bad.count > _MOST_BAD and bad.count > 0.99 * lines:
        raise RecordError(f"all but a few of the first {lines} lines cannot be read, as {bad.samples[0].reason}")


class ExpectedRows:
    """Reads the rows that fit the learned shape, and tells which do not."""

    def __init__(self, fields: FieldMap, scales: Scales | None) -> None:
        self._fields = fields
        self._scales = scales
        self._seen = Seen(field_tree(fields.uses))
        self._bets = 0
        self.missed = 0
        self.groups = Groups()
        self._bet()

    @property
    def ready(self) -> bool:
        """Whether any record was seen yet."""
        return self._seen.total > 0

    def learn(self, lines: Iterable[bytes]) -> None:
        """See more rows and bet anew, unless too many bets were lost."""
        import msgspec

        if self._bets >= _MOST_BETS:
            self.missed = 0
            return
        for line in islice(lines, _SAMPLE_ROWS):
            try:
                record = msgspec.json.decode(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                self._seen.see(record)
        self._bet()

    def _bet(self) -> None:
        import msgspec

        self._bets += 1
        self.missed = 0
        if self._bets > _MOST_BETS_ON_WORDS:
            self._seen.expect_new_words()
        self._shape = make_shape(self._seen, self._fields.paths["text"], text=self._scales is not None)
        self._nested = self._scales is not None or bool(self._shape.turns or self._shape.presence)
        self._decode = msgspec.json.Decoder(self._shape.struct).decode
        self._decode_any = msgspec.json.Decoder().decode
        self._turns = [attrgetter(place) for place in self._shape.turns]
        self._texts = [attrgetter(place) for place in self._shape.texts]

    def read(self, block: Block) -> list[tuple[int, bytes]]:
        """Group the rows of a block; rows that the shape refuses are returned with their line numbers."""
        if not self._nested:
            return self._count(block)
        records: list[Any] = []
        # extend() keeps what came before the row that raised, so decoding goes on behind it.
        odd = self._all_rows(block, records.extend)
        turns = _columns(self._shape.turns, records)
        if self._scales is None:
            self.groups.count(_nested_keys(self._shape, records, turns))
            return odd
        # What is said has no place in a key.
        roles = [[_roles(turns) for turns in column] for column in turns]
        keys, rows = _nested_keys(self._shape, records, roles), _good_rows(block, odd)
        if self._shape.turns:
            self.groups.weigh(keys, map(self._weight, rows, records))
        else:
            self._scales.add(self.groups, keys, rows, self._plain_texts(records))
        return odd

    def _count(self, block: Block) -> list[tuple[int, bytes]]:
        """The short way: each record is let go as soon as it is counted."""
        places = self._shape.low
        return self._all_rows(block, lambda records: self.groups.count(_rows(places, records)))

    def _all_rows(self, block: Block, take: Callable[[Iterable[Any]], None]) -> list[tuple[int, bytes]]:
        """Give the decoded rows to `take`, again after each row that raises."""
        odd: list[tuple[int, bytes]] = []
        lines = iter(block.lines)
        while True:
            try:
                take(map(self._decode, lines))
            except (ValueError, RecursionError):
                place = len(block.lines) - length_hint(lines) - 1
                odd.append((block.first + place, block.lines[place]))
            else:
                return odd

    def taken(self) -> Batch:
        """What was grouped since the last time."""
        if self._scales is not None:
            self._scales.flush()
        groups = self.groups.take()
        if self._nested:
            groups = tuple((_flat(self._shape, key), sums) for key, sums in groups)
        return Batch(self._shape.layout, groups)

    def _weight(self, row: int, record: Any) -> Weight:
        assert self._scales is not None  # noqa: S101 - only called when texts are looked at
        turns = next((found for get in self._turns if (found := get(record))), None)
        if turns is not None:
            return self._scales.record(row, [Turn(_role(turn), self._content(turn)) for turn in turns], ())
        return self._scales.record(row, None, (self._decoded(get(record)) for get in self._texts))

    def _plain_texts(self, records: list[Any]) -> list[str]:
        """The texts of records that hold no turns."""
        if not self._texts:
            return [""] * len(records)
        first, *others = (map(get, records) for get in self._texts)
        if self._shape.sure_text:
            return list(first)
        columns = zip(first, *others, strict=True)
        if self._shape.plain_texts:
            return [next((text for text in column if text is not None), "") for column in columns]
        return [
            text_of(next((found for raw in column if (found := self._decoded(raw)) is not None), ""))
            for column in columns
        ]

    def _content(self, turn: Any) -> object:
        raws = (turn.t_content, turn.t_value, turn.t_text)
        return next((found for raw in raws if (found := self._decoded(raw))), None)

    def _decoded(self, raw: Any) -> object:
        """Text that was skipped unread may hold a number that no float can; such a text weighs nothing."""
        if raw is None or isinstance(raw, str):
            return raw
        try:
            return self._decode_any(raw)
        except (ValueError, RecursionError):
            return None


def _good_rows(block: Block, odd: list[tuple[int, bytes]]) -> Iterable[int]:
    rows = range(block.first, block.first + len(block.lines))
    if not odd:
        return rows
    left = {row for row, _line in odd}
    return [row for row in rows if row not in left]


def _nested_keys(shape: Shape, records: list[Any], turns: Iterable[Iterable[object]]) -> Iterable[Key]:
    """Keys as `((values and tail), turns of each field, blank or not for each field)`: the quickest to make."""
    presence = (map(blank, column) for column in _columns(shape.presence, records))
    return zip(_rows(shape.low, records), *turns, *presence, strict=True)


def _columns(places: tuple[str, ...], records: list[Any]) -> list[Iterable[Any]]:
    return [map(attrgetter(place), records) for place in places]


def _rows(places: tuple[str, ...], records: Iterable[Any]) -> Iterable[Key]:
    if not places:
        return (() for _ in records)
    return map(attrgetter(*places), records) if len(places) > 1 else zip(map(attrgetter(*places), records))


def _flat(shape: Shape, nested: Key) -> Key:
    """The key in the order of the layout."""
    low: Any = nested[0]
    after = 1 + len(shape.turns)
    turns = (turns if _is_roles(turns) else _roles(turns) for turns in nested[1:after])
    return (*low[: shape.values], *turns, *nested[after:], *low[shape.values :])


def _roles(turns: Any) -> tuple[object, ...] | None:
    return None if turns is None else tuple(_role(turn) for turn in turns)


def _is_roles(turns: Any) -> bool:
    return not turns or not hasattr(turns[0], "t_role")


def _role(turn: Any) -> object:
    return turn.t_role if turn.t_role is not None else turn.t_from
