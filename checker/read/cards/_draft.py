"""A card while it is being read: statements are typed, judged for placeholders and put in order here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

from checker.model.card import Card, CardFormat, CardProblem, Value
from checker.model.location import Location
from checker.read.cards import _terms
from checker.read.cards._placeholders import says_something, without_placeholders

Keys = tuple[str | int, ...]

_ANSWERS = frozenset(("synthetic", "ongoing"))
_COUNTS = frozenset(("size_records", "size_bytes", "size_tokens"))
_SIZES = ("size_records", "size_tokens", "size_bytes", "size_category")
_TEXT_OR_NUMBER = frozenset(("name", "id", "version", "license", "language", "date", "date_previous"))
_UNIQUE = frozenset(("language", "license", "tags", "modality", "tasks"))
_MAX_PROBLEMS = 100
_NO_TERM = ("other-", "other_")


class Source(Protocol):
    """Plain data that knows the place of each value: `safeyaml.Document`, `JsonDocument`, a body."""

    @property
    def data(self) -> object: ...
    def where(self, *keys: str | int) -> Location: ...
    def where_key(self, *keys: str | int) -> Location: ...
    def raw(self, *keys: str | int) -> str: ...


class Draft:
    """Collects statements and problems; `card` freezes them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.fields: dict[str, list[Value]] = {}
        self.problems: list[CardProblem] = []
        self._known: set[tuple[str, object]] = set()

    def problem(self, message: str, location: Location) -> None:
        """Note something that a reader would misread."""
        self.problems.append(CardProblem(message, location))

    def add(self, key: str, content: object, location: Location, pointer: str, raw: str = "") -> None:
        """Take down one statement. `raw` is a number as it was written."""
        plain = freeze(content)
        if not says_something(plain):
            self._keep(key, Value(plain, location, pointer, filled=False))
            return
        typed, complaint = _typed(key, plain, raw)
        if complaint:
            self.problem(complaint, location)
        self._keep(key, Value(plain if typed is None else typed, location, pointer, filled=typed is not None))
        if key == "synthetic" and not isinstance(plain, bool):
            self._add_share(plain, location, pointer)

    def each(self, key: str, source: Source, keys: Keys) -> None:
        """Take down the value at `keys`, a list item by item; a list in a list is one statement."""
        content = at(source.data, keys)
        if isinstance(content, list) and content:
            for index, item in enumerate(content):
                place = (*keys, index)
                self.add(key, item, source.where(*place), pointer_of(place), source.raw(*place))
        else:
            self.add(key, content, source.where(*keys), pointer_of(keys), source.raw(*keys))

    def has(self, key: str) -> bool:
        """Whether there is a filled statement for `key`."""
        return any(value.filled for value in self.fields.get(key, ()))

    def card(self, form: CardFormat, version: str, data: bytes) -> Card:
        """The finished card, with what follows from its statements."""
        self._derive()
        self._check_synthetic()
        fields = {key: _best_first(values) for key, values in self.fields.items()}
        return Card(self.path, form, version, hashlib.sha256(data).hexdigest(), fields, self._sorted_problems())

    def _keep(self, key: str, value: Value) -> None:
        if key in _UNIQUE and isinstance(value.content, str):
            if (key, value.content) in self._known:
                return
            self._known.add((key, value.content))
        self.fields.setdefault(key, []).append(value)

    def _add_share(self, content: object, location: Location, pointer: str) -> None:
        share = _terms.share(content)
        if share is not None:
            self._keep("synthetic_share", Value(share, location, pointer))

    def _sorted_problems(self) -> tuple[CardProblem, ...]:
        ordered = tuple(dict.fromkeys(sorted(self.problems, key=lambda problem: problem.location.line or 0)))
        if len(ordered) <= _MAX_PROBLEMS:
            return ordered
        more = f"{len(ordered) - _MAX_PROBLEMS} more problems of this card are not listed"
        return (*ordered[:_MAX_PROBLEMS], CardProblem(more, ordered[_MAX_PROBLEMS].location))

    def _derive(self) -> None:
        said = self.fields.get("synthetic", [])
        places = {value.location for value in said if value.filled}
        shares = self.fields.get("synthetic_share", ())
        meant = [
            Value(value.content > 0, value.location, value.pointer)
            for value in shares
            if value.filled and value.location not in places and isinstance(value.content, float)
        ]
        if meant:
            self.fields["synthetic"] = [*meant, *said]
        sizes = [value for key in _SIZES for value in self.fields.get(key, ())]
        if sizes:
            self.fields.setdefault("size", []).extend(sizes)

    def _check_synthetic(self) -> None:
        stated = [value for value in self.fields.get("synthetic", ()) if value.filled]
        no = next((value for value in stated if value.content is False), None)
        yes = next((value for value in stated if value.content is True), None)
        if no and yes:
            self.problem(
                f"the card contradicts itself: line {no.location.line} says that no data is synthetic, "
                f"line {yes.location.line} ({yes.pointer}) that some is; keep one",
                no.location,
            )


