"""What a shard may stand for, by the bytes that it takes as it is stored: a dictionary repeats a text for nothing."""

from __future__ import annotations

from collections.abc import Callable

from checker.errors import RecordError
from checker.read.records.compression import FREE_BYTES, MAX_RATIO

# A record takes some 150 bytes of evidence, and real ones more than a byte of the file even when packed.
_FREE_RECORDS = 2**20


class Growth:
    """Counts what was read of a shard; `stored` tells how many of its bytes that took. Raises RecordError."""

    def __init__(self, stored: Callable[[], int]) -> None:
        self._stored = stored
        self._bytes = self._records = 0

    def texts(self, size: int) -> None:
        """More text, in bytes."""
        self._bytes += size
        if self._bytes > FREE_BYTES and self._bytes > MAX_RATIO * max(self._stored(), 1):
            raise RecordError(
                f"its texts are more than {MAX_RATIO} times as long as the shard as stored, which texts are not",
                hint="store each text once; or, if it really holds that much repetition, store the shard uncompressed",
            )

    def records(self, number: int) -> None:
        """More records whose texts are kept in mind."""
        self._records += number
        if self._records > _FREE_RECORDS and self._records > self._stored():
            raise RecordError(
                f"the first {self._stored()} bytes of the shard stand for {self._records} records, which real ones"
                " do not",
                hint="remove the records that say nothing; or store the shard uncompressed",
            )
