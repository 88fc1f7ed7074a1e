"""All that a check may see of one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.model.card import Card
from checker.model.composition import Composition, Measurement, Unmeasured
from checker.model.dataset import Dataset
from checker.model.lineage import Lineage
from checker.model.nothing import NOTHING

if TYPE_CHECKING:
    # Rare evidence: the hook does not pay for nouns that it does not use.
    from checker.model.likeness import Duplication, Gap, Overlap
    from checker.model.signals import Comparison


class Need(Enum):
    """What a check wants gathered before it can judge. TEXT means: token and byte counts, so the text is read.

    BASE is the version before and its card; BASE_COMPOSITION also measures the shards that only it has.
    DUPLICATES and NEAR_DUPLICATES compare the documents of the dataset with each other. OVERLAP compares them with
    those of each of `Check.references`, COMPARISON the statistics of their text (SHARD_COMPARISON also those of each
    shard alone), REFERENCE counts records there. METRICS has every metric of the plug-ins that take part.
    """

    CARD = "card"
    SHARDS = "shards"
    COMPOSITION = "composition"
    TEXT = "text"
    LINEAGE = "lineage"
    BASE = "base"
    BASE_COMPOSITION = "base composition"
    DUPLICATES = "duplicates"
    NEAR_DUPLICATES = "near duplicates"
    OVERLAP = "overlap"
    COMPARISON = "comparison"
    SHARD_COMPARISON = "comparison of each shard"
    REFERENCE = "reference"
    METRICS = "metrics of plug-ins"


# What needs the signatures and statistics of the text.
OF_TEXT = frozenset({Need.DUPLICATES, Need.NEAR_DUPLICATES, Need.OVERLAP, Need.COMPARISON, Need.SHARD_COMPARISON})


class Evidence(NamedTuple):
    """`measurements` and `base_measurements` are keyed by shard hash.

    `card_problem` says why there is no card although one was named or found. `where` is the selector's record scope.
    `overlaps`, `comparisons` and `references` are keyed by what `Check.references` names: `gold`, `eval`, `base`, a
    glob over datasets. The comparison of a single shard has the key `NAME shard PATH`. `reference_digests` are those
    of the data that `references` counts. `earlier` is the evidence that ratchets are held against, keyed by
    `Ratchet.against`. `every_part` asks a check for one judgement a part, also of those that hold, none left out.
    `extras` are the values of the metrics of plug-ins by name, each a Gap where it could not be measured.
    `label` is what the evidence is called where it is what a ratchet compares with: `release v1.2 (a1b2c3d4e5f6)`.
    """

    dataset: Dataset
    card: Card | None = None
    card_problem: str | None = None
    base_card: Card | None = None
    lineage: Lineage | None = None
    measurements: Mapping[str, Measurement | Unmeasured] = NOTHING
    base_measurements: Mapping[str, Measurement | Unmeasured] = NOTHING
    where: Mapping[str, tuple[str, ...]] = NOTHING
    duplication: Duplication | Gap | None = None
    base_duplication: Duplication | Gap | None = None
    overlaps: Mapping[str, Overlap | Gap] = NOTHING
    comparisons: Mapping[str, Comparison | Gap] = NOTHING
    references: Mapping[str, Composition | Gap] = NOTHING
    reference_digests: Mapping[str, tuple[str, ...]] = NOTHING
    earlier: Mapping[str, Evidence | Gap] = NOTHING
    every_part: bool = False
    shared: dict[Any, Any] | None = None
    label: str = ""
    extras: Mapping[str, object] = NOTHING
