"""Policies: rules that use checks, with levels, stages, scopes and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from checker.model.location import Location
from checker.model.nothing import NOTHING


class Stage(str, Enum):
    """When headwater runs; stages differ in what they may spend and in what they may leave open."""

    COMMIT = "commit"
    PUSH = "push"
    PR = "pr"
    RELEASE = "release"


class Level(str, Enum):
    """What a broken rule means, from weakest to strictest."""

    OFF = "off"
    AUDIT = "audit"
    WARN = "warn"
    BLOCK = "block"


class WhenMissing(str, Enum):
    """What a rule that could not be evaluated means, from weakest to strictest."""

    SKIP = "skip"
    WARN = "warn"
    BLOCK = "block"


class Selector(NamedTuple):
    """Which datasets a rule judges, and which of their records.

    `datasets` are globs over dataset names (`**` crosses folders); `roles` and `labels` are any-of. `paths` are globs
    over shards within the dataset, for checks that count records.
    `where` maps an axis (`domain`, `language`, `source`) to the values whose records are judged.
    `require_match`: a policy that matches nothing is not evaluated, which blocks. It speaks of what the policy selects
    itself: the keys of `narrowed_by_pack` came from a pack, which may well be for data that a repository does not have.
    """

    datasets: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = NOTHING
    require_match: bool = False
    narrowed_by_pack: tuple[str, ...] = ()


class Rationale(NamedTuple):
    """Why a rule stands: `confidence` is measured | benchmark | framework | default."""

    why: str = ""
    source: str = ""
    confidence: str = ""
    review_by: str = ""


class Ratchet(NamedTuple):
    """No worse than a reference: `against` is `base`, `release`, `gold` or a revision, never "the previous run".

    `max_worse` is how much worse, in the unit that the check measures; `max_worse_share` is a share of the reference's
    own value. Of two that are stated both must hold. `when_missing` None: as the rule says.
    """

    against: str
    max_worse: float | None = None
    max_worse_share: float | None = None
    when_missing: WhenMissing | None = None


class WaiverTerms(NamedTuple):
    """What a policy asks of the waivers of its rules: `signatures` is optional | required."""

    max_days: int = 90
    min_approvers: int = 1
    approver_groups: tuple[str, ...] = ()
    signatures: str = "optional"


class Approvers(NamedTuple):
    """Who may approve: group -> members (`governance/groups.yaml`), and their keys (`governance/allowed_signers`).

    `gpg` maps an approver to the fingerprints of their GPG keys, which `gpg_keys` holds (`governance/*.asc`).
    """

    groups: Mapping[str, tuple[str, ...]] = NOTHING
    allowed_signers: bytes = b""
    gpg: Mapping[str, tuple[str, ...]] = NOTHING
    gpg_keys: tuple[bytes, ...] = ()


class RuleUse(NamedTuple):
    """A check put to work by a policy. `params` is the check's own frozen Params record.

    `id` is `policy/rule`. `when_missing` None means: warn at commit and push, block at pr and release.
    `stated` tells where each thing that somebody wrote comes from: `level`, `with.max`, `select.roles`, ... -> place.
    """

    id: str
    check: str
    params: object
    level: Level
    select: Selector
    location: Location
    stages: tuple[Stage, ...] = tuple(Stage)
    waivable: bool = True
    when_missing: WhenMissing | None = None
    title: str = ""
    rationale: Rationale = Rationale()
    fix: str = ""
    origin: str = ""
    tags: tuple[str, ...] = ()
    ratchet: Ratchet | None = None
    stated: Mapping[str, Location] = NOTHING


class Policy(NamedTuple):
    """A resolved policy: packs merged in, parameters typed. `digest` is sha256 over every file that went into it.

    `stated` tells where the terms of waivers come from: `waivers.max_days` -> place.
    """

    id: str
    version: str
    digest: str
    rules: tuple[RuleUse, ...]
    location: Location
    revision: str = ""
    owners: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    title: str = ""
    waivers: WaiverTerms = WaiverTerms()
    stated: Mapping[str, Location] = NOTHING
