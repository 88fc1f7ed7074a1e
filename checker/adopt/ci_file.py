"""The job that judges pull requests: a workflow for GitHub, or what to write elsewhere."""

from __future__ import annotations

import re

from checker.adopt.look import Sight

WORKFLOW = ".github/workflows/headwater.yml"
PLACEHOLDER = "OWNER/headwater@REVISION"
_GITHUB = re.compile(r"https://github\.com/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?\Z")
_ELSEWHERE = {
    ".gitlab-ci.yml": "GitLab",
    "azure-pipelines.yml": "Azure Pipelines",
    "Jenkinsfile": "Jenkins",
}
GITLAB = """\
include:
  - project: GROUP/headwater-ci   # a project that the authors of data cannot change, with hooks/ci/gitlab.yml in it
    ref: REVISION
    file: gitlab.yml
"""


def elsewhere(sight: Sight) -> str | None:
    """The name of the CI that is in use here instead of GitHub's."""
    if any(path.startswith(".github/workflows/") for path in sight.files):
        return None
    return next((name for file, name in _ELSEWHERE.items() if file in sight.files), None)


def action(source: str, revision: str) -> str:
    """What the workflow uses; a placeholder unless the source is on GitHub."""
    found = _GITHUB.match(source)
    return f"{found[1]}@{revision}" if found and revision else PLACEHOLDER


def workflow_text(source: str, revision: str) -> str:
    """The workflow: read-only, no secrets for forks, the policy from the default branch."""
    return f"""\
# Written by `headwater init`. Make the job a required check of the default branch.
name: headwater
on:
  pull_request: # not pull_request_target: a fork gets no secrets
  merge_group: # without it a required check never reports in a merge queue
permissions: {{contents: read}}
jobs:
  headwater:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5 # pin by hash, as every action
        with: {{fetch-depth: 0, persist-credentials: false}} # the base and the default branch must be in the clone
      - uses: {action(source, revision)} # the commit that you reviewed
"""
