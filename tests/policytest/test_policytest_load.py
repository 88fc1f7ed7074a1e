"""What is wrong with a test document, and where."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policytest.conftest import HEAD, Read

from checker.errors import HeadwaterError
from checker.policytest.load import read_tests
from checker.policytest.reading import Known

CASE = "  - name: a case\n    given: {role: train}\n    expect: {cap: not-evaluated}\n"


def unasked(name: str) -> Any:
    """Stands where policies and fixtures come from that no document gets as far as to ask for."""
    raise AssertionError(f"{name} was asked for")


def no_fixtures(_: str) -> Any:
    return unasked


def faults(read: Read, cases: str, **more: str) -> list[str]:
    return [str(fault).removeprefix("policies/tests/team.yaml:") for fault in read(cases, **more).faults]


def with_given(words: str, expect: str = "{cap: pass}") -> str:
    return f"  - name: a case\n    given: {{{words}}}\n    expect: {expect}\n"


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        pytest.param(
            with_given("", "{cpa: pass}"), "8:14: cpa is no rule of team; did you mean cap?", id="no such rule"
        ),
        pytest.param(
            with_given("", "{later: pass}"),
            "8:14: team/later is never judged at pr: its stages leave that out; expect not-judged there",
            id="a rule that is not for this stage",
        ),
        pytest.param(
            with_given("", "{cap: fial}"), "8:19: cases[0].expect.cap is fial; did you mean fail?", id="status"
        ),
        pytest.param(with_given("", "{}"), "8:13: cases[0].expect is empty", id="no expectation"),
        pytest.param(
            with_given("", "{cap: {}}"), "8:19: cases[0].expect.cap states none of: status", id="an empty expectation"
        ),
        pytest.param(
            with_given("", "{cap: {scope: {shard: a}}}"), "8:19: cases[0].expect.cap states none of", id="only a scope"
        ),
        pytest.param(
            "  - name: x\n    expect: {cap: pass}\n", "6:5: cases[0] states none of: given, dataset", id="no data"
        ),
        pytest.param(CASE + CASE, "9:11: the case a case is there twice; give each", id="one name twice"),
        pytest.param(
            with_given("shards: {a.jsonl: [{origin: humann, records: 1}]}"),
            "7:41: cases[0].given.shards.a.jsonl[0].origin is humann; did you mean human?",
            id="a typo deep inside",
        ),
        pytest.param(
            with_given("shards: {a.jsonl: {unmeasured: OFLINE}}"),
            "7:44: cases[0].given.shards.a.jsonl.unmeasured is OFLINE; did you mean OFFLINE?",
            id="a typo in a choice of records",
        ),
        pytest.param(
            with_given("shards: {a.jsonl: [{origin: human, records: -1}]}"),
            "is -1, the least is 0",
            id="negative count",
        ),
        pytest.param(
            with_given("composition: {machine: {health: {s: 0.6}}, unknown: {health: {s: 0.5}}}"),
            "7:12: no evidence can be made of what is given: the shares of health in s sum up to more than 1",
            id="more than everything",
        ),
        pytest.param(
            with_given("composition: {machine: {health: {s: 0.12345678912}}}"),
            "too many digits",
            id="too exact a share",
        ),
        pytest.param(
            with_given("composition: {machine: {health: {s: 1.5}}}"), "is 1.5, the most is 1", id="a share of 1.5"
        ),
        pytest.param(
            with_given("shards: {a.jsonl: []}, duplication: {documents: 1, pairs: [[a, b]]}"),
            "cases[0].given.duplication.pairs[0][0] is a; write 07.jsonl:12",
            id="a place without a row",
        ),
        pytest.param(with_given("overlaps: {gold: 5}"), "cases[0].given.overlaps.gold is 5", id="no mapping"),
        pytest.param(
            CASE.replace("    expect", "    at: 2026-02-30\n    expect"),
            "8:9: at is 2026-02-30, which no calendar has; write a day as YYYY-MM-DD",
            id="a day that no calendar has",
        ),
        pytest.param(CASE.replace("    expect", "    at: soon\n    expect"), "at is soon; write a day", id="no day"),
        pytest.param(
            CASE.replace("    expect", "    waivers: [wv-1]\n    expect"),
            "6:5: the case has waivers and no day; say at: YYYY-MM-DD",
            id="waivers without a day",
        ),
        pytest.param(
            CASE.replace("    expect", "    at: 2026-12-01\n    waivers: [wv-1]\n    expect"),
            "9:15: wv-1 is no waiver here",
            id="a waiver that nobody wrote",
        ),
        pytest.param(
            CASE.replace("    expect", "    at: 2026-12-01\n    waivers: [{rule: team/cap}]\n    expect"),
            "9:15: the waiver is wrong: the key match is missing",
            id="half a waiver",
        ),
        pytest.param(
            CASE.replace("given: {role: train}", "dataset: fixtures/none"),
            "7:14: there is no fixture fixtures/none; make the folder fixtures/none beside the tests",
            id="no such fixture",
        ),
        pytest.param(
            CASE.replace("given: {role: train}", "dataset: ../secrets"),
            "write a path within the repository",
            id="a way out",
        ),
        pytest.param(
            with_given("shards: {}, composition: {machine: {health: {s: 0.5}}}"),
            "what is in the dataset is stated twice: by `shards` and by `composition`; keep one of them",
            id="shards twice",
        ),
        pytest.param(
            with_given("shards: {}").replace("    given", "    dataset: fixtures/a\n    given"),
            "8:21: what is in the dataset is stated twice: of the fixture and by `shards`",
            id="a fixture and shards",
        ),
        pytest.param("  []\n", "6:3: cases is empty", id="no cases"),
    ],
)
def test_a_fault_has_its_place(read: Read, cases: str, expected: str) -> None:
    found = faults(read, cases)
    assert any(expected in fault for fault in found), found


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(HEAD.replace("team\n", "taem\n"), "4:9: taem is no policy here", id="no such policy"),
        pytest.param(
            HEAD.replace("kind: PolicyTest", "kind: Policy"), "2:7: a policy (kind: Policy) does not", id="kind"
        ),
        pytest.param(HEAD.replace("PolicyTest", "PolicyTests"), "did you mean PolicyTest?", id="no such kind"),
        pytest.param(
            HEAD.replace("policy: team\n", ""), "the key policy is missing; the policy under test", id="no policy"
        ),
        pytest.param(HEAD + CASE + "---\n" + HEAD, "12:16: the test id team-tests is used already", id="one id twice"),
    ],
)
def test_the_document_itself_may_be_wrong(read: Read, head: str, expected: str) -> None:
    found = faults(read, CASE, head=head)
    assert any(expected in fault for fault in found), found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", "the file holds no policy test", id="empty"),
        pytest.param(b"\xff\xfe", "UTF-8", id="not UTF-8"),
        pytest.param(b"a: *b\n", "", id="an alias"),
        pytest.param(b"x" * 300_000, "", id="more bytes than a policy may have"),
        pytest.param(b"cases: " + b"[" * 5000, "", id="nested without end"),
        pytest.param((HEAD + CASE + "policy: team\n").encode(), "", id="a key twice"),
    ],
)
def test_a_hostile_file_is_one_fault_at_once(data: bytes, expected: str) -> None:
    started = time.process_time()
    tests = read_tests({"policies/tests/a.yaml": data}, Known(unasked, {}), no_fixtures)
    assert time.process_time() - started < 1
    assert not tests.cases
    assert expected in str(tests.faults[0])
    assert tests.faults[0].location is not None


def test_one_bad_case_hides_no_other(read: Read) -> None:
    tests = read(with_given("", "{cpa: pass}") + with_given("", "{cap: pass}").replace("a case", "another"))
    assert len(tests.faults) == 1
    assert [case.name for case in tests.cases] == ["another"]


SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(0, 2) | st.sampled_from(["human", "OFFLINE", "a"])
)
WORDS = [
    "shards",
    "composition",
    "base",
    "card",
    "lineage",
    "duplication",
    "overlaps",
    "comparisons",
    "references",
    "earlier",
    "fields",
    "gold",
    "origin",
    "records",
    "documents",
    "unmeasured",
    "slices",
    "signals",
    "collapse",
    "version",
    "hash",
]
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(described=st.dictionaries(st.sampled_from(WORDS), TREES, min_size=1, max_size=4))
def test_whatever_is_given_comes_to_cases_or_faults(described: dict[str, object]) -> None:
    import json

    from policytest.conftest import POLICY

    from checker.policy.load import load_policies
    from checker.policytest.judging import run

    (policy,) = load_policies({"policies/team.yaml": POLICY.encode()})
    cases = with_given("").replace("{}", json.dumps(described))
    tests = read_tests({"policies/tests/a.yaml": (HEAD + cases).encode()}, Known(lambda _: policy, {}), no_fixtures)
    assert len(tests.cases) + bool(tests.faults) == 1
    assert all(isinstance(fault, HeadwaterError) and fault.location for fault in tests.faults)
    assert all(result.rulings or result.failures for result in run(tests.cases))
