"""Gives the texts of one shard to the kernels, while its records are read for whatever else is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.errors import RecordError
from checker.read.records.texts import TextSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from checker.kernels import TextPass
    from checker.model.text import ShardText
    from checker.read.records.texts import Take

# Each record takes some 150 bytes of evidence, and a few bytes of a hostile file can claim any number of records.
MOST_RECORDS = 2**24


class Texts:
    """One pass over the texts of a shard: `sink` is what the reader fills."""

    def __init__(
        self, backend: str = "auto", expected_bytes: int | None = None, most_records: int = MOST_RECORDS
    ) -> None:
        from checker.kernels import text_pass

        self._pass = text_pass(backend, expected_bytes)
        self.sink = TextSink(_limited(self._pass, most_records))

    @property
    def note(self) -> str:
        """One line when the quick kernels were wanted and cannot be used."""
        return self._pass.note

    def found(self) -> ShardText:
        """Everything about the texts, when all were read."""
        return self._pass.finish()


def _limited(given: TextPass, most_records: int) -> Take:
    """What the sink calls. It is no method: a ring of references would keep megabytes until rings are looked for."""
    records = 0

    def take(data: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        nonlocal records
        records += len(rows)
        if records > most_records:
            raise RecordError(
                f"the shard holds more than {most_records} records, which are too many to compare their texts",
                hint="split the shard",
            )
        return given.add(data, offsets, rows)

    return take
