"""All that a check may see of one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from checker.model.card import Card
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import Dataset
from checker.model.lineage import Lineage


class Need(Enum):
    """What a check wants gathered before it can judge. TEXT means: token and byte counts, so the text is read.

    BASE is the version before and its card; BASE_COMPOSITION also measures the shards that only it has."""

    CARD = "card"
    SHARDS = "shards"
    COMPOSITION = "composition"
    TEXT = "text"
    LINEAGE = "lineage"
    BASE = "base"
    BASE_COMPOSITION = "base composition"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`measurements` and `base_measurements` are keyed by shard hash.

    `card_problem` says why there is no card although one was named or found. `where` is the selector's record scope.
    """

    dataset: Dataset
    card: Card | None = None
    card_problem: str | None = None
    base_card: Card | None = None
    lineage: Lineage | None = None
    measurements: Mapping[str, Measurement | Unmeasured] = field(default_factory=dict)
    base_measurements: Mapping[str, Measurement | Unmeasured] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
