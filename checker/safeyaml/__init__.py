"""The one guarded YAML loader: judges events before anything is built, so a hostile file costs only its bytes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from checker.errors import YamlError
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.safeyaml import _simple
from checker.safeyaml._builder import MAX_ALIASED, MAX_DEPTH, Builder, place
from checker.safeyaml._bytes import check_bytes

__all__ = ["MAX_ALIASED", "MAX_DEPTH", "Document", "expect", "load", "load_all"]


class _Limits(NamedTuple):
    size_bytes: int
    nodes: int


_MUCH_BYTES = 128 * 1024
_STRICT = _Limits(256 * 1024, 50_000)
_LAX = _Limits(64 * 1024 * 1024, 5_000_000)


class Document:
    """A YAML document as plain data, and where each value stands in its file."""

    __slots__ = ("_marks", "_source", "_start", "data", "path")

    def __init__(
        self, data: object, path: str, start: Any = None, marks: Mapping[int, Any] = NOTHING, source: bytes = b""
    ) -> None:
        self.data = data
        self.path = path
        self._start = start
        self._marks = marks
        self._source = source

    def at_path(self, path: str) -> Document:
        """The same document under another name."""
        return Document(self.data, path, self._start, self._marks, self._source)

    def where(self, *keys: str | int) -> Location:
        """The place of the value at `keys`, or of its nearest ancestor that exists."""
        return self._locate(keys, 1)

    def where_key(self, *keys: str | int) -> Location:
        """The place of the last of `keys` itself, or of the nearest ancestor that exists."""
        return self._locate(keys, 0)

    def inside(self, start: Location, line: int, column: int) -> Location:
        """The place of a letter of the text that starts there, by its line and column within the text, from 1."""
        from checker.safeyaml._inside import inside

        return inside(self._source, start, line, column)

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
                return place(self.path, found[1])
            node = node[key]
        return place(self.path, found[part])


def load(data: bytes, path: str, *, strict: bool = True) -> Document:
    """Read the one document of a file; an empty file is a document that holds None.

    `strict` is for what people write for headwater (policies, settings): no anchors, and no scalar that YAML readers
    understand differently. Otherwise (DVC metadata, cards) scalars mean what DVC takes them for, and aliases and merge
    keys work within the limits. Raises YamlError, and nothing else, for any bytes.
    """
    documents = load_all(data, path, strict=strict)
    if len(documents) > 1:
        message = "a second YAML document starts here, one is expected"
        raise YamlError(message, hint="split the file", location=documents[1].where())
    return documents[0] if documents else Document(None, path)


def expect(size_bytes: int) -> None:
    """Get ready to read so much in all: beyond a point, importing libyaml costs less than doing without it."""
    if size_bytes >= _MUCH_BYTES:
        from checker.safeyaml import _pyyaml  # noqa: F401 - `load_all` takes it where it is there


def load_all(data: bytes, path: str, *, strict: bool = True) -> tuple[Document, ...]:
    """Read every document of a file, under the same rules as `load`."""
    limits = _STRICT if strict else _LAX
    check_bytes(data, path, size_bytes=limits.size_bytes, strict=strict)
    builder = Builder(path, strict=strict, max_nodes=limits.nodes, escapes=b"\\" in data)
    ready = sys.modules.get("checker.safeyaml._pyyaml")
    simple = None if ready is not None and ready.is_fast() else _simple.events(data)
    if simple is not None:
        built = tuple(builder.documents(iter(simple).__next__))
    else:
        from checker.safeyaml import _pyyaml

        with _pyyaml.faults_of(data, path):
            built = tuple(builder.documents(_pyyaml.events_of(data)))
    return tuple(Document(value, path, start, marks, data) for value, start, marks in built)
