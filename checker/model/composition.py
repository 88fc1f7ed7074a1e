"""What one pass over a shard found about where its records come from. Counts are integers, so merging is exact."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from checker.model.nothing import NOTHING

if TYPE_CHECKING:
    from checker.model.text import TextEntry


class Origin(str, Enum):
    """Who made a record (`docs/records.md`, origin vocabulary). Unknown never rounds to human."""

    HUMAN = "human"
    MACHINE = "machine"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Cell(NamedTuple):
    """One combination of properties; `""` means not stated."""

    origin: Origin
    kind: str = ""
    domain: str = ""
    language: str = ""
    source: str = ""


class Moments(NamedTuple):
    """Exact sums over scored records of a weight w and a confidence c in parts per million.

    `w` = Σw, `w2` = Σw², `wc` = Σw·c, `w2c` = Σw²·c, `w2cc` = Σw²·c². They give mean and variance of the weighted
    Poisson-binomial sum for c, for 1-c, and for any mixture with a constant prior.
    """

    w: int = 0
    w2: int = 0
    wc: int = 0
    w2c: int = 0
    w2cc: int = 0


class Tally(NamedTuple):
    """Sums over the records of one cell.

    `tokens`, `bytes` count the text (UTF-8); None when the pass did not read the text column.
    `machine_tokens`, `machine_bytes` are the machine turns of mixed (chat) records.
    `weight_micro` is the sum of sample weights in millionths (a record without a weight counts 1_000_000).
    `coverage` counts the records that fill a provenance field; `licenses` and `bases` count records by value.
    `scores` is a histogram of the stated origin confidence: bin (thousandths) -> (records, Σ confidence in ppm).
    `reviewed` counts records that passed a review.
    """

    records: int = 0
    bytes: int | None = None
    tokens: int | None = None
    machine_bytes: int = 0
    machine_tokens: int = 0
    weight_micro: int = 0
    reviewed: int = 0
    coverage: Mapping[str, int] = NOTHING
    licenses: Mapping[str, int] = NOTHING
    bases: Mapping[str, int] = NOTHING
    scores: Mapping[int, tuple[int, int]] = NOTHING
    token_moments: Moments = Moments()
    weight_moments: Moments = Moments()


class BadRow(NamedTuple):
    """A row that could not be read: its line (or row) number from 1, and why, without quoting the data."""

    line: int
    reason: str


class Composition(NamedTuple):
    """`cells` is sorted by cell. `bad_rows` counts every unreadable row; `bad_samples` keeps the first few.

    `slices` counts records by the value of each column that `headwater.yaml` declares as a slice; `""` is not stated,
    `(other)` stands for all values beyond the 1,024 that are told apart.
    """

    cells: Mapping[Cell, Tally] = NOTHING
    bad_rows: int = 0
    bad_samples: tuple[BadRow, ...] = ()
    slices: Mapping[str, Mapping[str, int]] = NOTHING

    @property
    def records(self) -> int:
        """Number of readable records."""
        return sum(tally.records for tally in self.cells.values())


class Measurement(NamedTuple):
    """The evidence about one shard. `digest` is the sha256 of its canonical JSON, `key` what it is stored under.

    `text` is where the evidence about its text is kept; None when the pass did not look at it. `note` says that what
    was kept before proved wrong and was replaced.
    """

    shard_hash: str
    composition: Composition
    digest: str = ""
    key: str = ""
    text: TextEntry | None = None
    note: str = ""


class Absence(Enum):
    """Why a shard has no measurement."""

    DEFERRED = "deferred: the budget of this stage was spent"
    NO_BYTES = "the bytes are not here"
    DENIED = "the remote refused access"
    OFFLINE = "the remote cannot be reached"
    DAMAGED = "the bytes do not match their hash"
    UNREADABLE = "the shard cannot be read"
    UNKNOWN = "its evidence is not known, and nothing is measured"


class Unmeasured(NamedTuple):
    """A shard without evidence: the kind of reason, the sentence for people, and the next step."""

    shard_hash: str
    absence: Absence
    reason: str
    fix: str = ""
