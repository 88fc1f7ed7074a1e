"""JSON with the place of every value: the standard library's reader gives none, and forgets duplicate keys."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import NamedTuple, NoReturn

from checker.errors import CardError
from checker.model.card import CardProblem
from checker.model.location import Location

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 250_000
_LONGEST_NUMBER = 400

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9A-Za-z.+-])")
_WORD = re.compile(r"-?[A-Za-z]+")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


class _Mark(NamedTuple):
    """Where a value starts, where its key starts, and the marks of what is in it."""

    start: int
    key: int
    inner: dict[str, _Mark] | list[_Mark] | None = None


class JsonDocument:
    """JSON as plain data. `where` and `where_key` give places as `safeyaml.Document` does."""

    __slots__ = ("_lines", "_mark", "_text", "data", "path", "problems")

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self._text = text
        self._lines = [match.end() for match in re.finditer("\n", text)]
        reader = _Reader(text, self)
        self.data, self._mark = reader.read()
        self.problems: tuple[CardProblem, ...] = tuple(reader.problems)

    def where(self, *keys: str | int) -> Location:
        """The place of the value at `keys`, or of its nearest ancestor that exists."""
        return self.place(self._find(keys).start)

    def where_key(self, *keys: str | int) -> Location:
        """The place of the last of `keys` itself, or of its nearest ancestor that exists."""
        return self.place(self._find(keys).key)

    def raw(self, *keys: str | int) -> str:
        """A number as it is written."""
        match = _NUMBER.match(self._text, self._find(keys).start)
        return match[0] if match else ""

    def place(self, offset: int) -> Location:
        """The line and column of an offset in the text."""
        line = bisect_right(self._lines, offset)
        start = self._lines[line - 1] if line else 0
        return Location(self.path, line + 1, offset - start + 1)

    def _find(self, keys: tuple[str | int, ...]) -> _Mark:
        mark = self._mark
        for key in keys:
            inner: _Mark | None = None
            if isinstance(mark.inner, dict):
                inner = mark.inner.get(str(key))
            elif isinstance(key, int) and mark.inner is not None and 0 <= key < len(mark.inner):
                inner = mark.inner[key]
            if inner is None:
                break
            mark = inner
        return mark


def load_json(data: bytes, path: str) -> JsonDocument:
    """Read one JSON text. Raises CardError, with the line, for anything that is not JSON of a bearable size."""
    if len(data) > MAX_BYTES:
        raise CardError(f"the card has {len(data)} bytes, at most {MAX_BYTES} are read", location=Location(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Location(path, data.count(b"\n", 0, error.start) + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise CardError(message, hint="save the card as UTF-8", location=place) from error
    if not text.startswith("\ufeff"):
        return JsonDocument(text, path)
    document = JsonDocument(text[1:], path)
    message = "a byte-order mark stands before the JSON, which strict readers refuse; save the card without it"
    document.problems = (CardProblem(message, Location(path, 1, 1)), *document.problems)
    return document


class _Reader:
    """One pass over the text; recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str, document: JsonDocument) -> None:
        self.text = text
        self.document = document
        self.at = 0
        self.values = 0
        self.problems: list[CardProblem] = []

    def read(self) -> tuple[object, _Mark]:
        self._skip()
        value, mark = self._value(0, self.at)
        self._skip()
        if self.at < len(self.text):
            self._refuse("text after the end of the JSON")
        return value, mark

    def _value(self, depth: int, key: int) -> tuple[object, _Mark]:
        self.values += 1
        if self.values > MAX_VALUES:
            self._refuse(f"more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels")
        start = self.at
        first = self.text[start : start + 1]
        if first == "{":
            members, marks = self._object(depth)
            return members, _Mark(start, key, marks)
        if first == "[":
            items, places = self._array(depth)
            return items, _Mark(start, key, places)
        return self._scalar(first), _Mark(start, key)

    def _object(self, depth: int) -> tuple[dict[str, object], dict[str, _Mark]]:
        members: dict[str, object] = {}
        marks: dict[str, _Mark] = {}
        self.at += 1
        self._skip()
        while not self._take("}"):
            start = self.at
            if members:
                start = self._comma("}")
            name = self._string()
            self._skip()
            if not self._take(":"):
                self._refuse(f"a colon is expected after {_shown(name)}")
            self._skip()
            value, mark = self._value(depth + 1, start)
            if name in members:
                first = self.document.place(marks[name].key).line
                message = f"the key {_shown(name)} stands twice, first in line {first}; readers keep the last, keep one"
                self.problems.append(CardProblem(message, self.document.place(start)))
            members[name], marks[name] = value, mark
            self._skip()
        return members, marks

    def _array(self, depth: int) -> tuple[list[object], list[_Mark]]:
        items: list[object] = []
        marks: list[_Mark] = []
        self.at += 1
        self._skip()
        while not self._take("]"):
            if items:
                self._comma("]")
            value, mark = self._value(depth + 1, self.at)
            items.append(value)
            marks.append(mark)
            self._skip()
        return items, marks

    def _comma(self, end: str) -> int:
        if not self._take(","):
            self._refuse(f"a comma or {end} is expected")
        self._skip()
        if self.text[self.at : self.at + 1] == end:
            self._refuse(f"a comma stands before {end}")
        return self.at

    def _scalar(self, first: str) -> object:
        if first == '"':
            return self._string()
        if match := _NUMBER.match(self.text, self.at):
            return self._number(match)
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        if word and word[0].lstrip("-") in ("NaN", "Infinity"):
            self._refuse(f"{word[0]} is not JSON")
        return self._refuse("a value is expected" if first else "the JSON ends too early")

    def _string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            started = self.text[self.at : self.at + 1] == '"'
            self._refuse("text is not closed, or has a bad escape" if started else "text in quotes is expected")
        value: str = json.loads(match[0])
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            self._refuse("half a surrogate pair is not a character")
        self.at = match.end()
        return value

    def _number(self, match: re.Match[str]) -> int | float:
        if len(match[0]) > _LONGEST_NUMBER:
            self._refuse(f"a number of {len(match[0])} digits")
        value: int | float = json.loads(match[0])
        if value in (float("inf"), float("-inf")):
            self._refuse(f"{match[0]} is larger than any number here")
        self.at = match.end()
        return value

    def _take(self, char: str) -> bool:
        if self.text[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _refuse(self, message: str) -> NoReturn:
        raise CardError(f"not valid JSON: {message}", location=self.document.place(self.at))


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:57] + "...")
