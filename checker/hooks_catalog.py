"""The pre-commit hooks as data; `.pre-commit-hooks.yaml` is written from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

MINIMUM_PRE_COMMIT = "3.2.0"  # the first that calls the stages `pre-commit` and `pre-push`


class Hook(NamedTuple):
    """One hook. File names are never passed: pre-commit splits long lists into several calls and never names what was
    deleted, so headwater asks git itself. `files` is empty where the hook must always run for that reason."""

    id: str
    name: str
    description: str
    entry: str
    stages: tuple[str, ...]
    files: str = ""
    language: str = "python"


_OWN = (
    Hook(
        id="headwater-commit",
        name="headwater: training data policies",
        description="Judges the staged dataset versions and cards under the policies of the repository, offline.",
        entry="headwater check --staged",
        # A clean `git merge` runs pre-merge-commit and no pre-commit hook.
        stages=("pre-commit", "pre-merge-commit", "manual"),
    ),
    Hook(
        id="headwater-push",
        name="headwater: training data policies (push)",
        description="Measures every changed shard of what is pushed and judges it.",
        entry="headwater check --stage push",
        stages=("pre-push",),
    ),
    Hook(
        id="headwater-policy",
        name="headwater: policy files",
        description="When policies, waivers or settings change: checks them for faults and runs the tests of policies.",
        entry="headwater policy test --staged",
        stages=("pre-commit", "pre-merge-commit", "manual"),
        files=r"^((policies|waivers|governance)/.*\.ya?ml|policies/tests/.*|headwater\.yaml)$",
    ),
)


def hooks() -> tuple[Hook, ...]:
    """Each hook in an environment of its own, and a twin that uses the `headwater` that is installed already."""
    twins = tuple(
        hook._replace(
            id=f"{hook.id}-system",
            description=f"{hook.description} Uses the headwater on PATH.",
            language="system",
        )
        for hook in _OWN
    )
    return _OWN + twins


def render() -> str:
    """The text of `.pre-commit-hooks.yaml`."""
    head = "# Written by `make docs` from checker/hooks_catalog.py; do not edit.\n"
    return head + "".join(line + "\n" for hook in hooks() for line in _lines(hook))


def _lines(hook: Hook) -> Iterator[str]:
    yield f"- id: {hook.id}"
    yield f"  name: {json.dumps(hook.name)}"
    yield f"  description: {json.dumps(hook.description)}"
    yield f"  entry: {hook.entry}"
    yield f"  language: {hook.language}"
    yield f"  stages: [{', '.join(hook.stages)}]"
    yield "  pass_filenames: false"
    yield "  require_serial: true"
    yield f"  files: {json.dumps(hook.files)}" if hook.files else "  always_run: true"
    yield f"  minimum_pre_commit_version: {json.dumps(MINIMUM_PRE_COMMIT)}"
