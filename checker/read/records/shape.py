"""Learns the shape of JSON records from a sample and makes a msgspec Struct that decodes just what is needed.

The Struct is a bet: it names the keys that were seen, knows fields that are always filled, and refuses whatever
breaks the bet. A refused row is read the slow way, so the bet decides speed, never the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from checker.read.records.batch import Layout, make_layout
from checker.read.records.fields import Use
from checker.read.records.vocabulary import LONGEST_BLANK

# A record with more keys than this, or with new ones all the time, is read without naming the others.
_MOST_KEYS = 64
# Where no more words than these were seen, the Struct knows them by heart: they need not be made nor hashed again.
_MOST_WORDS = 32

Tree = Mapping[str, Any]  # key -> Use, or the Tree below


def field_tree(uses: Mapping[str, Use]) -> Tree:
    """`{"metadata.url": PRESENCE}` becomes `{"metadata": {"url": PRESENCE}}`."""
    tree: dict[str, Any] = {}
    # Which text is read must not depend on what else is mapped, so texts come first.
    for path, use in sorted(uses.items(), key=lambda item: (item[1] not in (Use.TEXT, Use.TURNS), item[0])):
        *parents, leaf = path.split(".")
        level = tree
        for parent in parents:
            level = level.setdefault(parent, {})
            if not isinstance(level, dict):  # the parent itself is mapped to a field: its reading wins
                break
        else:
            level.setdefault(leaf, use)
    return tree


class Seen:
    """What a sample shows of one level of the records."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.closed_words = True
        self.total = 0
        self.counts: dict[str, int] = {}
        self.kinds: dict[str, set[str]] = {}
        self.words: dict[str, set[str]] = {}
        self.below: dict[str, Seen] = {}

    def see(self, record: Mapping[str, object]) -> None:
        """Note the keys and kinds of one record."""
        self.total += 1
        for key, value in record.items():
            self.counts[key] = self.counts.get(key, 0) + 1
            if key not in self.tree:
                continue
            self.kinds.setdefault(key, set()).add(_kind(value))
            if isinstance(value, str) and len(words := self.words.setdefault(key, set())) <= _MOST_WORDS:
                words.add(value)
            if isinstance(value, dict) and isinstance(self.tree[key], dict):
                self.below.setdefault(key, Seen(self.tree[key])).see(value)

    def expect_new_words(self) -> None:
        """Give up knowing the words: they keep changing."""
        self.closed_words = False
        for below in self.below.values():
            below.expect_new_words()

    def known_words(self, key: str) -> tuple[str, ...]:
        """All that a field says, when that is little and always text."""
        words = self.words.get(key, set())
        few = len(words) <= _MOST_WORDS and self.kinds.get(key, set()) <= {"long", "str", "NoneType"}
        return tuple(sorted(words)) if few and self.closed_words else ()

    @property
    def open(self) -> bool:
        """Whether the keys are too many or too odd to be named."""
        return len(self.counts) > _MOST_KEYS or any(not plain_key(key) for key in self.counts)

    def keys(self) -> list[str]:
        """The keys to name: all that were seen, or of an open level all that matter."""
        return sorted(self.tree) if self.open else list(self.counts)


@dataclass(frozen=True, slots=True)
class Shape:
    """A Struct and where its values are: attribute paths for attrgetter, in the order of the layout."""

    struct: type[Any]
    layout: Layout
    low: tuple[str, ...]  # values and the tail
    values: int  # how many of `low` are values
    turns: tuple[str, ...]
    presence: tuple[str, ...]
    texts: tuple[str, ...]  # in the order in which a text is looked for
    plain_texts: bool  # all of them are a string or null
    sure_text: bool  # and the first is never null


def make_shape(seen: Seen, text_paths: tuple[str, ...], *, text: bool) -> Shape:
    """Make the Struct that fits the sample."""
    places: dict[str, str] = {}
    uses: dict[str, Use] = {}
    filled: set[str] = set()
    plain: dict[str, bool] = {}
    struct = _struct(seen, "", "", (places, uses, filled, plain), optional=False, text=text)
    found = [path for path in text_paths if path in places]
    layout = make_layout({path: use for path, use in uses.items() if use is not Use.TEXT}, frozenset(filled))
    by_use = {
        use: tuple(places[path] for path, found in zip(layout.paths, layout.uses, strict=True) if found is use)
        for use in Use
    }
    tail = tuple(places[path] for path in layout.paths[layout.head :])
    return Shape(
        struct=struct,
        layout=layout,
        low=by_use[Use.VALUE] + tail,
        values=len(by_use[Use.VALUE]),
        turns=by_use[Use.TURNS],
        presence=by_use[Use.PRESENCE],
        texts=tuple(places[path] for path in found),
        plain_texts=all(path in plain for path in found),
        sure_text=bool(found) and plain.get(found[0], False),
    )


