"""Which mutants there are, which are the same policy written otherwise, and which case notices which."""

from __future__ import annotations

import pytest
from policytest.conftest import Read

from checker.model.policy import Policy
from checker.policy.load import load_policies
from checker.policytest.coverage import coverage, told_without_limits
from checker.policytest.judging import run
from checker.policytest.mutate import judge, mutants
from checker.rules._cel import installed

HEAD = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: 1.0.0}\n"


def policy(rule: str, more: str = "") -> Policy:
    (found,) = load_policies({"policies/team.yaml": f"{HEAD}{more}rules:\n  - {{id: r, {rule}}}\n".encode()})
    return found


def changes(rule: str, more: str = "") -> list[str]:
    return [mutant.what for mutant in mutants(policy(rule, more))]


def survivors(read: Read, rule: str, cases: str, more: str = "") -> list[str]:
    text = f"{HEAD}{more}rules:\n  - {{id: r, {rule}}}\n"
    tests = read(cases, policy=text)
    assert tests.faults == ()
    results = list(run(tests.cases))
    assert [failure for result in results for failure in result.failures] == []
    verdicts = [judge(mutant, results) for mutant in mutants(tests.cases[0].policy)]
    return [verdict.mutant.what for verdict in verdicts if verdict.killed_by is None]


def test_everything_that_a_rule_says_is_changed() -> None:
    found = changes(
        "check: synthetic-cap, level: block, stages: [pr, release], waivable: false, when_missing: warn, "
        "select: {datasets: [a, b], roles: [train], labels: [x], paths: [s], where: {domain: [health, legal]}, "
        "require_match: true}, with: {max: 0.2, per: [dataset], unknown_as: prior, min_records: 5}"
    )
    assert found == [
        "the rule is removed",
        "level block -> off",
        "level block -> audit",
        "level block -> warn",
        "stages with commit",
        "stages with push",
        "stages without pr",
        "stages without release",
        "when_missing warn -> not stated",
        "waivable false -> true",
        "select.datasets left open",
        "select.datasets without a",
        "select.datasets without b",
        "select.roles left open",
        "select.labels left open",
        "select.paths left open",
        "select.where without domain",
        "select.where.domain without health",
        "select.where.domain without legal",
        "select.require_match true -> false",
        "with.max 0.2 -> 0.199",
        "with.max 0.2 -> 0.201",
        "with.max 0.2 -> 0.1",
        "with.max 0.2 -> 0.3",
        "with.per dataset -> shard",
        "with.per with shard",
        "with.per with domain",
        "with.per with language",
        "with.per with source",
        "with.unknown_as prior -> machine",
        "with.min_records 5 -> 4",
        "with.min_records 5 -> 6",
        "with.min_records 5 -> 0",
        "with.min_records 5 -> 15",
    ]


@pytest.mark.parametrize(
    ("rule", "absent"),
    [
        pytest.param("check: card-required, level: warn", "when_missing", id="a warning never blocks"),
        pytest.param(
            "check: synthetic-cap, level: block, when_missing: skip, with: {max: 0.2}",
            "when_missing skip -> warn",
            id="skip and warn block nowhere",
        ),
        pytest.param(
            "check: synthetic-cap, level: block, stages: [release], with: {max: 0.2}",
            "when_missing as the stage says -> block",
            id="at a release missing evidence blocks anyway",
        ),
        pytest.param(
            "check: synthetic-cap, level: block, with: {max: 0.2}", "select.require_match", id="a rule for everything"
        ),
        pytest.param(
            "check: synthetic-cap, level: warn, select: {roles: [train]}, with: {max: 0.2}",
            "select.require_match",
            id="a warning that matches nothing",
        ),
        pytest.param(
            "check: source-metadata, level: warn, with: {min: 1.0}", "removed (", id="a default that is stated"
        ),
        pytest.param("check: synthetic-cap, level: block, with: {max: 0}", "0 -> -", id="no limit below the least"),
        pytest.param("check: synthetic-cap, level: block, with: {max: 0.2}", "max_bad_rows", id="what nobody states"),
    ],
)
def test_a_change_that_changes_nothing_is_no_mutant(rule: str, absent: str) -> None:
    found = changes(rule)
    assert found
    assert [what for what in found if absent in what] == []


