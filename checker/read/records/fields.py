"""Which paths of a record are looked at, and what for: the user's mapping, else the aliases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from checker.model.dataset import DatasetSettings
from checker.read.records.vocabulary import ALIASES


class Use(Enum):
    """What a path is read for. The order is the precedence when one path serves several fields."""

    TURNS = "turns"
    TEXT = "text"
    VALUE = "value"  # few distinct values, and they matter: origin, licence, language
    NUMBER = "number"  # confidence and weight
    SOURCE = "source"  # may have many distinct values
    PRESENCE = "presence"  # only whether it is filled: ids, addresses, dates


USES: Mapping[str, Use] = {
    "turns": Use.TURNS,
    "text": Use.TEXT,
    "source": Use.SOURCE,
    "origin_confidence": Use.NUMBER,
    "weight": Use.NUMBER,
    **dict.fromkeys(("origin", "origin_kind", "generator", "license", "language", "domain", "review"), Use.VALUE),
    # Only their presence counts, but they have few values, which are quicker to group than to look at.
    **dict.fromkeys(("capture_method", "vendor"), Use.VALUE),
}
_PRECEDENCE = {use: rank for rank, use in enumerate(Use)}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """`paths` lists for each canonical field where to look, in order; `mapped` are the fields that the user placed.

    `uses` says for each path what it is read for: the most telling use when several fields share the path.
    """

    paths: Mapping[str, tuple[str, ...]]
    mapped: frozenset[str]
    uses: Mapping[str, Use]


def field_map(settings: DatasetSettings) -> FieldMap:
    """A mapped field is read at that path only; mapped to `""` it is not read at all."""
    paths = dict(ALIASES)
    for name, path in settings.fields.items():
        paths[name] = (path,) if path else ()
    if "text" in settings.fields and "turns" not in settings.fields:
        paths["turns"] = ()
    uses: dict[str, Use] = {}
    for name, places in paths.items():
        use = USES.get(name, Use.PRESENCE)
        for path in places:
            if path not in uses or _PRECEDENCE[use] < _PRECEDENCE[uses[path]]:
                uses[path] = use
    return FieldMap(paths, frozenset(settings.fields), uses)