# Places, uses, the paths that are always filled, and texts that are strings -> whether never null.
_Found = tuple[dict[str, str], dict[str, Use], set[str], dict[str, bool]]


def _struct(seen: Seen, path: str, attribute: str, found: _Found, *, optional: bool, text: bool) -> type[Any]:
    import msgspec

    places, uses, filled, plain = found
    fields: list[Any] = []
    renames: dict[str, str] = {}
    for index, key in enumerate(seen.keys()):
        name, here = f"f{index}", f"{path}{key}"
        renames[name] = key
        target = seen.tree.get(key)
        if isinstance(target, dict) and "dict" not in seen.kinds.get(key, {"dict"}):
            # Nothing to see in what is no object; the first object breaks the bet.
            fields.append((name, str | int | float | bool | list[msgspec.Raw] | None, None))
            continue
        if isinstance(target, dict):
            below = seen.below.get(key) or Seen(target)
            always = not optional and not seen.open and seen.counts.get(key) == seen.total == below.total
            child = _struct(below, f"{here}.", f"{attribute}{name}.", found, optional=not always, text=text)
            fields.append((name, child) if always else (name, child, msgspec.field(default_factory=child)))
            continue
        if target is None:
            fields.append((name, msgspec.Raw, None))
            continue
        places[here], uses[here] = f"{attribute}{name}", target
        always = not optional and not seen.open and seen.counts.get(key) == seen.total
        sure = _filled_type(seen.kinds.get(key, set())) if always and target is Use.PRESENCE else None
        if sure is not None:
            filled.add(here)
            fields.append((name, sure))
        elif text and target is Use.TEXT and seen.kinds.get(key, set()) <= {"long", "str", "NoneType"}:
            plain[here] = always and "NoneType" not in seen.kinds.get(key, {"NoneType"})
            fields.append((name, str) if plain[here] else (name, str | None, None))
        else:
            words = seen.known_words(key) if target in (Use.VALUE, Use.SOURCE) else ()
            fields.append((name, _type(target, seen.kinds.get(key, set()), words, text=text), None))
    return cast(
        "type[Any]",
        msgspec.defstruct(
            "Record", fields, rename=renames, forbid_unknown_fields=not seen.open, gc=False, kw_only=True
        ),
    )


def _type(use: Use, kinds: set[str], words: tuple[str, ...], *, text: bool) -> Any:
    """What a place may hold. True and 1 are equal keys, so a place holds booleans or numbers, not both."""
    import msgspec

    if words:
        return Literal.__getitem__((*words, None))
    leaves = tuple[str | int | float | bool | None, ...]
    if use is Use.TEXT:
        return msgspec.Raw
    if use is Use.TURNS:
        return tuple[_turn(text=text), ...] | None  # type: ignore[misc]  # a type made at run time
    if use is Use.NUMBER:
        return str | int | float | None
    return str | bool | None | leaves if "bool" in kinds else str | int | float | None | leaves


def _turn(*, text: bool) -> Any:
    import msgspec

    names = ("role", "from", *(("content", "value", "text") if text else ()))
    fields: list[Any] = [(f"t_{name}", str | None if name in ("role", "from") else msgspec.Raw, None) for name in names]
    return msgspec.defstruct("Turn", fields, rename={f"t_{name}": name for name in names}, frozen=True, gc=False)


def _filled_type(kinds: set[str]) -> Any:
    """A type that only filled values have, where the sample had nothing else."""
    import msgspec

    if kinds == {"long"}:
        return Annotated[str, msgspec.Meta(min_length=LONGEST_BLANK + 1)]
    if kinds == {"int"}:
        return int
    return Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1)] if kinds == {"list"} else None


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "long" if len(value) > LONGEST_BLANK else "str"
    if isinstance(value, list):
        return "list" if value else "empty"
    return type(value).__name__


def plain_key(key: str) -> bool:
    """Whether msgspec takes the key as a field name."""
    return key.isprintable() and '"' not in key and "\\" not in key
