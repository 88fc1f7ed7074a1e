"""One question to headwater: what is judged, under which demands, and what may be spent on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from checker.model.evidence import Evidence
from checker.model.policy import Policy, Stage

if TYPE_CHECKING:
    from checker.engine.choosing import Choice

Progress = Callable[[int, int, str], None]
Witness = Callable[[tuple[Policy, ...], Mapping[str, Evidence]], None]


class Target(Enum):
    """What is judged."""

    INDEX = "index"
    WORKTREE = "worktree"
    REVISION = "revision"
    CHANGE = "change"


class Request(NamedTuple):
    """One question to headwater. `rev` is the head of a change. No `budget_seconds`: as stage and settings say.

    `jobs` are worker processes (None: one a core); `engine` is where else shards are measured, without a time limit;
    `reverify` is the share of known evidence to measure again. `store` is asked for evidence first.
    `require_evidence`: nothing is measured, and no record is read; `slices` is in how many the data was measured.
    `every_finding`: every part of all datasets, under the judged state's own policies at any stage (for a baseline).
    `only` are the names of the datasets to judge (empty: as the rest says).
    `today` is the day (UTC, `YYYY-MM-DD`) that waivers and reviews are judged by; None: the clock's.
    `staged_changes`, where they are known, are what `git diff --cached --raw -z --no-abbrev --no-renames` says.
    """

    folder: str = "."
    target: Target = Target.INDEX
    stage: Stage = Stage.COMMIT
    rev: str | None = None
    base: str | None = None
    policy_ref: str | None = None
    budget_seconds: float | None = None
    download: bool = False
    everything: bool = False
    every_finding: bool = False
    only: tuple[str, ...] = ()
    warnings_block: bool = False
    jobs: int | None = None
    engine: Choice | None = None
    reverify: float | None = None
    store: str | None = None
    require_evidence: bool = False
    slices: int | None = None
    staged_changes: bytes | None = None
    today: str | None = None

    @property
    def of_everything(self) -> bool:
        """Whether all datasets are judged, not only those that the change touches."""
        return self.everything or self.stage in (Stage.PR, Stage.RELEASE)
