"""As much of Spark's DataFrame as headwater uses, in this process: so that its steps can be tried without a JVM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

Step = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
# What happens to the rows between the two steps.
Harm = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def as_they_are(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows


@dataclass
class Frame:
    """Rows in partitions; a step runs over each partition for itself."""

    partitions: list[list[dict[str, Any]]]
    schema: pa.Schema
    harm: Harm

    def repartition(self, number: int, column: str = "") -> Frame:
        """By the column where one is given, else in turn; the last rows come first, as no order is promised."""
        rows = [row for partition in self.partitions for row in partition]
        dealt: list[list[dict[str, Any]]] = [[] for _ in range(number)]
        for place, row in reversed(list(enumerate(self.harm(rows) if column else rows))):
            dealt[(row[column] if column else place) % number].append(row)
        return Frame(dealt, self.schema, self.harm)

    def selectExpr(self, expression: str) -> Frame:  # noqa: N802 - Spark's name
        """The one that mapping uses."""
        assert expression == "posexplode(payloads) as (number, payload)"
        lists = [row["payloads"] for rows in self.partitions for row in rows]
        rows = [{"number": at, "payload": payload} for payloads in lists for at, payload in enumerate(payloads)]
        return Frame([self.harm(rows)], pa.schema([("number", pa.int32()), ("payload", pa.binary())]), self.harm)

    def mapInArrow(self, step: Step, schema: str) -> Frame:  # noqa: N802 - Spark's name
        """The rows that the step gives for each partition, which it gets three at a time."""
        found, made = [], self.schema
        for rows in self.partitions:
            batches = [pa.RecordBatch.from_pylist(rows[at : at + 3], self.schema) for at in range(0, len(rows), 3)]
            given = list(step(batches))
            made = given[0].schema if given else made
            found.append([row for batch in given for row in batch.to_pylist()])
        names = [column.split()[0] for column in schema.split(", ")]
        return Frame(
            found, made if made.names == names else pa.schema([(name, pa.null()) for name in names]), self.harm
        )

    def toArrow(self) -> pa.Table:  # noqa: N802 - Spark's name
        """All rows."""
        return pa.Table.from_pylist([row for rows in self.partitions for row in rows], self.schema)


@dataclass
class Frames:
    """The session. `jobs` counts the tables that were made, `settings` what was set."""

    harm: Harm = as_they_are
    settings: dict[str, object] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    @property
    def conf(self) -> Frames:
        return self

    def set(self, name: str, value: object) -> None:
        self.settings[name] = value

    def addTag(self, tag: str) -> None:  # noqa: N802 - Spark's name
        self.tags.append(tag)

    def createDataFrame(self, table: pa.Table) -> Frame:  # noqa: N802 - Spark's name
        return Frame([table.to_pylist()], table.schema, self.harm)
