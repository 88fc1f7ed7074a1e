"""All that a check may see of one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.card import Card
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import Dataset
from checker.model.lineage import Lineage
from checker.model.nothing import NOTHING


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


class Evidence(NamedTuple):
    """`measurements` and `base_measurements` are keyed by shard hash.

    `card_problem` says why there is no card although one was named or found. `where` is the selector's record scope.
    """

    dataset: Dataset
    card: Card | None = None
    card_problem: str | None = None
    base_card: Card | None = None
    lineage: Lineage | None = None
    measurements: Mapping[str, Measurement | Unmeasured] = NOTHING
    base_measurements: Mapping[str, Measurement | Unmeasured] = NOTHING
    where: Mapping[str, tuple[str, ...]] = NOTHING