@pytest.mark.skipif(not installed(), reason="the extra `cel` is not installed")
def test_the_numbers_of_a_condition_are_limits(read: Read) -> None:
    rule = 'check: expression, level: block, with: {cel: "records.total >= 1000 && share.machine <= 0.2"}'
    asked = [what for what in changes(rule) if what.startswith("with.")]
    assert asked == [
        "with.cel turned round",
        "with.cel 1000 -> 999",
        "with.cel 1000 -> 1001",
        "with.cel 0.2 -> 0.199",
        "with.cel 0.2 -> 0.201",
    ]
    few = "shards: {a: [{origin: machine, records: 100}, {origin: human, records: 899}]}"
    much = "shards: {a: [{origin: machine, records: 401}, {origin: human, records: 1599}]}"
    cases = (
        "  - name: at both limits\n    given: {composition: {machine: {x: {a: 0.2}}}}\n    expect: {r: pass}\n"
        f"  - name: one record less\n    given: {{{few}}}\n    expect: {{r: fail}}\n"
        f"  - name: one record more\n    given: {{{much}}}\n    expect: {{r: fail}}\n"
    )
    assert [what for what in survivors(read, rule, cases) if what.startswith("with.")] == []


def test_a_rule_that_is_off_has_no_mutants() -> None:
    more = "  - {id: other, check: card-required, level: warn}\n"
    text = f'{HEAD}rules:\n  - {{id: r, check: synthetic-cap, level: "off", with: {{max: 0.2}}}}\n{more}'
    (found,) = load_policies({"policies/team.yaml": text.encode()})
    assert {mutant.rule_id for mutant in mutants(found)} == {"team/other"}


def test_what_a_pack_says_is_tested_with_the_pack() -> None:
    own = "extends: [{pack: baseline@1}]\n"
    text = f"{HEAD}{own}rules:\n  - {{id: synthetic-cap, check: synthetic-cap, with: {{max: 0.1}}}}\n"
    (found,) = load_policies({"policies/team.yaml": text.encode()})
    assert {mutant.rule_id for mutant in mutants(found)} == {"team/synthetic-cap"}
    assert [row.rule.id for row in coverage([found], [], [])] == ["team/synthetic-cap"]


def test_mutants_are_the_same_each_time() -> None:
    rule = "check: license-allowed, level: block, with: {allow: [MIT, CC0-1.0], deny: [GPL-*]}"
    assert changes(rule) == changes(rule)
    assert len(set(changes(rule))) == len(changes(rule))


AT_THE_CAP = """\
  - name: at the cap
    stage: [commit, push, pr, release]
    given: {shards: {a: [{origin: machine, records: 200}, {origin: human, records: 800}]}}
    expect: {r: {status: pass, waivable: true, count: 1}}
"""
OVER_THE_CAP = """\
  - name: over the cap
    given: {shards: {a: [{origin: machine, records: 401}, {origin: human, records: 1599}]}}
    expect: {r: fail}
"""
UNKNOWN = """\
  - name: unmeasured
    stage: [commit, push]
    given: {shards: {a: {unmeasured: OFFLINE}}}
    expect: {r: {status: not-evaluated, blocking: false}}
  - name: unmeasured at last
    stage: [pr, release]
    given: {shards: {a: {unmeasured: OFFLINE}}}
    expect: {r: {status: not-evaluated, blocking: true}}
"""
CAP = "check: synthetic-cap, level: block, with: {max: 0.2, per: [dataset]}"


def test_both_sides_of_a_limit_need_a_case(read: Read) -> None:
    assert "with.max 0.2 -> 0.201" in survivors(read, CAP, AT_THE_CAP)
    assert "with.max 0.2 -> 0.199" not in survivors(read, CAP, AT_THE_CAP)
    assert "with.max 0.2 -> 0.199" in survivors(read, CAP, OVER_THE_CAP)
    assert "with.max 0.2 -> 0.201" not in survivors(read, CAP, OVER_THE_CAP)


def test_cases_on_both_sides_at_all_stages_leave_only_what_parts_would_show(read: Read) -> None:
    left = survivors(read, CAP, AT_THE_CAP + OVER_THE_CAP + UNKNOWN)
    assert left == [f"with.per {change}" for change in ("dataset -> shard", "with shard")]


