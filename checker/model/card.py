"""A dataset's card: one model for every card format."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.location import Location
from checker.model.nothing import NOTHING


class CardFormat(Enum):
    """The documents that are read as cards."""

    HUGGING_FACE = "huggingface"
    CROISSANT = "croissant"
    DTA = "dta"
    YAML = "yaml"
    PLUGIN = "plugin"


class Value(NamedTuple):
    """One statement of a card.

    `content` is text, a number, a bool or a mapping/tuple of those; `pointer` is a JSON pointer or `body: <heading>`;
    `filled` is false for placeholders ("[More Information Needed]"), empty strings and empty lists.
    """

    content: object
    location: Location
    pointer: str = ""
    filled: bool = True


class CardProblem(NamedTuple):
    """Something in the card that a reader would misread: duplicate key, BOM before the front matter, wrong type."""

    message: str
    location: Location


class Card(NamedTuple):
    """`fields` maps a canonical key (`docs/cards.md`) to every statement found for it, best first."""

    path: str
    format: CardFormat
    version: str = ""
    digest: str = ""
    fields: Mapping[str, tuple[Value, ...]] = NOTHING
    problems: tuple[CardProblem, ...] = ()

    def filled(self, key: str) -> tuple[Value, ...]:
        """The statements for `key` that are more than a placeholder."""
        return tuple(value for value in self.fields.get(key, ()) if value.filled)

    def first(self, key: str) -> Value | None:
        """The best filled statement for `key`."""
        return next(iter(self.filled(key)), None)
