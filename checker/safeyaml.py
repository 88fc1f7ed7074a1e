"""The one guarded YAML loader: judges events before anything is built, so a hostile file costs only its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from checker.errors import YamlError
from checker.model.location import Location

MAX_DEPTH = 40
MAX_ALIASED = 200_000
_LONGEST_NUMBER = 400
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_BOOLS = frozenset(("yes", "no", "on", "off"))
# The forms that ruamel.yaml, hence DVC, takes for numbers: YAML 1.2 core, plus underscores and 0b.
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)\Z"
)
_SPECIAL = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ALLOWED_ASCII = b"\t\n\r" + bytes(range(0x20, 0x7F))


class _Limits(NamedTuple):
    strict: bool
    size_bytes: int
    nodes: int


_STRICT = _Limits(True, 256 * 1024, 50_000)
_LAX = _Limits(False, 64 * 1024 * 1024, 5_000_000)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document as plain data, and where each value stands in its file."""

    data: object
    path: str
    _start: Any = field(default=None, repr=False, compare=False)
    _marks: Mapping[int, Any] = field(default_factory=dict, repr=False, compare=False)

    def where(self, *keys: str | int) -> Location:
        """The place of the value at `keys`, or of its nearest ancestor that exists."""
        return self._locate(keys, 1)

    def where_key(self, *keys: str | int) -> Location:
        """The place of the last of `keys` itself, or of the nearest ancestor that exists."""
        return self._locate(keys, 0)

    def _locate(self, keys: tuple[str | int, ...], part: int) -> Location:
        node: Any = self.data
        found = (self._start, self._start)
        for key in keys:
            table = self._marks.get(id(node))
            if isinstance(table, list) and isinstance(key, int) and 0 <= key < len(table):
                found = (table[key], table[key])
            elif isinstance(table, dict) and key in table:
                found = table[key]
            else:
                return _place(self.path, found[1])
            node = node[key]
        return _place(self.path, found[part])


def load(data: bytes, path: str, *, strict: bool = True) -> Document:
    """Read the one document of a file; an empty file is a document that holds None.

    `strict` is for what people write for headwater (policies, settings): no anchors, and no scalar that YAML readers
    understand differently. Otherwise (DVC metadata, cards) scalars mean what DVC takes them for, and aliases and merge
    keys work within the limits. Raises YamlError, and nothing else, for any bytes.
    """
    documents = load_all(data, path, strict=strict)
    if len(documents) > 1:
        place = documents[1].where()
        raise YamlError("a second YAML document starts here, one is expected", hint="split the file", location=place)
    return documents[0] if documents else Document(None, path)


def load_all(data: bytes, path: str, *, strict: bool = True) -> tuple[Document, ...]:
    """Read every document of a file, under the same rules as `load`."""
    limits = _STRICT if strict else _LAX
    _check_bytes(data, path, limits)
    builder = _Builder(path, limits, escapes=b"\\" in data)
    try:
        return tuple(builder.documents(_events_of(data)))
    except yaml.MarkedYAMLError as error:
        place = _place(path, error.problem_mark)
        hint = "indent and separate with spaces, not tabs" if _has_tab(data, place) else ""
        raise YamlError(f"not valid YAML: {error.problem or error.context}", hint=hint, location=place) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError, OverflowError: PyYAML's pure Python scanner, on escapes and versions out of range.
        raise YamlError(f"not valid YAML: {error}", location=Location(path)) from error


def _events_of(data: bytes) -> Callable[[], Any]:
    """The parser's `get_event`: libyaml where PyYAML has it. Neither parser recurses over nesting."""
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser  # absent without libyaml

        return CParser(data).get_event
    return _PythonParser(data.decode()).get_event