def test_coverage_says_what_is_lacking(read: Read) -> None:
    tests = read(AT_THE_CAP, policy=f"{HEAD}rules:\n  - {{id: r, {CAP}}}\n")
    results = list(run(tests.cases))
    found = tests.cases[0].policy
    verdicts = [judge(mutant, results) for mutant in mutants(found)]
    (row,) = coverage([found], results, verdicts)
    assert row.lacks == (
        "a case that fails",
        "a case without its evidence (not-evaluated)",
        "a case that fails by less than the step from 0.2 to 0.201 (with.max 0.2 -> 0.201)",
    )
    (row,) = told_without_limits([row])
    assert row.lacks == ("a case that fails",)


def test_a_case_that_fails_covers_nothing(read: Read) -> None:
    wrong = AT_THE_CAP.replace("status: pass", "status: fail")
    tests = read(wrong, policy=f"{HEAD}rules:\n  - {{id: r, {CAP}}}\n")
    (row,) = coverage([tests.cases[0].policy], list(run(tests.cases)), [])
    assert not row.passed
    assert not row.failed


RATCHET = (
    "check: synthetic-cap, level: block, with: {max: 0.5, per: [dataset]}, ratchet: {against: base, max_worse: 0.02}"
)
WORSE = """\
  - name: as much worse as it may be
    given:
      shards: {b: [{origin: machine, records: 120}, {origin: human, records: 880}]}
      earlier: {base: {shards: {a: [{origin: machine, records: 100}, {origin: human, records: 900}]}}}
    expect: {r: pass}
  - name: a little worse than that
    given:
      shards: {b: [{origin: machine, records: 241}, {origin: human, records: 1759}]}
      earlier: {base: {shards: {a: [{origin: machine, records: 100}, {origin: human, records: 900}]}}}
    expect: {r: fail}
"""


def test_a_ratchet_is_changed_too(read: Read) -> None:
    assert [what for what in changes(RATCHET) if "ratchet" in what] == [
        "the ratchet is removed",
        "ratchet against release",
        "ratchet against gold",
        "ratchet.when_missing -> skip",
        "ratchet.when_missing -> block",
        "ratchet.max_worse 0.02 -> 0.019",
        "ratchet.max_worse 0.02 -> 0.021",
        "ratchet.max_worse 0.02 -> 0.04",
        "ratchet.max_worse 0.02 -> 0.01",
    ]
    left = [what for what in survivors(read, RATCHET, WORSE) if "ratchet" in what]
    assert left == ["ratchet.when_missing -> skip", "ratchet.when_missing -> block"]


TERMS = "waivers: {max_days: 14, signatures: required}\n"
WAIVED = """\
  - name: waived for as long as may be
    at: 2026-12-10
    signed_by: [bo]
    given: {shards: {a: [{origin: machine, records: 21}, {origin: human, records: 79}]}}
    waivers:
      - rule: team/r
        match: {dataset: data/train}
        relax: {max: 0.25}
        reason: the vendor delivers the human-made half again in December
        requested_by: ana
        approved_by: [bo]
        not_before: 2026-12-01
        expires: 2026-12-15
    expect: {r: waived}
"""


def test_what_a_policy_asks_of_waivers_is_changed_too(read: Read) -> None:
    one_day_more = WAIVED.replace("as long as may be", "a day too long").replace("12-15", "12-16")
    unsigned = WAIVED.replace("as long as may be", "nobody").replace("    signed_by: [bo]\n", "")
    asked = [what for what in changes(CAP, TERMS) if what.startswith("waivers")]
    assert asked == [
        "waivers.max_days 14 -> 13",
        "waivers.max_days 14 -> 15",
        "waivers.min_approvers 1 -> 0",
        "waivers.min_approvers 1 -> 2",
        "waivers.signatures required -> optional",
    ]
    cases = WAIVED + (one_day_more + unsigned).replace("r: waived", "r: fail")
    left = [what for what in survivors(read, CAP, cases, TERMS) if what.startswith("waivers")]
    assert left == ["waivers.min_approvers 1 -> 0"]


def test_a_waiver_that_nobody_approved_shows_that_somebody_must(read: Read) -> None:
    unnamed = WAIVED.replace("        approved_by: [bo]\n", "").replace("r: waived", "r: fail")
    left = survivors(read, CAP, unnamed, "waivers: {max_days: 14}\n")
    assert "waivers.min_approvers 1 -> 2" in left
    assert "waivers.min_approvers 1 -> 0" not in left
