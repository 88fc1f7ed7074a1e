"""Where the texts of a comparison come from: small datasets from their evidence, large ones from the index."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from checker.compare.index import Index
from checker.compare.runs import SLICE
from checker.compare.shelf import Shelf, in_memory
from checker.model.text import TextSource

# From so many documents on, opening the index is quicker than sorting the evidence again.
INDEX_FROM = 1 << 18


def shelf_of(sources: Sequence[TextSource], *, near: bool, cache: Path | None) -> Shelf:
    """The documents of the sources. Raises EvidenceDamaged."""
    records = {source.entry.digest: source.entry.records for source in sources}.values()
    if cache is None or not near or sum(records) < INDEX_FROM or max(records, default=0) > SLICE:
        return in_memory(sources, near=near)
    names = "\n".join(sorted({source.dataset for source in sources}))
    folder = cache / "likeness" / sha256(names.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    try:
        return Index(folder).shelf(sources)
    except OSError:
        # A cache that cannot be written to, or is full, must not keep anyone from a result.
        return in_memory(sources, near=near)
