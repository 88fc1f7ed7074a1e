"""The page about tests of policies: its example is run, its words are those of the schema."""

from __future__ import annotations

import re
from pathlib import Path

from policytest.conftest import Read

from checker.policy.load import load_policies
from checker.policy.schemas.policytests import STATUSES, policy_test_schema
from checker.policytest.judging import run
from checker.policytest.mutate import judge, mutants

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "testing-policies.md").read_text(encoding="utf-8")


def test_the_example_holds_and_no_mutant_of_it_lives(read: Read) -> None:
    policy, tests = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = read(tests, policy=policy, head="")
    assert found.faults == ()
    results = list(run(found.cases))
    assert [failure for result in results for failure in result.failures] == []
    (judged,) = load_policies({"policies/clinical.yaml": policy.encode()})
    verdicts = [judge(mutant, results) for mutant in mutants(judged)]
    assert len(verdicts) > 15
    assert [verdict.mutant.what for verdict in verdicts if verdict.killed_by is None] == []


def test_every_word_of_a_case_is_explained() -> None:
    definitions = policy_test_schema()["$defs"]
    words = {
        *definitions["given"]["properties"],
        *definitions["case"]["properties"],
        *definitions["expectation"]["properties"],
        *STATUSES,
    }
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    told = {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"[a-z][a-z_-]*[a-z]", code)}
    plainly = {"pass", "fail", "warn", "waived", "not-evaluated", "expect", "base_duplication", "reference_digests"}
    assert sorted(words - told - plainly) == []
