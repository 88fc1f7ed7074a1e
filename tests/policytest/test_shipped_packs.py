"""The packs that headwater ships: every case of theirs holds, and no change of them goes unnoticed."""

from __future__ import annotations

import time

import pytest

from checker.commands import policy_test_files as files
from checker.model.policy import Policy
from checker.policytest.coverage import coverage
from checker.policytest.judging import run
from checker.policytest.mutate import judge, mutants

FOUND = files.shipped()
# Seconds of one process for all packs with all their mutants, as the issue demands.
MOST_CPU_SECONDS = 30


@pytest.mark.parametrize("policy", FOUND.policies, ids=[policy.id for policy in FOUND.policies])
def test_no_mutant_of_a_shipped_pack_lives(policy: Policy) -> None:
    tests = files.read(FOUND)
    assert tests.faults == ()
    held = [result for result in run(tests.cases) if result.case.policy.id == policy.id]
    assert [failure for result in held for failure in result.failures] == []
    started = time.process_time()
    verdicts = [judge(mutant, held) for mutant in mutants(policy)]
    assert len(verdicts) > 15 * len(policy.rules), "so few mutants try too little"
    assert [(verdict.mutant.rule_id, verdict.mutant.what) for verdict in verdicts if verdict.killed_by is None] == []
    assert time.process_time() - started < MOST_CPU_SECONDS / len(FOUND.policies)
    rows = coverage([policy], held, verdicts)
    assert [row.rule.id for row in rows] == [rule.id for rule in policy.rules]
    assert [(row.rule.id, row.lacks) for row in rows if row.lacks] == []


def test_every_pack_has_tests() -> None:
    tests = files.read(FOUND)
    assert {case.policy.id for case in tests.cases} == {policy.id for policy in FOUND.policies}
