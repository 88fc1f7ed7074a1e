"""What the tests of policy tests share: a small policy, and a way to read cases of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checker.errors import PolicyError
from checker.model.exemption import Waiver
from checker.model.policy import Policy
from checker.policy.load import load_policies
from checker.policytest.fixtures import Fixtures
from checker.policytest.load import Tests, read_tests
from checker.policytest.reading import Known

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    select: {roles: [train]}
    with: {max: 0.2, per: [dataset]}
  - id: card
    check: card-required
    level: warn
    with: {fields: [license]}
  - id: later
    check: lineage-complete
    level: block
    stages: [release]
"""
HEAD = "apiVersion: headwater/v1\nkind: PolicyTest\nmetadata: {id: team-tests}\npolicy: team\ncases:\n"
Read = Callable[..., Tests]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads the cases of one file, which start in its sixth line; fixtures lie in the folder of the test."""

    def read_cases(
        cases: str, policy: str = POLICY, waivers: Mapping[str, Waiver] | None = None, head: str = HEAD
    ) -> Tests:
        policies = {found.id: found for found in load_policies({"policies/team.yaml": policy.encode()})}

        def policy_of(name: str) -> Policy:
            if name not in policies:
                raise PolicyError(f"{name} is no policy here and no shipped pack")
            return policies[name]

        files = {"policies/tests/team.yaml": (head + cases).encode()}
        known = Known(policy_of, waivers or {})
        return read_tests(files, known, lambda _: Fixtures(tmp_path).measure)

    return read_cases
