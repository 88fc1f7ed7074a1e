"""A dataset's card: one model for every card format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from checker.model.location import Location


class CardFormat(Enum):
    """The documents that are read as cards."""

    HUGGING_FACE = "huggingface"
    CROISSANT = "croissant"
    DTA = "dta"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Value:
    """One statement of a card.

    `content` is text, a number, a bool or a mapping/tuple of those; `pointer` is a JSON pointer or `body: <heading>`;
    `filled` is false for placeholders ("[More Information Needed]"), empty strings and empty lists.
    """

    content: object
    location: Location
    pointer: str = ""
    filled: bool = True


@dataclass(frozen=True, slots=True)
class CardProblem:
    """Something in the card that a reader would misread: duplicate key, BOM before the front matter, wrong type."""

    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class Card:
    """`fields` maps a canonical key (`docs/cards.md`) to every statement found for it, best first."""

    path: str
    format: CardFormat
    version: str = ""
    digest: str = ""
    fields: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    problems: tuple[CardProblem, ...] = ()

    def filled(self, key: str) -> tuple[Value, ...]:
        """The statements for `key` that are more than a placeholder."""
        return tuple(value for value in self.fields.get(key, ()) if value.filled)

    def first(self, key: str) -> Value | None:
        """The best filled statement for `key`."""
        return next(iter(self.filled(key)), None)
