"""What the DVC metadata of one snapshot says: stages, their outs, and what is wrong with the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.discover.tree import Tree
from checker.model.dataset import DatasetVersion
from checker.model.lineage import Link, Step
from checker.model.location import Location
from checker.model.nothing import NOTHING


class Problem(NamedTuple):
    """Malformed or hostile metadata. It is a value, so that one bad file hides nothing of the others."""

    message: str
    location: Location
    fix: str = ""


class ParamUse(NamedTuple):
    """A parameters file that a stage depends on; without `keys` the stage uses the whole file."""

    path: str
    keys: tuple[str, ...]
    location: Location


class LockEntry(NamedTuple):
    """What `dvc.lock` recorded when a stage last ran. `cmd` is as written: a text or a list of texts."""

    cmd: object
    deps: tuple[Link, ...]
    outs: tuple[Link, ...]
    params: Mapping[str, Mapping[str, object]]
    location: Location


class Stage(NamedTuple):
    """A stage of `dvc.yaml`, or a `.dvc` file (`name` is None, nothing is locked apart).

    `step` carries the declared deps and outs with the hashes that were recorded for them. `cmd` is as written.
    `sourced` is true when a description or `meta` says where the data comes from.
    """

    step: Step
    versions: tuple[DatasetVersion, ...]
    name: str | None = None
    cmd: object = None
    params: tuple[ParamUse, ...] = ()
    lock: LockEntry | None = None
    lock_path: str | None = None
    sourced: bool = False


class Discovery(NamedTuple):
    """Everything that DVC tracks in a snapshot; `roots` are the DVC roots (`""` is the git root).

    `stages`, and `makers` (out path -> the stage that makes it), are for `lineage_of`.
    """

    tree: Tree
    roots: tuple[str, ...]
    versions: tuple[DatasetVersion, ...]
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    stages: tuple[Stage, ...] = ()
    makers: Mapping[str, Stage] = NOTHING
