"""What changed in the data between two states of a repository."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.composition import Composition
from checker.model.dataset import Snapshot
from checker.model.likeness import Copies
from checker.model.nothing import NOTHING

# Figures of all text, beside those at a fixed budget.
VOCABULARY: Mapping[str, str] = {
    "hapax_share": "words seen once",
    "unseen_mass": "chance of a new word",
    "mattr": "words varied within 50",
    "word_entropy": "entropy of words, bits",
    "byte_entropy": "entropy of bytes, bits",
    "repeated_5grams": "5-grams repeated within documents",
}
# Those of them that grow or fall with the amount of text.
BY_SIZE = frozenset({"hapax_share", "unseen_mass", "word_entropy"})


class Kind(str, Enum):
    """What became of a dataset or of a shard. `MOVED`: the same content under another path."""

    NEW = "new"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"


class ShardChange(NamedTuple):
    """One shard that is not as it was; records are None where they were not counted. `source` is where it was."""

    path: str
    kind: Kind
    before: int | None = None
    after: int | None = None
    source: str = ""


class Flow(NamedTuple):
    """Records recognized by their text, as often as it occurs.

    `moved` stand in another shard than before, `kept` in the one where they were or in one that was only renamed.
    """

    kept: int
    moved: int
    added: int
    removed: int


class Side(NamedTuple):
    """A dataset in one of the two states. What is None could not be had.

    `tokens`, `words`: all of them, and an estimate of the distinct ones. `figures`: means over `blocks` blocks of
    `budget_tokens` tokens by the names of `model/signals.py`; the budget is the same on both sides. `vocabulary`:
    figures of all text by the names of `VOCABULARY`.
    """

    shards: int | None = None
    composition: Composition | None = None
    copies: Copies | None = None
    tokens: int | None = None
    words: int | None = None
    budget_tokens: int = 0
    blocks: int = 0
    figures: Mapping[str, float] = NOTHING
    vocabulary: Mapping[str, float] = NOTHING


class DatasetChange(NamedTuple):
    """What changed in one dataset. `open` says what could not be measured, and the next step."""

    name: str
    kind: Kind
    before: Side = Side()
    after: Side = Side()
    shards: tuple[ShardChange, ...] = ()
    records: Flow | None = None
    open: tuple[str, ...] = ()


class Changes(NamedTuple):
    """All datasets of both states, by name."""

    tool_version: str
    repository: str
    before: Snapshot
    after: Snapshot
    datasets: tuple[DatasetChange, ...]
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 3 when something could not be measured."""
        return 3 if any(dataset.open for dataset in self.datasets) else 0
