"""Which kind of document belongs where: a document in the wrong place is a fault that names the right one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.errors import PolicyError
from checker.policy.nearest import did_you_mean, shown
from checker.safeyaml import Document

POLICY = "Policy"
POLICY_TEST = "PolicyTest"
WAIVER = "Waiver"
GROUPS = "Groups"
HOMES = {
    POLICY: "policies/",
    POLICY_TEST: "policies/tests/",
    WAIVER: "waivers/",
    GROUPS: "governance/groups.yaml",
}
_CALLED = {POLICY: "a policy", POLICY_TEST: "a policy test", WAIVER: "a waiver", GROUPS: "a list of approver groups"}


def wrong_kind(document: Document, *expected: str) -> Iterator[PolicyError]:
    """What the document says it is, before anything else is expected of it. Nothing when it is one of `expected`."""
    data: Any = document.data
    first = expected[0]
    if not isinstance(data, dict):
        message = f"{_CALLED[first]} is a mapping of keys"
        yield PolicyError(message, hint=f"start with kind: {first}", location=document.where())
        return
    kind = data.get("kind")
    if isinstance(kind, str) and kind in expected:
        return
    if "kind" not in data:
        yield PolicyError("the key kind is missing", hint=f"write kind: {first}", location=document.where())
    elif isinstance(kind, str) and kind in HOMES:
        message = f"{_CALLED[kind]} (kind: {kind}) does not belong here"
        yield PolicyError(message, hint=f"move it to {HOMES[kind]}", location=document.where("kind"))
    else:
        message = f"kind is {shown(kind)}, {' or '.join(expected)} is expected"
        yield PolicyError(message, hint=did_you_mean(kind, expected), location=document.where("kind"))
