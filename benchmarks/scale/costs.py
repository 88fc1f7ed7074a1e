"""What 10^9 documents in 10,000 shards would cost, reckoned from what was measured at sizes that fit here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log10
from typing import NamedTuple

from benchmarks import spark_group
from benchmarks.scale.figures import Figures, number
from checker.model.text import BANDS

DOCUMENTS, SHARDS, MEGABYTES = 1e9, 1e4, 20e6
KEYS = DOCUMENTS * BANDS
# Nobody knows what happens beyond the sizes that were measured; so much is allowed for each factor of ten.
A_DECADE = 1.5
# Bytes a document of the evidence about its text: the least and the most of docs/evidence.md for shards of that size.
TEXT_BYTES, TEXTS_MEASURED = (159, 206), 200_000
CORES = 64


class Cost(NamedTuple):
    """`beyond` is how many times the largest size that was measured the target is; 1 is measured itself."""

    what: str
    reckoned: str
    value: float
    unit: str
    beyond: float

    @property
    def unsure(self) -> float:
        """The factor that the value may be off, either way."""
        return float(A_DECADE ** max(0.0, log10(self.beyond)))


def table_of(found: Mapping[str, Figures]) -> str:
    """The costs as Markdown; parts that were not measured give no rows, and are named."""
    costs = list(_costs(found))
    lines = ["| what | reckoned as | at 10^9 documents | × or ÷ | |", "|---|---|---|---|---|"]
    for cost in costs:
        label = "measured" if cost.beyond <= 1 else f"extrapolated {number(cost.beyond)} ×"
        unsure = "" if cost.beyond <= 1 else f"{cost.unsure:.1f}"
        lines.append(f"| {cost.what} | {cost.reckoned} | {number(cost.value)} {cost.unit} | {unsure} | {label} |")
    return "\n".join(lines) + "\n"


def _costs(found: Mapping[str, Figures]) -> Iterator[Cost]:
    yield from _of_map(found["mapping"].facts)
    yield from _of_group(found["grouping"].facts)
    yield from _of_spark(found["spark_group"])
    yield from _of_check(found["evaluation"].facts)


def _of_map(facts: Mapping[str, float]) -> Iterator[Cost]:
    if not facts:
        return
    hours = (facts["CPU s a shard"] * SHARDS + facts["CPU s a MB"] * MEGABYTES) / 3600
    reckoned = f"{facts['CPU s a shard'] * 1000:.0f} ms a shard + {facts['CPU s a MB'] * 1000:.1f} ms a MB"
    beyond = SHARDS / facts["shards measured"] * (MEGABYTES / SHARDS) / facts["MB of a shard measured"]
    yield Cost("map, CPU", reckoned, hours, "core hours", beyond)
    yield Cost(f"map on {CORES} cores", "evenly shared", hours / CORES, "hours", beyond)


def _of_group(facts: Mapping[str, float]) -> Iterator[Cost]:
    if not facts:
        return
    beyond = KEYS / facts["keys measured"]
    links = facts["links a document"] * DOCUMENTS
    narrow = facts["CPU s a file in many ranges"] - facts["CPU s a file in few ranges"]
    yield Cost("key files", f"{facts['bytes a key']:.1f} bytes a key", facts["bytes a key"] * KEYS / 1e9, "GB", beyond)
    yield Cost(
        "links, embedded, one core",
        f"{facts['CPU us a key']:.2f} µs a key, and {narrow:.2f} s a shard for its 4,096 ranges",
        (facts["CPU us a key"] * 1e-6 * KEYS + narrow * SHARDS) / 3600,
        "hours",
        beyond,
    )
    yield Cost(
        "components, one core",
        f"{facts['links a document']:.2f} links a document, {facts['CPU ns a link']:.0f} ns each",
        links * facts["CPU ns a link"] * 1e-9 / 60,
        "minutes",
        DOCUMENTS / facts["documents joined"],
    )
    yield Cost(
        "memory of components",
        f"{facts['bytes a document joined']:.1f} bytes a document",
        facts["bytes a document joined"] * DOCUMENTS / 1e9,
        "GB",
        DOCUMENTS / facts["documents joined"],
    )
    yield Cost("memory of embedded grouping beside it", "it stays", facts["GB at most"], "GB", beyond)


def _of_spark(figures: Figures) -> Iterator[Cost]:
    for row in figures.rows:
        each = row.details["Spark without the start, CPU µs a key"]
        if not isinstance(each, int | float):
            raise TypeError(f"benchmarks/spark_group.py says {each!r}")
        beyond = KEYS / (spark_group.DOCUMENTS * BANDS)
        yield Cost("links on Spark, CPU", f"{each:.2f} µs a key", each * 1e-6 * KEYS / 3600, "core hours", beyond)


def _of_check(facts: Mapping[str, float]) -> Iterator[Cost]:
    if not facts:
        return
    yield Cost("check of compositions, all known", "as measured", facts["CPU s"], "CPU s", 1)
    yield Cost("memory of it", "as measured", facts["MB"] / 1000, "GB", 1)
    yield Cost("the same from a rollup", f"{facts['rollup MB']:.1f} MB in one piece", facts["rollup CPU s"], "CPU s", 1)
    least, most = (size * DOCUMENTS / 1e9 for size in TEXT_BYTES)
    yield Cost(
        "evidence about text",
        "docs/evidence.md",
        (least + most) / 2,
        f"GB ({least:.0f} to {most:.0f})",
        DOCUMENTS / TEXTS_MEASURED,
    )