class _PythonParser(Reader, Scanner, Parser):
    """PyYAML's events without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def _check_bytes(data: bytes, path: str, limits: _Limits) -> None:
    if len(data) > limits.size_bytes:
        raise YamlError(
            f"the file has {len(data)} bytes, at most {limits.size_bytes} are read", location=Location(path)
        )
    if data.isascii():
        text = "" if not data.translate(None, _ALLOWED_ASCII) else data.decode("ascii")
    else:
        text = _decode(data, path)
    if text and (odd := _FORBIDDEN.search(text)):
        name = {"\0": "a NUL byte", "\ufeff": "a byte order mark"}.get(
            odd[0], f"the control character U+{ord(odd[0]):04X}"
        )
        raise YamlError(f"{name} is not allowed in YAML", hint="remove it", location=_at(path, text, odd.start()))
    if limits.strict:
        _check_strict_text(data, path)


def _decode(data: bytes, path: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise YamlError("the file is UTF-16, UTF-8 is expected", hint="save it as UTF-8", location=Location(path, 1, 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise YamlError(message, hint="save the file as UTF-8", location=_at(path, before, len(before))) from error


def _has_tab(data: bytes, place: Location) -> bool:
    lines = data.splitlines()
    return place.line is not None and place.line <= len(lines) and b"\t" in lines[place.line - 1]


def _check_strict_text(data: bytes, path: str) -> None:
    if b"\t" in data:
        text = data.decode()
        hint = "use spaces; inside double quotes write \\t"
        raise YamlError("a tab is not allowed here", hint=hint, location=_at(path, text, text.index("\t")))
    for odd in ("\x85", "\u2028", "\u2029"):
        if odd.encode() in data:
            text = data.decode()
            message = f"U+{ord(odd):04X} is a line break to some YAML readers and text to others"
            raise YamlError(message, hint="remove it", location=_at(path, text, text.index(odd)))


def _at(path: str, text: str, index: int) -> Location:
    line_start = text.rfind("\n", 0, index) + 1
    return Location(path, text.count("\n", 0, index) + 1, index - line_start + 1)


def _place(path: str, mark: Any) -> Location:
    return Location(path) if mark is None else Location(path, mark.line + 1, mark.column + 1)


class _Frame:
    """A collection that is being filled. `before` is the node count at its start, `height` its nesting so far."""

    __slots__ = ("anchor", "before", "height", "key", "key_mark", "mark", "marks", "merges", "value")

    def __init__(self, value: Any, mark: Any, anchor: str | None, before: int) -> None:
        self.value = value
        self.mark = mark
        self.marks: Any = {} if type(value) is dict else []
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.key: Any = _NO_KEY
        self.key_mark: Any = None
        self.merges: list[Any] | None = None


class _Anchored(NamedTuple):
    value: Any
    size: int
    height: int


_NO_KEY: Any = object()
_MERGE: Any = object()


class _Builder:
    """Builds data from events with its own stack, and counts nodes as if every alias were written out."""

    def __init__(self, path: str, limits: _Limits, *, escapes: bool) -> None:
        self.path = path
        self.strict = limits.strict
        self.max_nodes = limits.nodes
        self.escapes = escapes
        self.nodes = 0
        self.aliased = 0
        self.stack: list[_Frame] = []
        self.marks: dict[int, Any] = {}
        self.anchors: dict[str, _Anchored | None] = {}
        self.root: Any = None
        self.root_mark: Any = None

    def documents(self, next_event: Callable[[], Any]) -> Iterator[Document]:
        handlers: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._start,
            SequenceStartEvent: self._start,
            MappingEndEvent: self._end,
            SequenceEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
        }
        while type(event := next_event()) is not StreamEndEvent:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
                if not self.stack and handler != self._document:
                    yield Document(self.root, self.path, self.root_mark, self.marks)
                    self.marks = {}

    def _document(self, event: DocumentStartEvent) -> None:
        self.anchors = {}
        self.root_mark = event.start_mark
        if event.tags:
            self._refuse("%TAG directives are not allowed", event.start_mark, "remove the line")
        if event.version not in (None, (1, 2)):
            self._refuse("only YAML 1.2 is read", event.start_mark, "remove the %YAML line")

    def _scalar(self, event: ScalarEvent) -> None:
        value: Any = event.value
        mark = event.start_mark
        if event.tag is not None or (event.anchor is not None and self.strict):
            self._refuse_property(event)
        if event.implicit[0]:
            value = self._plain(value, mark)
        elif self.escapes:
            self._check_escapes(value, mark)
        size = 1 + len(event.value) // 100  # long text counts as more, or aliases of it would multiply bytes for free
        self._count(size, mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, size, 0)
        self._put(value, mark)

    def _start(self, event: CollectionStartEvent) -> None:
        if event.tag is not None or (event.anchor is not None and self.strict):
            self._refuse_property(event)
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels", mark)
        if self.stack and type(self.stack[-1].value) is dict and self.stack[-1].key is _NO_KEY:
            self._refuse("a key is a list or mapping, text is expected", mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame({} if type(event) is MappingStartEvent else [], mark, event.anchor, self.nodes))
        self._count(1, mark)

    def _end(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.merges is not None:
            self._merge(frame)
        self.marks[id(frame.value)] = frame.marks
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(frame.value, self.nodes - frame.before, frame.height)
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, frame.height + 1)
        self._put(frame.value, frame.mark)

    def _alias(self, event: AliasEvent) -> None:
        mark = event.start_mark
        if self.strict:
            self._refuse(f"the alias *{event.anchor} is not allowed", mark, "write the value out")
        if event.anchor not in self.anchors:
            self._refuse(f"the alias *{event.anchor} has no anchor before it", mark)
        target = self.anchors[event.anchor]
        if target is None:
            self._refuse(f"*{event.anchor} refers to itself", mark, "write the value out")
        if len(self.stack) + target.height > MAX_DEPTH:
            self._refuse(f"with *{event.anchor} written out, nested deeper than {MAX_DEPTH} levels", mark)
        if type(target.value) in (dict, list) and type(self.stack[-1].value) is dict and self.stack[-1].key is _NO_KEY:
            self._refuse("a key is a list or mapping, text is expected", mark)
        self.stack[-1].height = max(self.stack[-1].height, target.height + 1)
        self.aliased += target.size
        if self.aliased > MAX_ALIASED:
            self._refuse(f"aliases stand for more than {MAX_ALIASED} values", mark, "write fewer aliases of aliases")
        self._count(target.size, mark)
        self._put(target.value, mark)

    def _put(self, value: Any, mark: Any) -> None:
        """Hand a finished value to the collection around it."""
        if not self.stack:
            self.root, self.root_mark = value, mark
            return
        frame = self.stack[-1]
        if type(frame.value) is list:
            frame.value.append(value)
            frame.marks.append(mark)
        elif frame.key is _NO_KEY:
            frame.key, frame.key_mark = self._key(value, mark, frame), mark
        elif frame.key is _MERGE:
            frame.merges = (frame.merges or []) + self._merge_sources(value, mark)
            frame.key = _NO_KEY
        else:
            frame.value[frame.key] = value
            frame.marks[frame.key] = (frame.key_mark, mark)
            frame.key = _NO_KEY

    def _key(self, value: Any, mark: Any, frame: _Frame) -> Any:
        if value is _MERGE:
            if frame.merges is not None:
                self._refuse("a second << in one mapping", mark, "merge a list: <<: [*a, *b]")
            return value
        if self.strict and type(value) is not str:
            self._refuse(f"the key {_shown(value)} is not text", mark, "put it in quotes")
        if value in frame.value:
            first = frame.marks[value][0].line + 1
            self._refuse(f"the key {_shown(value)} stands twice, first in line {first}", mark, "keep one of them")
        return value

    def _merge_sources(self, value: Any, mark: Any) -> list[Any]:
        sources = value if type(value) is list else [value]
        if any(type(source) is not dict for source in sources):
            self._refuse("<< takes a mapping or a list of mappings", mark)
        return sources

    def _merge(self, frame: _Frame) -> None:
        """Own keys win over merged ones, earlier sources over later ones."""
        for source in frame.merges or ():
            marks = self.marks[id(source)]
            for key, value in source.items():
                if key not in frame.value:
                    frame.value[key] = value
                    frame.marks[key] = marks[key]

    def _plain(self, text: str, mark: Any) -> Any:
        """What a scalar without quotes means in YAML 1.2, or the refusal of one that means several things."""
        if text in _WORDS:
            return _WORDS[text]
        if text == "<<" and self.stack and type(self.stack[-1].value) is dict and self.stack[-1].key is _NO_KEY:
            if self.strict:
                self._refuse("the merge key << is not allowed", mark, "write the keys out")
            return _MERGE
        if text[0] in "0123456789+-.":
            return self._number(text, mark)
        if self.strict and len(text) <= 3 and text.lower() in _OLD_BOOLS:
            meant = "true" if text.lower() in ("yes", "on") else "false"
            self._refuse(
                f"{text} is {meant} to some YAML readers and text to others",
                mark,
                f'write {meant}, or "{text}" in quotes',
            )
        return text

    def _number(self, text: str, mark: Any) -> Any:
        if self.strict:
            self._check_number(text, mark)
        if _INT.match(text):
            digits = text.replace("_", "")
            if len(digits) > _LONGEST_NUMBER:
                self._refuse(f"a number of {len(digits)} digits", mark, "put it in quotes if it is text")
            return _integer(digits)
        if _FLOAT.match(text):
            if len(text) > _LONGEST_NUMBER:
                self._refuse(f"a number of {len(text)} digits", mark, "put it in quotes if it is text")
            return float(text.replace("_", ""))
        if _SPECIAL.match(text):
            return float(text.replace(".", ""))
        return text

    def _check_number(self, text: str, mark: Any) -> None:
        """Refuse what YAML 1.1 readers (PyYAML among them) and YAML 1.2 readers take for different values."""
        quoted = f'"{text}"'
        if _SEXAGESIMAL.match(text):
            self._refuse(f"{text} is a number in base 60 to some YAML readers", mark, f"write {quoted} in quotes")
        if _SPECIAL.match(text):
            self._refuse(f"{text} is not a limit that anything can be held against", mark, "write a number")
        if not _INT.match(text) and not _FLOAT.match(text):
            return
        bare = text.lstrip("+-")
        if (
            "_" in text
            or bare[:2] in ("0o", "0b")
            or (len(bare) > 1 and bare[0] == "0" and bare.replace("_", "").isdigit())
        ):
            hint = f"write it in decimal without leading zeros or underscores, or {quoted} in quotes"
            self._refuse(f"{text} is a different number to different YAML readers", mark, hint)
        if not bare.startswith("0x") and len(bare) <= _LONGEST_NUMBER and abs(float(bare)) == float("inf"):
            self._refuse(f"{text} is larger than any number here", mark, "write a smaller number")

    def _check_escapes(self, value: str, mark: Any) -> None:
        if "\0" in value:
            self._refuse("a NUL character is not allowed", mark, "remove \\0")
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            self._refuse("half a surrogate pair is not a character", mark, "remove the \\u escape")

    def _refuse_property(self, event: Any) -> NoReturn:
        if event.tag is not None:
            self._refuse(f"the tag {_shown(event.tag)} is not allowed", event.start_mark, "remove it")
        self._refuse(
            f"the anchor &{event.anchor} is not allowed", event.start_mark, "write the value out where it is used"
        )

    def _count(self, size: int, mark: Any) -> None:
        self.nodes += size
        if self.nodes > self.max_nodes:
            self._refuse(f"more than {self.max_nodes} values, aliases written out", mark)

    def _refuse(self, message: str, mark: Any, hint: str = "") -> NoReturn:
        raise YamlError(message, hint=hint, location=_place(self.path, mark))


def _integer(digits: str) -> Any:
    bare = digits.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(bare[:2], 10)
    if base != 10 and len(bare) == 2:
        return digits
    return int(digits, base)


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
