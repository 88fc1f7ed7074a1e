"""Copies and near-copies of documents: within shards, across a dataset, and between datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.model.nothing import NOTHING


class Place(NamedTuple):
    """One document: its shard, and its line (or row) there, from 1."""

    dataset: str
    shard: str
    row: int


class Pair(NamedTuple):
    """Two documents that are alike. `similarity` is the Jaccard similarity of their word 5-grams.

    It is `exact` when both texts were read for it, else estimated from signatures; 1.0 and exact for equal texts.
    """

    one: Place
    other: Place
    similarity: float
    exact: bool


class Copies(NamedTuple):
    """Over documents with text: those that repeat the text of another one, and those near to another one.

    `exact` = documents minus distinct texts. `near` = documents minus clusters of near-duplicates (so it includes
    `exact`); None where signatures were not compared. Both count what could be removed, not all members.
    """

    documents: int
    exact: int
    near: int | None = None


class Duplication(NamedTuple):
    """Copies within one dataset version.

    `shards` is keyed by shard path: copies within that shard alone. `pairs` are examples, the most alike and largest
    clusters first. `largest_cluster` counts documents. `boilerplate` counts signature buckets too full to compare
    all with all, which were chained.
    """

    whole: Copies
    shards: Mapping[str, Copies] = NOTHING
    pairs: tuple[Pair, ...] = ()
    largest_cluster: int = 0
    boilerplate: int = 0


class Overlap(NamedTuple):
    """How much of `against` (gold, eval, base, other datasets) is found in this dataset.

    `documents`, `against_documents`: with text, on either side. `exact`, `near`: documents of this dataset whose text
    equals, or is near to (equal ones included), one of `against`. `covered_exact`, `covered_near`: documents of
    `against` found here. `fragments`: sampled distinct 13-grams of `against`; `shared_fragments`: those found here.
    `smallest_visible_tokens`: a passage of that many tokens is seen with 95 % by the sampled 13-grams. `evidence`:
    digests of what it was held against.
    """

    documents: int
    against_documents: int
    exact: int
    near: int | None
    covered_exact: int
    covered_near: int | None
    fragments: int
    shared_fragments: int
    smallest_visible_tokens: int
    pairs: tuple[Pair, ...] = ()
    evidence: tuple[str, ...] = ()


class Growth(NamedTuple):
    """What a version adds to its base, by text: a text that stands more often now than before adds the difference.

    `added` documents. `exact`: those whose text the base has, or an added document before them. `near`: those that
    are near to one of the base, or to an added one before them (`exact` included); None without signatures.
    """

    added: int
    exact: int
    near: int | None


class Gap(NamedTuple):
    """Why a comparison could not be made, and the next step. `deferred`: a later stage will have it."""

    what: str
    fix: str = ""
    deferred: bool = False
