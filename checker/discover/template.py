"""Interpolation in `dvc.yaml` as DVC does it: `vars`, `${...}`, `foreach`, `matrix`. Nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import NamedTuple

from checker.discover.paths import shown

_MAX_TEXT = 1024 * 1024
_MAX_TEXT_IN_ALL = 64 * 1024 * 1024
_EXPRESSION = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[^.\[\]]+\])*")
_SCALARS = (int, float, str, bool)

Parsing = Mapping[str, str]
Load = Callable[[str], object]


class TemplateError(Exception):
    """A template that DVC would refuse; the message says why."""


class Selected(NamedTuple):
    """A value that was taken from the scope whole. DVC spells it differently in a generated stage's name."""

    value: object


class Scope:
    """The values that `${...}` may name, and the files that they were loaded from."""

    def __init__(self, load: Load, parsing: Parsing | None = None) -> None:
        self._load = load
        self.parsing = parsing or {}
        self.values: dict[str, object] = {}
        self._loaded: dict[str, list[str] | None] = {}
        self._reserved: frozenset[str] = frozenset()
        self._written = [0]  # shared by all scopes of a file

    def copy(self) -> Scope:
        """A scope that can be added to without changing this one."""
        other = Scope(self._load, self.parsing)
        other.values = deepcopy(self.values)
        other._loaded = deepcopy(self._loaded)
        other._reserved = self._reserved
        other._written = self._written
        return other

    def with_item(self, names: Mapping[str, object]) -> Scope:
        """This scope with `item` (and `key`) for one generated stage."""
        other = Scope(self._load, self.parsing)
        other.values = {**self.values, **names}
        other._loaded = self._loaded
        other._reserved = frozenset(names)
        other._written = self._written
        return other

    def add_vars(self, items: object, resolve_path: Callable[[str], str]) -> None:
        """Take in a `vars` list: files (`params.yaml`, `params.yaml:key,key`) and mappings."""
        if not isinstance(items, list):
            raise TemplateError(f"`vars` is a list, not {shown(items)}")
        for item in items:
            _no_references(item)
            if isinstance(item, str):
                self.add_file(item, resolve_path)
            elif isinstance(item, dict):
                self._merge(item)
            else:
                raise TemplateError(f"`vars` holds file names and mappings, not {shown(item)}")

    def add_file(self, item: str, resolve_path: Callable[[str], str]) -> None:
        """Take in a parameters file, or some of its top-level keys."""
        name, _, listed = item.partition(":")
        keys = [key for key in listed.split(",") if key] or None
        path = resolve_path(name)
        if path in self._loaded:
            before = self._loaded[path]
            if keys is None and before is None:
                return
            if keys is None or before is None or set(keys) & set(before):
                raise TemplateError(f"{shown(item)} is loaded twice")
        data = self._load(path)
        if not isinstance(data, dict):
            raise TemplateError(f"{shown(name)} holds no mapping")
        if keys is not None:
            absent = next((key for key in keys if key not in data), None)
            if absent is not None:
                raise TemplateError(f"{shown(name)} has no key {shown(absent)}")
            data = {key: data[key] for key in keys}
        self._merge(data)
        self._loaded[path] = (self._loaded.get(path) or []) + keys if keys else None

    def select(self, expression: str) -> object:
        """The value of `a.b[0].c`."""
        value: object = self.values
        for part in (piece.strip() for piece in expression.replace("[", ".").replace("]", "").split(".")):
            try:
                if isinstance(value, dict):
                    value = value[part]
                elif isinstance(value, list):
                    value = value[int(part)]
                else:
                    raise TemplateError(f"{shown(expression)} asks for {shown(part)} of a plain value")
            except (LookupError, ValueError) as error:
                raise TemplateError(f"nothing is named {shown(expression)}") from error
        return value

    def spend(self, length: int) -> None:
        """Count the text that templates produce, so that a few lines cannot fill the memory."""
        self._written[0] += length
        if self._written[0] > _MAX_TEXT_IN_ALL:
            raise TemplateError("the templates of the file produce too much text")

    def _merge(self, update: Mapping[str, object]) -> None:
        taken = self._reserved & update.keys()
        if taken:
            raise TemplateError(f"`vars` may not set {shown(min(taken))} here")
        _merge_into(self.values, _text_keys(update))


def resolve(value: object, scope: Scope, key: str | None = None) -> object:
    """`value` with every `${...}` replaced; `key` is the field of the stage, which decides what may be inserted."""
    if isinstance(value, dict):
        return {as_key(resolve(name, scope, key)): resolve(item, scope, key) for name, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, scope, key) for item in value]
    if isinstance(value, str):
        found = resolve_text(value, scope, key)
        return found.value if isinstance(found, Selected) else found
    return value


