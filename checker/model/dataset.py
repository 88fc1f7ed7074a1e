"""Snapshots, dataset versions and their shards."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.location import Location
from checker.model.nothing import NOTHING


class SnapshotKind(Enum):
    """Where a dataset is looked at."""

    INDEX = "index"
    WORKTREE = "worktree"
    REVISION = "revision"
    EMPTY = "empty"


class Snapshot(NamedTuple):
    """One state of the repository. `commit` and `tree` are object ids where they exist; `label` is for people."""

    kind: SnapshotKind
    label: str
    commit: str | None = None
    tree: str | None = None


class Shard(NamedTuple):
    """One file of a dataset version, identified by its content hash.

    `path` is relative to the dataset (the file's own name when the dataset is one file).
    `hash_name` is `md5`, `md5-dos2unix` (DVC 2.x) or a cloud fingerprint (`etag`, `checksum`, `version_id`).
    """

    path: str
    hash: str
    hash_name: str = "md5"
    size_bytes: int | None = None


class DatasetVersion(NamedTuple):
    """A DVC out in a snapshot.

    `path` is the out's path and `root` the DVC root, both relative to the git root (`""` is the git root itself).
    `hash` is None for an out that no run has produced yet. `shards` is None when the manifest could not be had;
    `shards_problem` then says why.
    """

    path: str
    root: str
    hash: str | None
    definition: Location
    hash_name: str = "md5"
    size_bytes: int | None = None
    file_count: int | None = None
    is_dir: bool = False
    stage: str | None = None
    desc: str | None = None
    type: str | None = None
    labels: tuple[str, ...] = ()
    meta: Mapping[str, object] = NOTHING
    cached: bool = True
    pushed: bool = True
    remote: str | None = None
    frozen: bool = False
    role: str = "out"  # out | metric | plot
    shards: tuple[Shard, ...] | None = None
    shards_problem: str | None = None
    shards_fix: str = ""


class Role(Enum):
    """What a dataset is for."""

    TRAIN = "train"
    EVAL = "eval"
    GOLD = "gold"
    RAW = "raw"
    OTHER = "other"


class OriginRule(NamedTuple):
    """Records of shards whose path matches `path` (a glob within the dataset) have this origin when they state none."""

    path: str
    origin: str
    kind: str = ""
    confidence: float | None = None


class DatasetSettings(NamedTuple):
    """What `headwater.yaml` (or convention) says of a dataset; decides how its records are read.

    `fields` maps a canonical field (`docs/records.md`) to a dotted path in the record.
    `values` maps a canonical field to {raw value: canonical value} (`{"origin": {"gpt": "machine"}}`).
    `slices` maps the name of a slice (label, intent, dialect, annotator) to a dotted path in the record.
    """

    role: Role = Role.OTHER
    modality: str = "text"
    format: str | None = None
    card: str | None = None
    domain: str | None = None
    language: str | None = None
    fields: Mapping[str, str] = NOTHING
    values: Mapping[str, Mapping[str, str]] = NOTHING
    origins: tuple[OriginRule, ...] = ()
    slices: Mapping[str, str] = NOTHING


class Dataset(NamedTuple):
    """A dataset that policies can govern: its version in the judged snapshot, the one before, and its settings.

    `base` is None when the dataset is new or when no base snapshot was given; `base_problem` tells the two apart.
    `changed` is false when definition, card and ancestors are the same as in the base.
    """

    name: str
    version: DatasetVersion
    settings: DatasetSettings
    base: DatasetVersion | None = None
    base_problem: str | None = None
    changed: bool = True
    card_paths: tuple[str, ...] = ()