def freeze(content: object) -> object:
    """Lists become tuples; keys become text."""
    if isinstance(content, dict):
        return {str(key): freeze(item) for key, item in content.items()}
    if isinstance(content, list | tuple):
        return tuple(freeze(item) for item in content)
    return content


def at(data: object, keys: Keys) -> object:
    """The value at `keys`, or None."""
    for key in keys:
        if isinstance(data, list):
            data = data[key] if isinstance(key, int) and 0 <= key < len(data) else None
        else:
            data = data.get(key) if isinstance(data, dict) else None
    return data


def pointer_of(keys: Keys) -> str:
    """The JSON pointer of `keys` (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def shown(content: object) -> str:
    """A value as a message quotes it, cut short."""
    if isinstance(content, str):
        return repr(content if len(content) <= 60 else content[:57] + "...")
    kinds = {dict: "an object", list: "a list", tuple: "a list", bool: str(content).lower(), type(None): "null"}
    return kinds.get(type(content), str(content)[:60])


def _typed(key: str, content: object, raw: str) -> tuple[object, str]:
    """The content as the key wants it, or None with a complaint."""
    if key in _ANSWERS:
        yes = _terms.answer(content)
        return (
            yes,
            "" if yes is not None else f"{key} is {shown(content)}, which is neither yes nor no; write true or false",
        )
    if key == "synthetic_share":
        share = _terms.share(content)
        return (
            share,
            "" if share is not None else f"synthetic_share is {shown(content)}, a number from 0 to 1 is expected",
        )
    if key in _COUNTS:
        number = _terms.count(content)
        return number, "" if number is not None else f"{key} is {shown(content)}, a whole number is expected"
    if key in _terms.TERMS:
        return _term(key, content)
    if key in _TEXT_OR_NUMBER and isinstance(content, int | float):
        return _unquoted(key, content, raw)
    if isinstance(content, str) and key not in _terms.TERMS:
        return without_placeholders(content) or content, ""
    return content, ""


def _term(key: str, content: object) -> tuple[object, str]:
    terms = _terms.TERMS[key]
    if isinstance(content, str) and (content in terms or (content.startswith(_NO_TERM) and "other" in terms)):
        return content, ""
    known = [*_terms.SIZE_CATEGORIES] if key == "size_category" else sorted(terms)
    return None, f"{key} is {shown(content)}, one of these is expected: {', '.join(known)}"


def _unquoted(key: str, content: int | float, raw: str) -> tuple[object, str]:
    """Text that was read as a number or a bool: `version: 1.10` is 1.1 to every reader."""
    written = raw or str(content).lower()
    if isinstance(content, bool):
        hint = '; Norwegian is "no" in quotes' if key == "language" else ""
        return None, f"{key} is {written}, text is expected{hint}"
    if key == "version" and isinstance(content, float):
        return written, f"version is {written}, which readers take for a number; put it in quotes"
    return written, ""


def _best_first(values: list[Value]) -> tuple[Value, ...]:
    return tuple(sorted(values, key=lambda value: not value.filled))


def leaves(data: object, keys: Keys) -> Iterator[tuple[Keys, object]]:
    """The statements at `keys` with their places: a scalar, the items of a list, or those of a mapping of either."""
    content = at(data, keys)
    if isinstance(content, dict):
        for part, inner in content.items():
            items = enumerate(inner) if isinstance(inner, list) else ()
            yield from (((*keys, part, index), item) for index, item in items)
            if not isinstance(inner, list):
                yield (*keys, part), inner
    elif isinstance(content, list):
        yield from (((*keys, index), item) for index, item in enumerate(content))
    elif content is not None:
        yield keys, content
