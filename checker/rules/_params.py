"""Parameters that several checks share, declared once so that they mean and read the same everywhere."""

from __future__ import annotations

from typing import Any

from checker.rules._base import REQUIRED, Stricter, param

SCOPES = ("dataset", "shard", "domain", "language", "source")


def per(*default: str, among: tuple[str, ...] = SCOPES) -> Any:
    """Which parts are judged, each on its own."""
    return param(
        {"type": "array", "items": {"enum": list(among)}, "minItems": 1, "uniqueItems": True},
        "The parts that are judged, each on its own: the whole dataset, each shard, each domain, language or source.",
        stricter=Stricter.MORE,
        default=default,
    )


def share(doc: str, *, stricter: Stricter, default: object = REQUIRED) -> Any:
    """A share between 0 and 1."""
    schema = {"type": "number", "minimum": 0, "maximum": 1}
    return param(schema, doc, stricter=stricter, default=default, unit="share")


def max_bad_rows() -> Any:
    """How many rows may be unreadable before the result counts as broken."""
    return param(
        {"type": "integer", "minimum": 0},
        "How many rows of the dataset may be unreadable; unread rows can hide anything.",
        stricter=Stricter.LOWER,
        default=0,
        unit="rows",
    )


def across() -> Any:
    """Other datasets that documents are looked for in."""
    return param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        "Other data whose documents are looked for here: a role (`train`, `eval`, `gold`, `raw`), `base`, or a glob"
        " over datasets.",
        stricter=Stricter.MORE,
        default=(),
    )


def reference() -> Any:
    """The data that statistics are held against."""
    return param(
        {"type": "string", "minLength": 1},
        "What it is compared with: a role (`gold`, `eval`, `raw`, `train`), `base`, or a glob over datasets.",
        stricter=Stricter.FIXED,
        default="gold",
    )
