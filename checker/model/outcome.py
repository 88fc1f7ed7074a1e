"""What a check found, and what the policy makes of it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from checker.model.location import Location
from checker.model.policy import Level

if TYPE_CHECKING:
    from fractions import Fraction

Scope = tuple[tuple[str, str], ...]
Number = int | float
# The axis of a scope that says what a ratchet held a part against.
RATCHET = "ratchet"


class Verdict(Enum):
    """A check's own words, before levels and waivers."""

    HOLDS = "holds"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Figure(NamedTuple):
    """What a ratchet compares: the exact value, and what it is a value of (`machine-made`).

    `total` is how many (records, documents) a share is of, 0 where it is no such share. `worse` is `higher` or `lower`
    where it is not as `Check.worse` says. `absent` is the value of a part that is gone; None: its going is no matter.
    `unit` is the value's own where it is not that of the judgement.
    """

    value: Fraction | int | float
    of: str = ""
    total: int = 0
    worse: str = ""
    absent: int | None = None
    unit: str = ""


class Judgement(NamedTuple):
    """One statement of a check about one scope (`()` is the whole dataset; `(("shard", "07.jsonl"),)` a part).

    `message` is one sentence: what was measured and what is allowed. `fix` is the next step, with numbers.
    `evidence` holds digests: `sha256:…` of measurements and cards, `md5:…` of DVC objects, `trail:…` of lineage.
    `figure` is what ratchets compare, `reference` what a ratchet compared with; `unit` and `scope` say of what.
    """

    verdict: Verdict
    message: str
    location: Location
    scope: Scope = ()
    measured: Number | str | None = None
    limit: Number | str | None = None
    unit: str = ""
    fix: str = ""
    evidence: tuple[str, ...] = ()
    deferred: bool = False
    figure: Figure | None = None
    reference: str = ""


class Status(str, Enum):
    """The five outcomes; `not-evaluated` is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    WAIVED = "waived"
    NOT_EVALUATED = "not-evaluated"


class Exemption(NamedTuple):
    """Why an outcome is `waived`: `kind` is `waiver` or `baseline`, `limit` the relaxed one.

    `approved_by` are those whose approval counts; `verified` those whose signature held. `others` are waivers that
    would do as well. `days_left` counts from the day of judging to the last day.
    """

    kind: str
    id: str = ""
    expires: str = ""
    limit: int | float | str | None = None
    approved_by: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    ticket: str = ""
    location: Location | None = None
    others: tuple[str, ...] = ()
    days_left: int | None = None


class Outcome(NamedTuple):
    """A judgement under a rule. `blocking` decides the exit code; `reason` explains waived and not-evaluated.

    `exemption` says by what a waived outcome is waived; `reference` names what a ratchet held it against. `content` is
    the digest of the content in which something is broken (nothing that was measured), which the baseline goes by.
    `covered_by` are the waivers for this very place, whether they relieve it or not.
    """

    rule: str
    check: str
    status: Status
    level: Level
    dataset: str
    message: str
    location: Location
    scope: Scope = ()
    measured: Number | str | None = None
    limit: Number | str | None = None
    unit: str = ""
    fix: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""
    blocking: bool = False
    informs_only: bool = False
    exemption: Exemption | None = None
    reference: str = ""
    content: str = ""
    covered_by: tuple[str, ...] = ()
