"""One difference between two rulebooks, and which way it goes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.location import Location

_LONGEST = 160


class Direction(str, Enum):
    """What a difference does to the judgement. `relieved`: a waiver comes in, which is how relief is asked for."""

    LOOSENED = "loosened"
    RELIEVED = "relieved"
    TIGHTENED = "tightened"
    NEUTRAL = "neutral"


class Change(NamedTuple):
    """One difference in words. `rule` is the id of the rule it is about, empty where it is about more than one."""

    direction: Direction
    place: Location
    words: str
    rule: str = ""


def loosened(place: Location, words: str, rule: str = "") -> Change:
    """A difference that loosens, or that may: what cannot be compared counts as looser."""
    return Change(Direction.LOOSENED, place, words, rule)


def tightened(place: Location, words: str, rule: str = "") -> Change:
    """A difference that can only find more."""
    return Change(Direction.TIGHTENED, place, words, rule)


def neutral(place: Location, words: str, rule: str = "") -> Change:
    """A difference that changes no judgement."""
    return Change(Direction.NEUTRAL, place, words, rule)


def shown(value: object) -> str:
    """A value as people write it, short enough for a sentence."""
    text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_text(item)}' for key, item in sorted(value.items()))}}}"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _text({key: item for key, item in value._asdict().items() if item not in (None, "", ())})
    if isinstance(value, list | tuple | frozenset | set):
        members = sorted(map(_text, value)) if isinstance(value, frozenset | set) else list(map(_text, value))
        return f"[{', '.join(members)}]"
    return str(value)


def from_to(old: object, new: object) -> str:
    """`from 0.2 to 0.35`."""
    return f"from {shown(old)} to {shown(new)}"


def counted(names: list[str], most: int = 5) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
