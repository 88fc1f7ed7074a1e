"""Where the files that rule a repository lie, and which of them a path is."""

from __future__ import annotations

from enum import Enum

from checker.globs import matches

SETTINGS = "headwater.yaml"
POLICIES = "policies/"
TESTS = "policies/tests/"
WAIVERS = "waivers/"
GOVERNANCE = "governance/"
BASELINE = "governance/baseline.txt"
GROUPS = "governance/groups.yaml"
SIGNERS = "governance/allowed_signers"
# Copies of the shipped schemas: editors complete and explain without a network, for the version that is installed.
SCHEMAS = ".headwater/schema"
YAML = (".yaml", ".yml")


class Kind(Enum):
    """What a ruling file holds."""

    SETTINGS = "settings"
    POLICY = "policy"
    TEST = "policy test"
    WAIVER = "waiver"
    SIGNATURE = "signature"
    BASELINE = "baseline"
    GROUPS = "groups"
    SIGNERS = "allowed signers"
    GOVERNANCE = "governance"


_NAMED = {SETTINGS: Kind.SETTINGS, BASELINE: Kind.BASELINE, GROUPS: Kind.GROUPS, SIGNERS: Kind.SIGNERS}


def kind_of(path: str, globs: tuple[str, ...] = ()) -> Kind | None:
    """What a file of the repository rules, None for one that does not. `globs` are `policies` of `headwater.yaml`."""
    if path in _NAMED:
        return _NAMED[path]
    if path.startswith(WAIVERS):
        return Kind.WAIVER if path.endswith(YAML) else Kind.SIGNATURE if path.endswith(".sig") else None
    if path.startswith(TESTS):
        return Kind.TEST if path.endswith(YAML) else None
    if path.startswith(GOVERNANCE):
        return Kind.GOVERNANCE
    return Kind.POLICY if _is_policy(path, globs) else None


def _is_policy(path: str, globs: tuple[str, ...]) -> bool:
    if globs:
        return any(matches(glob, path) for glob in globs)
    folder, _, name = path.rpartition("/")
    return f"{folder}/" == POLICIES and name.endswith(YAML)
