"""What changed in a dataset, as rows of words that each sink escapes for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from checker.model.changes import BY_SIZE, VOCABULARY, Changes, DatasetChange, Kind, ShardChange, Side
from checker.model.composition import Composition, Origin
from checker.model.likeness import Copies
from checker.model.signals import NAMES
from checker.report import _words as words

MOST_SHARDS = 20
MOST_VALUES = 8
MOST_SHRUNK = 3
NOT_STATED = "(not stated)"
# Sizes that differ by more are too unlike for figures that grow or fall with size.
LIKE_SIZE = 0.1
_SHARES = frozenset({"hapax_share", "unseen_mass", "repeated_5grams"})
_SORTS = {Kind.CHANGED: 0, Kind.NEW: 1, Kind.REMOVED: 2, Kind.MOVED: 3}


class Row(NamedTuple):
    """One figure on both sides; `section` is ours, `name` may come from the data. Empty where a side has none."""

    section: str
    name: str
    before: str
    after: str
    change: str = ""


def rows(change: DatasetChange) -> Iterator[Row]:
    """Size, composition, copies, diversity and tails; figures that did not change are left out, but for the size."""
    yield from _size(change)
    for axis in ("origin", "domain", "language"):
        yield from _shares(axis, change)
    yield from _copies(change)
    yield from _diversity(change)
    yield from _vocabulary(change)
    yield from _slices(change)


def records(change: DatasetChange) -> str:
    """`1,100 added, 200 removed, 30 moved to another shard, 9,770 kept`."""
    flow = change.records
    if flow is None or change.kind is not Kind.CHANGED:
        return ""
    moved = f"{flow.moved:,} moved to another shard, " if flow.moved else ""
    return f"{flow.added:,} added, {flow.removed:,} removed, {moved}{flow.kept:,} kept"


def shards(change: DatasetChange) -> tuple[tuple[str, str, str], ...]:
    """Word, path and records of the shards that are not as they were, changed ones first."""
    listed = sorted(change.shards, key=lambda shard: (_SORTS[shard.kind], shard.path))
    return tuple((shard.kind.value, shard.path, _counted(shard)) for shard in listed[:MOST_SHARDS])


def more_shards(change: DatasetChange) -> str:
    """How many are not listed."""
    left = len(change.shards) - MOST_SHARDS
    return f"{words.plural(left, 'more shard')}; --format json has them all" if left > 0 else ""


def budget(change: DatasetChange) -> str:
    """`means over 10 and 12 blocks of 20,000 tokens`; what is said instead where there are none, or no change."""
    sides = [side for side in (change.before, change.after) if side.blocks]
    if not sides:
        known = change.before.composition or change.after.composition
        return "not told: there is too little text" if known else ""
    blocks = " and ".join(dict.fromkeys(f"{side.blocks:,}" for side in sides))
    noun = "block" if blocks == "1" else "blocks"
    same = "" if any(True for _ in _diversity(change)) else ", nothing changed"
    return f"means over {blocks} {noun} of {sides[0].budget_tokens:,} tokens{same}"


def summary(changes: Changes) -> str:
    """`1 dataset changed, 2 unchanged`."""
    found = {kind: sum(dataset.kind is kind for dataset in changes.datasets) for kind in Kind}
    parts = [f"{number:,} {kind.value}" for kind, number in found.items() if number]
    noun = "dataset" if len(changes.datasets) == 1 else "datasets"
    left = sum(bool(dataset.open) for dataset in changes.datasets)
    tail = f"; {left:,} of them not wholly measured" if left else ""
    return f"{len(changes.datasets):,} {noun}: {', '.join(parts) or 'nothing to compare'}{tail}"


def _counted(shard: ShardChange) -> str:
    match shard.kind:
        case Kind.CHANGED:
            return f"{_number(shard.before)} -> {_records(shard.after)}"
        case Kind.MOVED:
            return f"was {shard.source}, {_records(shard.after)}"
        case Kind.NEW:
            return _records(shard.after)
        case _:
            return _records(shard.before)


def _records(number: int | None) -> str:
    return "records not counted" if number is None else words.plural(number, "record")


def _number(records: int | None) -> str:
    return "unknown" if records is None else f"{records:,}"


def _size(change: DatasetChange) -> Iterator[Row]:
    sides = change.before, change.after
    yield from _total("shards", *(side.shards for side in sides))
    yield from _total("records", *(side.composition.records if side.composition else None for side in sides))
    yield from _total("tokens", *(side.tokens for side in sides))
    yield from _total("distinct words, about", *(side.words for side in sides))


def _total(section: str, before: int | None, after: int | None) -> Iterator[Row]:
    if before is None and after is None:
        return
    change = f"{_signed(after / before - 1)}" if before and after is not None and after != before else ""
    yield Row(section, "", _or_nothing(before), _or_nothing(after), change)


def _or_nothing(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _shares(axis: str, change: DatasetChange) -> Iterator[Row]:
    """The values whose share changed most; origins all of them, in the fixed order."""
    before, after = (_counts(side.composition, axis) for side in (change.before, change.after))
    names = [name for name in {**before, **after} if before.get(name) or after.get(name)]
    if axis == "origin":
        names = [origin.value for origin in Origin if origin.value in names]
    elif len(names) == 1 and not names[0]:
        return
    made = [_share(axis, name, before, after) for name in names]
    if axis != "origin":
        made = [(moved, row) for moved, row in made if moved or not (before and after)]
        made.sort(key=lambda entry: (-abs(entry[0]), entry[1].name))
    yield from (row for _, row in made[:MOST_VALUES])
    if len(made) > MOST_VALUES:
        yield Row(axis, f"and {len(made) - MOST_VALUES:,} more", "", "")


def _share(section: str, name: str, before: Mapping[str, int], after: Mapping[str, int]) -> tuple[float, Row]:
    """How far a share moved, and the row that says so."""
    was, now = _part(before, name), _part(after, name)
    moved = now - was if was is not None and now is not None else None
    row = Row(section, name or NOT_STATED, _percent(was), _percent(now), "" if moved is None else _points(moved))
    return (was or now or 0.0) if moved is None else moved, row


def _percent(share: float | None) -> str:
    return "" if share is None else words.percent(share)


def _part(counts: Mapping[str, int], name: str) -> float | None:
    total = sum(counts.values())
    return counts.get(name, 0) / total if total else None


def _counts(composition: Composition | None, axis: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for cell, tally in composition.cells.items() if composition else ():
        value = cell.origin.value if axis == "origin" else str(getattr(cell, axis))
        found[value] = found.get(value, 0) + tally.records
    return found


def _copies(change: DatasetChange) -> Iterator[Row]:
    sides = change.before.copies, change.after.copies
    yield from _copied("exact copies", *(copies and (copies.exact, copies.documents) for copies in sides))
    yield from _copied("near-copies", *(copies and (copies.near or 0, copies.documents) for copies in sides))


def _copied(section: str, before: tuple[int, int] | None, after: tuple[int, int] | None) -> Iterator[Row]:
    was, now = (found[0] / found[1] if found and found[1] else None for found in (before, after))
    if was or now:
        moved = _points(now - was) if was is not None and now is not None else ""
        yield Row(section, "", _percent(was), _percent(now), moved)


def _diversity(change: DatasetChange) -> Iterator[Row]:
    before, after = change.before.figures, change.after.figures
    for name in NAMES:
        old, new = before.get(name), after.get(name)
        if _figure(old) == _figure(new):
            continue
        moved = _signed(new / old - 1) if old and new is not None else ""
        yield Row("diversity", NAMES[name], _figure(old), _figure(new), moved)


def _vocabulary(change: DatasetChange) -> Iterator[Row]:
    """Of all text; what depends on its amount only where both sides have like amounts, or there is one side."""
    before, after = change.before, change.after
    alike = not (before.tokens and after.tokens) or abs(after.tokens - before.tokens) <= LIKE_SIZE * before.tokens
    for name, said in VOCABULARY.items():
        old, new = before.vocabulary.get(name), after.vocabulary.get(name)
        told = _percent if name in _SHARES else _figure
        if told(old) == told(new) or (name in BY_SIZE and not alike):
            continue
        moved = ""
        if old is not None and new is not None:
            moved = _points(new - old) if name in _SHARES else _relative(old, new)
        yield Row("all text", said, told(old), told(new), moved)


def _relative(old: float, new: float) -> str:
    return _signed(new / old - 1) if old else ""


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _slices(change: DatasetChange) -> Iterator[Row]:
    """Classes that are gone, that are new, and those whose share shrank most."""
    before, after = (side.composition.slices if side.composition else {} for side in (change.before, change.after))
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        yield from _classes(
            f"slice {name}, lost class", old, new, (value for value in old if old[value] and not new.get(value))
        )
        yield from _classes(
            f"slice {name}, new class", old, new, (value for value in new if new[value] and not old.get(value))
        )
        yield from _shrunk(f"slice {name}, shrunken class", old, new)


def _classes(section: str, old: Mapping[str, int], new: Mapping[str, int], values: Iterable[str]) -> Iterator[Row]:
    listed = sorted(values, key=lambda value: (-old.get(value, 0) - new.get(value, 0), value))
    yield from (_share(section, value, old, new)[1] for value in listed[:MOST_VALUES])
    if len(listed) > MOST_VALUES:
        yield Row(section, f"and {len(listed) - MOST_VALUES:,} more", "", "")


def _shrunk(section: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Row]:
    ratios = []
    for value in old:
        was, now = _part(old, value), _part(new, value)
        if was and now and now < was:
            ratios.append((now / was, value))
    yield from (_share(section, value, old, new)[1] for _, value in sorted(ratios)[:MOST_SHRUNK])


def _signed(share: float) -> str:
    """`+3.2%`; what rounds to nothing is `+0%`."""
    text = words.percent(share)
    return text if text.startswith("-") else f"+{text}"


def _points(moved: float) -> str:
    text = f"{moved * 100:+.1f}".removesuffix(".0")
    return "" if not moved else "<0.1 points" if text in ("+0", "-0") else f"{text} points"


def documents(copies: Copies | None) -> Mapping[str, int | None] | None:
    """The counts of copies as JSON has them."""
    return None if copies is None else copies._asdict()


def axes(side: Side) -> Mapping[str, Mapping[str, int]]:
    """Records by origin, domain and language."""
    return {axis: _counts(side.composition, axis) for axis in ("origin", "domain", "language")}
