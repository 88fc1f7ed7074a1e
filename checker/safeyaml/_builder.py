"""Builds data from parser events with a stack of its own, and judges each event before anything is made of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from checker.errors import YamlError
from checker.model.location import Location
from checker.safeyaml._scalars import Refused, meaning, shown

MAX_DEPTH = 40
MAX_ALIASED = 200_000
# From here on Python's integers share hashes, and a mapping of keys that share one takes quadratic time.
_HASH_MODULUS = sys.hash_info.modulus


class Built(NamedTuple):
    """One document: its data, the mark where it starts, and the marks of what each collection (by id) holds.

    The marks of a list are those of its items; those of a mapping are, by key, the key's and the value's.
    """

    data: object
    start: Any
    marks: Mapping[int, Any]


def place(path: str, mark: Any) -> Location:
    """A parser's mark counts from 0, a location from 1."""
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


class Builder:
    """Counts nodes as if every alias were written out. Events are known by class name: yaml is not imported here."""

    def __init__(self, path: str, *, strict: bool, max_nodes: int, escapes: bool) -> None:
        self.path = path
        self.strict = strict
        self.max_nodes = max_nodes
        self.escapes = escapes
        self.nodes = 0
        self.aliased = 0
        self.stack: list[_Frame] = []
        self.marks: dict[int, Any] = {}
        self.anchors: dict[str, _Anchored | None] = {}
        self.root: Any = None
        self.root_mark: Any = None

    def documents(self, next_event: Callable[[], Any]) -> Iterator[Built]:
        """Each document of the stream, as soon as it is complete."""
        handlers: dict[str, Callable[[Any], None]] = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._start,
            "SequenceStartEvent": self._start,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        while (name := type(event := next_event()).__name__) != "StreamEndEvent":
            handler = handlers.get(name)
            if handler is not None:
                handler(event)
                if not self.stack and handler != self._document:
                    yield Built(self.root, self.root_mark, self.marks)
                    self.marks = {}

    def _document(self, event: Any) -> None:
        self.anchors = {}
        self.root_mark = event.start_mark
        if event.tags:
            self._refuse("%TAG directives are not allowed", event.start_mark, "remove the line")
        if event.version not in (None, (1, 2)):
            self._refuse("only YAML 1.2 is read", event.start_mark, "remove the %YAML line")

    def _scalar(self, event: Any) -> None:
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

    def _start(self, event: Any) -> None:
        if event.tag is not None or (event.anchor is not None and self.strict):
            self._refuse_property(event)
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels", mark)
        if self.stack and type(self.stack[-1].value) is dict and self.stack[-1].key is _NO_KEY:
            self._refuse("a key is a list or mapping, text is expected", mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(
            _Frame({} if type(event).__name__ == "MappingStartEvent" else [], mark, event.anchor, self.nodes)
        )
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

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        if self.strict:
            self._refuse(f"the alias *{shown(event.anchor)} is not allowed", mark, "write the value out")
        if event.anchor not in self.anchors:
            self._refuse(f"the alias *{shown(event.anchor)} has no anchor before it", mark)
        target = self.anchors[event.anchor]
        if target is None:
            self._refuse(f"*{shown(event.anchor)} refers to itself", mark, "write the value out")
        if len(self.stack) + target.height > MAX_DEPTH:
            self._refuse(f"with *{shown(event.anchor)} written out, nested deeper than {MAX_DEPTH} levels", mark)
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
        if type(value) is not str:
            if self.strict:
                self._refuse(f"the key {_named(value)} is not text", mark, "put it in quotes")
            if type(value) is int and abs(value) >= _HASH_MODULUS:
                self._refuse(f"the key {_named(value)} is too large a number", mark, "put it in quotes")
        if value in frame.value:
            first = frame.marks[value][0].line + 1
            self._refuse(f"the key {_named(value)} stands twice, first in line {first}", mark, "keep one of them")
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
        """The value of a scalar without quotes; << is a merge key where a key is due."""
        if text == "<<" and self.stack and type(self.stack[-1].value) is dict and self.stack[-1].key is _NO_KEY:
            if self.strict:
                self._refuse("the merge key << is not allowed", mark, "write the keys out")
            return _MERGE
        try:
            return meaning(text, strict=self.strict)
        except Refused as error:
            raise YamlError(error.message, hint=error.hint, location=place(self.path, mark)) from error

    def _check_escapes(self, value: str, mark: Any) -> None:
        if "\0" in value:
            self._refuse("a NUL character is not allowed", mark, "remove \\0")
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            self._refuse("half a surrogate pair is not a character", mark, "remove the \\u escape")

    def _refuse_property(self, event: Any) -> NoReturn:
        if event.tag is not None:
            self._refuse(f"the tag {shown(event.tag)} is not allowed", event.start_mark, "remove it")
        self._refuse(
            f"the anchor &{shown(event.anchor)} is not allowed",
            event.start_mark,
            "write the value out where it is used",
        )

    def _count(self, size: int, mark: Any) -> None:
        self.nodes += size
        if self.nodes > self.max_nodes:
            self._refuse(f"more than {self.max_nodes} values, aliases written out", mark)

    def _refuse(self, message: str, mark: Any, hint: str = "") -> NoReturn:
        raise YamlError(message, hint=hint, location=place(self.path, mark))


def _named(key: object) -> str:
    """A key as YAML writes it."""
    if key is None or isinstance(key, bool):
        return "null" if key is None else str(key).lower()
    return shown(repr(key))
