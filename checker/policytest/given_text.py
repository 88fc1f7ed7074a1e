"""What comparing text found, from short descriptions; `{gap: WHY, fix: STEP, deferred: true}` was not compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from checker.model.composition import Composition
from checker.model.likeness import Copies, Duplication, Gap, Overlap, Pair, Place
from checker.model.signals import Comparison, Score, Signal, TailTypes

T = TypeVar("T")
HERE, GOLD = "data/train", "data/gold"
# In which direction collapse moves each signal.
DIRECTIONS = {"distinct3": -1, "cond_entropy": -1, "vendi": -1, "tail_coverage": -1}


def of_case(described: Mapping[str, Any], name: str = HERE) -> dict[str, Any]:
    """The fields of the evidence that a case speaks of."""
    makers: dict[str, Callable[[Any], object]] = {
        "duplication": lambda value: made(value, duplication, name),
        "base_duplication": lambda value: made(value, duplication, name),
        "overlaps": lambda value: {key: made(entry, overlap, name) for key, entry in value.items()},
        "comparisons": lambda value: {key: made(entry, comparison, key) for key, entry in value.items()},
        "reference_digests": lambda value: {key: tuple(entry) for key, entry in value.items()},
        "extras": lambda value: {key: extra(entry) for key, entry in value.items()},
        "references": lambda value: {key: made(entry, reference) for key, entry in value.items()},
    }
    return {field: make(described[field]) for field, make in makers.items() if field in described}


def extra(described: Any) -> object:
    """The value of a metric of a plug-in."""
    return made(described, dict) if isinstance(described, Mapping) else described


def made(described: Mapping[str, Any], make: Callable[..., T], *more: str) -> T | Gap:
    """The comparison, or why there is none."""
    if "gap" in described:
        return Gap(described["gap"], described.get("fix", ""), described.get("deferred", False))
    return make(described, *more)


def duplication(described: Mapping[str, Any], here: str) -> Duplication:
    """`{documents: 100, exact: 3, near: 5, shards: {07.jsonl: {...}}, pairs: [[07.jsonl:12, 03.jsonl:7]]}`."""
    given = dict(described)
    shards = {path: copies(entry) for path, entry in given.pop("shards", {}).items()}
    found = [pair(entry, here, here) for entry in given.pop("pairs", ())]
    rest = {key: given.pop(key) for key in ("largest_cluster", "boilerplate") if key in given}
    return Duplication(copies(given), shards, tuple(found), **rest)


def copies(described: Mapping[str, Any]) -> Copies:
    """`{documents: 100, exact: 3, near: 5}`."""
    return Copies(described["documents"], described.get("exact", 0), described.get("near"))


def pair(described: list[Any], here: str, there: str) -> Pair:
    """`[07.jsonl:12, 03.jsonl:7, 0.93]`; without a number the texts are equal."""
    one, two, *similarity = described
    return Pair(place(one, here), place(two, there), similarity[0] if similarity else 1.0, not similarity)


def place(described: str, dataset: str) -> Place:
    """`07.jsonl:12`."""
    shard, _, row = described.rpartition(":")
    return Place(dataset, shard, int(row))


def overlap(described: Mapping[str, Any], here: str) -> Overlap:
    """The fields of `Overlap`; nothing is found of what is left out."""
    defaults: dict[str, Any] = {
        "documents": 1000,
        "against_documents": 200,
        "exact": 0,
        "near": described.get("exact", 0),
        "covered_exact": described.get("exact", 0),
        "covered_near": described.get("near", described.get("exact", 0)),
        "fragments": 500,
        "shared_fragments": 0,
        "smallest_visible_tokens": 204,
    }
    found = tuple(pair(entry, here, GOLD) for entry in described.get("pairs", ()))
    return Overlap(**{**defaults, **described, "pairs": found, "evidence": tuple(described.get("evidence", ()))})


def comparison(described: Mapping[str, Any], name: str) -> Comparison:
    """`{blocks: 8, signals: {distinct3: [0.61, 0.72, -9.1]}, collapse: [3.1, 2.7, [distinct3]], tail: [...]}`."""
    defaults: dict[str, Any] = {"budget_tokens": 20_000, "blocks": 8, "reference_blocks": 40, "by_source": False}
    given = {"reference": name.partition(" ")[0], **defaults, **described}
    for score in ("collapse", "drift"):
        if score in given:
            value, threshold, led = given[score]
            given[score] = Score(value, threshold, tuple(led))
    if "tail" in given:
        given["tail"] = TailTypes(*given["tail"])
    given["evidence"] = tuple(described.get("evidence", ()))
    given["signals"] = {key: signal(key, *numbers) for key, numbers in given.get("signals", {}).items()}
    return Comparison(**given)


def signal(name: str, value: float, there: float, z: float | None = None) -> Signal:
    """The value here, the mean of the reference, and z where the reference is large enough."""
    return Signal(value, there, value / there - 1 if there else None, z, DIRECTIONS.get(name, 1))


def reference(described: Mapping[str, Any]) -> Composition:
    """`{slices: {dialect: {north: 90, south: 10}}}`."""
    return Composition(slices=described["slices"])
