"""Pipeline stages, what they use and make, and where the trail breaks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.location import Location
from checker.model.nothing import NOTHING


class Link(NamedTuple):
    """One dependency or product of a stage: a path (relative to the git root) with the hash that was recorded for it.

    `kind`: `path`, `import` (another DVC repository: `url`, `rev_lock`), `url` (import-url), `db`, `dataset` (`ds://`).
    """

    path: str
    hash: str | None = None
    hash_name: str = "md5"
    kind: str = "path"
    url: str | None = None
    rev: str | None = None
    rev_lock: str | None = None
    location: Location | None = None


class Step(NamedTuple):
    """A DVC stage, or a `.dvc` file seen as one (its `cmd` is empty)."""

    name: str
    definition: Location
    cmd: str = ""
    deps: tuple[Link, ...] = ()
    outs: tuple[Link, ...] = ()
    frozen: bool = False
    desc: str | None = None
    meta: Mapping[str, object] = NOTHING


class GapKind(Enum):
    """The edges of a complete trail (`docs/lineage.md`): each kind is one way in which it breaks."""

    LOCK_ABSENT = "E1 lock absent"
    LOCK_STALE = "E1 lock and dvc.yaml differ"
    EDGE_HASH = "E2 consumer used another version"
    UNTRACKED = "E3 dependency not tracked"
    CODE_CHANGED = "E3 tracked dependency changed"
    ROOT_UNKNOWN = "E4 root without a declared source"
    IMPORT_UNLOCKED = "E5 import not locked"
    CROSS_REPOSITORY = "E6 source in another repository"
    NEVER_RUN = "E1 never run"
    FROZEN = "frozen"


class Gap(NamedTuple):
    """One break in the trail, at `location`, in the making of `path`. CROSS_REPOSITORY and FROZEN only inform."""

    kind: GapKind
    path: str
    message: str
    location: Location
    fix: str = ""


class Lineage(NamedTuple):
    """The trail that leads to one dataset: its ancestors' steps (sources first), its roots, its breaks.

    `unchecked` are edges that nothing here can compare (a list of files that is not here, a submodule).
    """

    steps: tuple[Step, ...] = ()
    roots: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    unchecked: tuple[Gap, ...] = ()
