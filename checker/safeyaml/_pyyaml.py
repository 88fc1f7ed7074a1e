"""Events of any YAML, by PyYAML: libyaml where it has it. Neither of its parsers recurses over nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from checker.errors import YamlError
from checker.model.location import Location
from checker.safeyaml._builder import place
from checker.safeyaml._bytes import has_tab


@contextmanager
def faults_of(data: bytes, path: str) -> Iterator[None]:
    """Turns what PyYAML raises into YamlError."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        found = place(path, error.problem_mark)
        hint = "indent and separate with spaces, not tabs" if has_tab(data, found.line) else ""
        raise YamlError(f"not valid YAML: {error.problem or error.context}", hint=hint, location=found) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError, OverflowError: PyYAML's pure Python scanner, on escapes and versions out of range.
        raise YamlError(f"not valid YAML: {error}", location=Location(path)) from error


def is_fast() -> bool:
    """Whether libyaml is there, which outruns anything written in Python."""
    return bool(yaml.__with_libyaml__)


def events_of(data: bytes) -> Callable[[], Any]:
    """The parser's `get_event`."""
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
