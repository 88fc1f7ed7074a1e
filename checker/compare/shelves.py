"""Where the texts of a comparison come from: small datasets from their evidence, large ones from the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checker.compare.shelf import Shelf, in_memory
from checker.model.text import TextSource


def shelf_of(sources: Sequence[TextSource], *, near: bool, cache: Path | None) -> Shelf:
    """The documents of the sources. Raises EvidenceDamaged."""
    return in_memory(sources, near=near)
