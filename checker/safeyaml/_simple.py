"""Events of simple YAML, without PyYAML, whose import takes longer than all else that a hook does.

Read is what people write most: block mappings and lists, flow collections within a line, scalars within a line (plain
or in quotes), comments. On anything else, and on any doubt, `events` answers None, and libyaml decides. That the two
agree on what is read here is tested with real files and with made-up ones (`tests/safeyaml/test_yaml_simple.py`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

# libyaml reads long files faster than Python.
_MOST_BYTES = 16 * 1024
_DEEPEST = 20
_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_./-]*):(?: +|\Z)")
_DASH = re.compile(r"- +")
_END = re.compile(r" *(?: #.*)?\Z")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_./+~(]|-(?=[A-Za-z0-9.]))(?:[^#: ]|:(?=[^# ])| +(?=[^#: ]))*")
_PLAIN_IN_FLOW = re.compile(
    r"(?:[A-Za-z0-9_./+~]|-(?=[A-Za-z0-9.]))"
    r"(?:[A-Za-z0-9_./+~*@%()-]| +(?=[A-Za-z0-9_./+~*@%()]))*"
)
_QUOTED = re.compile(r'"([^"\\]*)"|\'([^\']*)\'')
_SPACE = re.compile(r" *")


class Mark(NamedTuple):
    """Where an event starts, from 0, as the parser of PyYAML says it."""

    line: int
    column: int


class _Event:
    __slots__ = ("start_mark",)
    anchor = tag = tags = version = None

    def __init__(self, start_mark: Mark) -> None:
        self.start_mark = start_mark


class ScalarEvent(_Event):
    """A scalar. Of `implicit`, the first says that it has no quotes."""

    __slots__ = ("implicit", "value")

    def __init__(self, start_mark: Mark, value: str, *, plain: bool = True) -> None:
        super().__init__(start_mark)
        self.value = value
        self.implicit = (plain, not plain)


class DocumentStartEvent(_Event):
    """The one document starts."""


class MappingStartEvent(_Event):
    """A mapping starts."""


class MappingEndEvent(_Event):
    """A mapping ends."""


class SequenceStartEvent(_Event):
    """A list starts."""


class SequenceEndEvent(_Event):
    """A list ends."""


class StreamEndEvent(_Event):
    """Nothing comes after."""


class _NotSimple(Exception):
    """For libyaml to read."""


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def events(data: bytes) -> list[_Event] | None:
    """The events of one document, or None when libyaml must read it. `data` is known to be UTF-8."""
    if len(data) > _MOST_BYTES:
        return None
    try:
        return _Reader(data.decode()).run()
    except _NotSimple:
        return None


class _Reader:
    """Reads line after line; `at` is the next one. Blank lines and comments are left out beforehand."""

    def __init__(self, text: str) -> None:
        self.lines = [_line(number, line) for number, line in enumerate(text.split("\n")) if _says_something(line)]
        self.at = 0
        self.found: list[_Event] = []

    def run(self) -> list[_Event]:
        if not self.lines or self.lines[0].indent:
            raise _NotSimple
        start = Mark(self.lines[0].number, 0)
        self.found.append(DocumentStartEvent(start))
        self._block(0, 0)
        if self.at < len(self.lines):
            raise _NotSimple
        self.found.append(StreamEndEvent(start))
        return self.found

    def _block(self, indent: int, depth: int) -> None:
        """A mapping or list whose lines start at `indent`."""
        if depth > _DEEPEST:
            raise _NotSimple
        first = self.lines[self.at]
        mark = Mark(first.number, indent)
        if _DASH.match(first.text):
            self.found.append(SequenceStartEvent(mark))
            while (line := self._next(indent)) and (dash := _DASH.match(line.text)):
                self._item(line, dash.end(), depth)
            self.found.append(SequenceEndEvent(mark))
            return
        self.found.append(MappingStartEvent(mark))
        while (line := self._next(indent)) and not line.text.startswith("-"):
            self._pair(line, depth)
        self.found.append(MappingEndEvent(mark))

    def _next(self, indent: int) -> _Line | None:
        """The next line when it is one of this block; a deeper one would continue a scalar."""
        if self.at == len(self.lines) or self.lines[self.at].indent < indent:
            return None
        if self.lines[self.at].indent > indent:
            raise _NotSimple
        return self.lines[self.at]

    def _item(self, line: _Line, start: int, depth: int) -> None:
        rest = line.text[start:]
        if _KEY.match(rest) or _DASH.match(rest):
            self.lines[self.at] = _Line(line.number, line.indent + start, rest)
            self._block(line.indent + start, depth + 1)
            return
        self.at += 1
        self._value(line, start, depth)

    def _pair(self, line: _Line, depth: int) -> None:
        key = _KEY.match(line.text)
        if key is None:
            raise _NotSimple
        self.found.append(ScalarEvent(Mark(line.number, line.indent), key[1]))
        self.at += 1
        if not _END.match(line.text, key.end(1) + 1):
            self._value(line, key.end(), depth)
            return
        below = self.lines[self.at] if self.at < len(self.lines) else None
        if below and (below.indent > line.indent or (below.indent == line.indent and _DASH.match(below.text))):
            self._block(below.indent, depth + 1)
        else:
            self.found.append(ScalarEvent(Mark(line.number, line.indent + key.end(1) + 1), ""))

    def _value(self, line: _Line, start: int, depth: int) -> None:
        """A scalar or flow collection, which ends with its line."""
        end = self._node(line, start, _PLAIN, depth)
        if not _END.match(line.text, end):
            raise _NotSimple

    def _node(self, line: _Line, start: int, plain: re.Pattern[str], depth: int) -> int:
        """What stands at `start`; returns where it ends."""
        mark = Mark(line.number, line.indent + start)
        if line.text[start : start + 1] in ("[", "{"):
            return self._flow(line, start, depth)
        if quoted := _QUOTED.match(line.text, start):
            self.found.append(ScalarEvent(mark, quoted[quoted.lastindex or 1], plain=False))
            return quoted.end()
        if found := plain.match(line.text, start):
            self.found.append(ScalarEvent(mark, found[0]))
            return found.end()
        raise _NotSimple

    def _flow(self, line: _Line, start: int, depth: int) -> int:
        if depth > _DEEPEST:
            raise _NotSimple
        mark, is_list = Mark(line.number, line.indent + start), line.text[start] == "["
        self.found.append(SequenceStartEvent(mark) if is_list else MappingStartEvent(mark))
        at, close = _after_space(line, start + 1), "]" if is_list else "}"
        while not line.text.startswith(close, at):
            if not is_list:
                key = _KEY.match(line.text, at)
                if key is None:
                    raise _NotSimple
                self.found.append(ScalarEvent(Mark(line.number, line.indent + at), key[1]))
                at = key.end()
            at = _after_space(line, self._node(line, at, _PLAIN_IN_FLOW, depth + 1))
            if line.text.startswith(",", at):
                at = _after_space(line, at + 1)
                if line.text.startswith(close, at):
                    raise _NotSimple
            elif not line.text.startswith(close, at):
                raise _NotSimple
        self.found.append(SequenceEndEvent(mark) if is_list else MappingEndEvent(mark))
        return at + 1


def _says_something(line: str) -> bool:
    if not line.isprintable():
        # Tabs, carriage returns, and what else libyaml takes for the end of a line.
        raise _NotSimple
    return bool(line.strip(" ")) and not line.lstrip(" ").startswith("#")


def _line(number: int, line: str) -> _Line:
    text = line.lstrip(" ")
    if len(text) > 1000 or text.startswith(("---", "...", "%")):
        # Longer keys are refused by libyaml; the others are marks between documents.
        raise _NotSimple
    return _Line(number, len(line) - len(text), text)


def _after_space(line: _Line, at: int) -> int:
    found = _SPACE.match(line.text, at)
    return found.end() if found else at
