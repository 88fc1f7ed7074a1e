"""What a case comes to, and how an expectation is or is not met."""

from __future__ import annotations

import pytest
from policytest.conftest import Read

from checker import rules
from checker.model.policy import Stage
from checker.policytest.cases import Result
from checker.policytest.judging import run

OVER = "given: {role: train, shards: {a.jsonl: [{origin: machine, records: 21}, {origin: human, records: 79}]}}"
WAIVER = """\
    waivers:
      - rule: team/cap
        match: {dataset: data/train}
        relax: {max: 0.25}
        reason: the vendor delivers the human-made half again in December
        requested_by: ana
        approved_by: [bo]
        not_before: "2026-12-01"
        expires: "2026-12-15"
"""


def judged(read: Read, cases: str, **more: str) -> list[Result]:
    tests = read(cases, **more)
    assert tests.faults == ()
    return list(run(tests.cases))


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        pytest.param("{cap: fail}", "", id="as it is"),
        pytest.param("{team/cap: fail}", "", id="by its whole name"),
        pytest.param(
            "{cap: {status: fail, level: block, blocking: true, waivable: true, measured: 0.21, limit: 0.2, says: "
            "[21 of 100 records, the cap is 20%], count: 1, scope: {}}}",
            "",
            id="in every respect",
        ),
        pytest.param("{cap: pass}", "team/cap is fail, pass is expected: data/train: 21 of 100", id="another status"),
        pytest.param("{cap: {level: warn}}", "team/cap has the level block, warn is expected", id="another level"),
        pytest.param("{cap: {blocking: false}}", "team/cap is blocking, which is not expected", id="it blocks"),
        pytest.param("{card: {blocking: true}}", "team/card is not blocking, which is not", id="it does not block"),
        pytest.param("{cap: {waivable: false}}", "team/cap is waivable, which is not expected", id="waivable"),
        pytest.param("{cap: {measured: 0.2}}", "team/cap has measured 0.21, 0.2 is expected", id="another value"),
        pytest.param("{cap: {measured: some}}", "has measured 0.21, some is expected", id="a word for a value"),
        pytest.param("{cap: {limit: 0.3}}", "team/cap has limit 0.2, 0.3 is expected", id="another limit"),
        pytest.param("{cap: {says: 22 of 100}}", "team/cap does not say '22 of 100': data/train", id="other words"),
        pytest.param("{cap: {count: 2}}", "team/cap has 1 outcomes that are fail, 2 are expected", id="more outcomes"),
        pytest.param(
            "{cap: {status: fail, scope: {shard: a.jsonl}}}", "is not-judged, fail is expected", id="no such part"
        ),
        pytest.param("{cap: not-judged}", "team/cap is fail, not-judged is expected", id="judged after all"),
        pytest.param("{later: not-judged}", "", id="not for this stage"),
        pytest.param("{card: warn}", "", id="a breach below the level of block warns"),
    ],
)
def test_an_expectation(read: Read, expect: str, complaint: str) -> None:
    (result,) = judged(read, f"  - name: a case\n    {OVER}\n    expect: {expect}\n")
    messages = [failure.message for failure in result.failures]
    assert len(messages) == bool(complaint)
    assert all(complaint in message for message in messages), messages
    assert all(str(failure.location) == "policies/tests/team.yaml:8:14" for failure in result.failures)


def test_each_stage_is_a_result_of_its_own(read: Read) -> None:
    unmeasured = "given: {role: train, shards: {a.jsonl: {unmeasured: OFFLINE}}}"
    results = judged(
        read,
        f"  - name: offline\n    stage: [release, commit]\n    {unmeasured}\n"
        "    expect: {cap: {status: not-evaluated, blocking: true}}\n",
    )
    assert [(result.stage, result.name, bool(result.failures)) for result in results] == [
        (Stage.COMMIT, "offline (commit)", True),
        (Stage.RELEASE, "offline (release)", False),
    ]


def test_a_rule_for_other_data_matches_nothing(read: Read) -> None:
    (result,) = judged(read, "  - name: gold\n    given: {role: gold}\n    expect: {cap: no-match}\n")
    assert result.failures == ()


@pytest.mark.parametrize(
    ("at", "status"),
    [
        pytest.param("2026-11-30", "fail", id="the day before it begins"),
        pytest.param("2026-12-01", "waived", id="its first day"),
        pytest.param("2026-12-15", "waived", id="its last day"),
        pytest.param("2026-12-16", "fail", id="the day after"),
    ],
)
def test_a_waiver_counts_on_its_days(read: Read, at: str, status: str) -> None:
    case = f'  - name: waived\n    at: "{at}"\n    {OVER}\n    expect: {{cap: {status}}}\n{WAIVER}'
    (result,) = judged(read, case)
    assert result.failures == ()


