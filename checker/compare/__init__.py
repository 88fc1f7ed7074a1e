"""Holds documents and samples of shards and datasets against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.compare.banding import bucket_edges as bucket_edges
    from checker.compare.growing import growth as growth
    from checker.compare.joining import components as components
    from checker.compare.likeness import duplication as duplication
    from checker.compare.likeness import overlap as overlap
    from checker.compare.pairs import with_exact as with_exact
    from checker.compare.reference import Reference as Reference
    from checker.compare.reference import compare as compare
    from checker.compare.reference import make_reference as make_reference
    from checker.compare.vocabulary import figures as figures

# Raise it whenever a sample may get other figures against the same reference: it is part of every key.
SIGNALS_VERSION = "signals-3"
_HOMES = {
    "bucket_edges": "banding",
    "compare": "reference",
    "components": "joining",
    "duplication": "likeness",
    "figures": "vocabulary",
    "make_reference": "reference",
    "growth": "growing",
    "overlap": "likeness",
    "Reference": "reference",
    "with_exact": "pairs",
}


def __getattr__(name: str) -> object:
    """The modules import numpy, which the commit hook does not pay for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"checker.compare.{_HOMES[name]}"), name)