def check_syntax(value: object) -> None:
    """Refuse a `${...}` that is no expression."""
    if isinstance(value, dict):
        for name, item in value.items():
            check_syntax(name)
            check_syntax(item)
    elif isinstance(value, list):
        for item in value:
            check_syntax(item)
    elif isinstance(value, str):
        for start, end in _references(value):
            if not _EXPRESSION.fullmatch(value, start + 2, end - 1):
                raise TemplateError(f"{shown(value[start:end])} is no expression")


def as_key(value: object) -> object:
    """A resolved key of a mapping."""
    if isinstance(value, dict | list):
        raise TemplateError("a list or mapping cannot be inserted as a key")
    return value


def resolve_text(text: str, scope: Scope, key: str | None) -> object:
    """A text with its references filled in; Selected when it is one reference and nothing else."""
    found = _references(text)
    if found == [(0, len(text))]:
        value = scope.select(text[2:-1])
        _check_insertable(value, key)
        return Selected(value)
    pieces, done, length = [], 0, 0
    for start, end in found:
        value = scope.select(text[start + 2 : end - 1])
        _check_insertable(value, key)
        inserted = text_of(value, scope.parsing)
        pieces += [text[done:start], inserted]
        done = end
        length += len(inserted)
        if length > _MAX_TEXT:
            raise TemplateError("the template produces too much text")
    scope.spend(length)
    return "".join((*pieces, text[done:])).replace("\\${", "${")


def _references(text: str) -> list[tuple[int, int]]:
    """Where `${...}` stands: not after a backslash, on one line, up to the first `}`. A regular expression that
    looks for it takes quadratic time on a hostile text."""
    found = []
    start = text.find("${")
    while start >= 0:
        if start > 0 and text[start - 1] == "\\":
            start = text.find("${", start + 1)
            continue
        close = text.find("}", start)
        if close < 0:
            break
        line_end = text.find("\n", start, close)
        if line_end < 0:
            found.append((start, close + 1))
        start = text.find("${", close + 1 if line_end < 0 else line_end)
    return found


def _check_insertable(value: object, key: str | None) -> None:
    if value is None or isinstance(value, _SCALARS) or key is None or "foreach" in key:
        return
    if not (isinstance(value, dict) and key == "cmd"):
        raise TemplateError(f"a {'mapping' if isinstance(value, dict) else 'list'} cannot be inserted into `{key}`")


def text_of(value: object, parsing: Parsing) -> str:
    """A value inside a text: `true`/`false`, and a mapping as command line options."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " ".join(option for name, item in _flat(value, "") for option in _options(name, item, parsing))
    return str(value)


def _flat(value: Mapping[object, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, item in value.items():
        path = f"{prefix}.{name}" if prefix else str(name)
        if isinstance(item, dict):
            yield from _flat(item, path)
        else:
            yield path, item


def _options(name: str, value: object, parsing: Parsing) -> list[str]:
    from shlex import quote

    if isinstance(value, bool):
        if value:
            return [f"--{name}"]
        return [f"--no-{name}"] if parsing.get("bool", "store_true") == "boolean_optional" else []
    if isinstance(value, str):
        return [f"--{name} {quote(value)}"]
    if not isinstance(value, list):
        return [f"--{name} {value}"]
    if any(isinstance(item, dict | list) for item in value):
        raise TemplateError(f"the nested list {shown(name)} cannot become an option")
    items = [quote(item) if isinstance(item, str) else str(item) for item in value]
    if parsing.get("list", "nargs") == "append":
        return [f"--{name} {item}" for item in items]
    return [f"--{name} {' '.join(items)}"] if items else []


def _no_references(value: object) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _no_references(name)
            _no_references(item)
    elif isinstance(value, list):
        for item in value:
            _no_references(item)
    elif isinstance(value, str) and _references(value):
        raise TemplateError("`vars` may not hold ${...}")


def _text_keys(value: Mapping[str, object]) -> dict[str, object]:
    """DVC's scope has text keys only; others are not reachable."""
    return {
        name: _text_keys(item) if isinstance(item, dict) else item
        for name, item in value.items()
        if isinstance(name, str)
    }


def _merge_into(into: dict[str, object], update: Mapping[str, object]) -> None:
    for name, value in update.items():
        present = into.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge_into(present, value)
        elif name in into:
            raise TemplateError(f"{shown(name)} is defined twice")
        else:
            into[name] = value