@pytest.mark.parametrize(
    ("rule", "terms", "signed", "status"),
    [
        pytest.param("", "", "", "waived", id="as policies ask by default"),
        pytest.param("\n    waivable: false", "", "", "fail", id="a rule that cannot be waived"),
        pytest.param("", "waivers: {max_days: 14}", "", "waived", id="as many days as it may hold"),
        pytest.param("", "waivers: {max_days: 13}", "", "fail", id="a day too long"),
        pytest.param("", "waivers: {min_approvers: 2}", "", "fail", id="too few approve"),
        pytest.param("", "waivers: {signatures: required}", "", "fail", id="nobody signed"),
        pytest.param("", "waivers: {signatures: required}", "bo", "waived", id="the approver signed"),
        pytest.param("", "waivers: {signatures: required}", "eve", "fail", id="somebody else signed"),
    ],
)
def test_a_waiver_counts_as_its_policy_asks(read: Read, rule: str, terms: str, signed: str, status: str) -> None:
    policy = (
        "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: 1.0.0}\n"
        f"rules:\n  - id: cap\n    check: synthetic-cap\n    level: block\n    with: {{max: 0.2}}{rule}\n{terms}\n"
    )
    signers = f"    signed_by: [{signed}]\n" if signed else ""
    case = f'  - name: waived\n    at: "2026-12-10"\n    {OVER}\n{signers}    expect: {{cap: {status}}}\n{WAIVER}'
    (result,) = judged(read, case, policy=policy)
    assert result.failures == ()


def test_waivers_in_the_file_of_the_tests_hold_for_cases_with_a_day(read: Read) -> None:
    head = (
        "apiVersion: headwater/v1\nkind: Waiver\nmetadata: {id: wv-1}\nrule: team/cap\nmatch: {dataset: data/train}\n"
        "relax: {max: 0.25}\nreason: the vendor delivers the human-made half again\nrequested_by: ana\n"
        'approved_by: [bo]\nnot_before: "2026-12-01"\nexpires: "2026-12-15"\n---\n'
        "apiVersion: headwater/v1\nkind: PolicyTest\nmetadata: {id: team-tests}\npolicy: team\ncases:\n"
    )
    cases = (
        f'  - name: inside\n    at: "2026-12-10"\n    {OVER}\n    expect: {{cap: waived}}\n'
        f'  - name: named\n    at: "2026-12-10"\n    waivers: [wv-1]\n    {OVER}\n    expect: {{cap: waived}}\n'
        f"  - name: no day\n    {OVER}\n    expect: {{cap: fail}}\n"
    )
    assert [result.failures for result in judged(read, cases, head=head)] == [(), (), ()]


def test_what_a_check_cannot_take_is_a_failure_of_that_rule_alone(read: Read) -> None:
    tests = read(f"  - name: a case\n    {OVER}\n    expect: {{cap: fail, card: warn}}\n")
    (case,) = tests.cases
    cap, *others = case.policy.rules
    broken = cap._replace(params=rules.by_id(cap.check).build({"max": 0.2, "per": 5}))
    (result,) = run([case._replace(policy=case.policy._replace(rules=(broken, *others)))])
    assert [failure.rule for failure in result.failures] == ["team/cap"]
    assert result.failures[0].message.startswith("team/cap cannot be judged: ")
    assert list(result.rulings) == ["team/card"]


RATCHET = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    with: {max: 0.5, per: [dataset]}
    ratchet: {against: base, max_worse: 0.02}
"""


@pytest.mark.parametrize(
    ("machine", "earlier", "status"),
    [
        pytest.param(120, "{shards: {a.jsonl: [{origin: machine, records: 1}, {origin: human, records: 9}]}}", "pass"),
        pytest.param(121, "{shards: {a.jsonl: [{origin: machine, records: 1}, {origin: human, records: 9}]}}", "fail"),
        pytest.param(1, "{gap: there is no version before}", "not-evaluated"),
    ],
    ids=["as much worse as it may be", "one record more", "no reference"],
)
def test_a_ratchet_is_held_against_what_was_there_earlier(read: Read, machine: int, earlier: str, status: str) -> None:
    shards = (
        f"shards: {{b.jsonl: [{{origin: machine, records: {machine}}}, {{origin: human, records: {1000 - machine}}}]}}"
    )
    case = f"  - name: later\n    given: {{{shards}, earlier: {{base: {earlier}}}}}\n    expect: {{cap: {status}}}\n"
    (result,) = judged(read, case, policy=RATCHET)
    assert result.failures == ()
