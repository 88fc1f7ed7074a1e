"""Waivers at work: what they relieve, what they never relieve, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import evaluate, rules
from checker.errors import PolicyError
from checker.evaluate.relief import NO_RELIEF, Relief
from checker.evaluate.waiver_findings import of_waivers
from checker.evaluate.waiving import Trial
from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.exemption import Match, Waiver
from checker.model.location import Location
from checker.model.outcome import RATCHET, Outcome, Status
from checker.model.policy import Approvers, Level, Policy, Ratchet, RuleUse, Selector, Stage, WaiverTerms
from checker.model.report import Report
from checker.policy.rulebook import Rulebook
from checker.policy.waivers.standing import Standing, State
from checker.policytest.given import evidence

TODAY = "2026-11-23"
PLACE = Location("waivers/a.yaml", 3)
ANYBODY = WaiverTerms(max_days=400, min_approvers=0)


def shard(machine: int, human: int = 100) -> list[dict[str, Any]]:
    return [{"origin": "machine", "records": machine}, {"origin": "human", "records": human - machine}]


# 30 %, 10 % and 22 % of machine-made records.
THREE = {"shards": {"a.jsonl": shard(30), "b.jsonl": shard(10), "c.jsonl": shard(22)}}
OPEN = {"shards": {"a.jsonl": {"unmeasured": "OFFLINE"}}}
HALF_OPEN = {"shards": {"a.jsonl": shard(30), "b.jsonl": {"unmeasured": "OFFLINE"}}}


def rule(params: Mapping[str, object] | None = None, **given: Any) -> RuleUse:
    chosen = params or {"max": 0.2, "per": ["shard"]}
    fields: dict[str, Any] = {"id": "team/cap", "level": Level.BLOCK, "select": Selector(), **given}
    check = fields.pop("check", "synthetic-cap")
    return RuleUse(
        check=check, params=rules.by_id(check).build(chosen), location=Location("policies/team.yaml", 9), **fields
    )


def waiver(name: str = "wv-1", match: Match | None = None, **given: Any) -> Waiver:
    fields: dict[str, Any] = {
        "rule": "team/cap",
        "relax": {"max": 0.25},
        "reason": "the vendor delivers again",
        "expires": "2027-01-10",
        "requested_by": "ana",
        "approved_by": ("bo",),
        **given,
    }
    return Waiver(id=name, match=match or Match("data/train"), location=PLACE, **fields)


def book(used: Sequence[RuleUse], *waivers: Waiver, terms: WaiverTerms = ANYBODY, **given: Any) -> Rulebook:
    policy = Policy("team", "1.0.0", "sha256:p", tuple(used), Location("policies/team.yaml", 3), waivers=terms)
    return Rulebook(policies=(policy,), waivers=waivers, **given)


def judged(
    described: Mapping[str, Any],
    *waivers: Waiver,
    used: Sequence[RuleUse] | None = None,
    stage: Stage = Stage.PR,
    today: str = TODAY,
    terms: WaiverTerms = ANYBODY,
    **given: Any,
) -> tuple[Outcome, ...]:
    ruling = book(used or (rule(),), *waivers, terms=terms, **given)
    relief = Relief.of(ruling, today)
    return evaluate.apply(ruling.policies, {"data/train": evidence(described)}, stage, relief=relief)


def told(
    described: Mapping[str, Any],
    *waivers: Waiver,
    stage: Stage = Stage.PR,
    today: str = TODAY,
    complete: bool = True,
    **given: Any,
) -> list[Outcome]:
    """What is said of the waivers themselves."""
    ruling = book(given.pop("used", (rule(),)), *waivers, **given)
    relief = Relief.of(ruling, today)
    found = evaluate.apply(ruling.policies, {"data/train": evidence(described)}, stage, relief=relief)
    return list(of_waivers(relief, found, stage, complete=complete))


def by_shard(outcomes: Sequence[Outcome]) -> dict[str, Status]:
    return {dict(outcome.scope).get("shard", "whole"): outcome.status for outcome in outcomes}


def exit_code(outcomes: Sequence[Outcome]) -> int:
    snapshot = Snapshot(SnapshotKind.INDEX, "index")
    return Report("0", Stage.PR, snapshot, None, (), (), tuple(outcomes)).exit_code


@pytest.mark.parametrize(
    ("relaxed", "statuses"),
    [
        pytest.param(0.219, {"a.jsonl": "fail", "c.jsonl": "fail"}, id="just under what is measured"),
        pytest.param(0.22, {"a.jsonl": "fail", "c.jsonl": "waived"}, id="exactly what is measured"),
        pytest.param(0.25, {"a.jsonl": "fail", "c.jsonl": "waived"}, id="between the two"),
        pytest.param(0.3, {"a.jsonl": "waived", "c.jsonl": "waived"}, id="exactly the worst"),
        pytest.param(0.99, {"a.jsonl": "waived", "c.jsonl": "waived"}, id="far beyond"),
    ],
)
def test_only_what_the_relaxed_limit_allows_is_waived(relaxed: float, statuses: dict[str, str]) -> None:
    found = by_shard(judged(THREE, waiver(relax={"max": relaxed})))
    assert found == {"b.jsonl": Status.PASS, **{name: Status(status) for name, status in statuses.items()}}


def test_what_a_waived_outcome_carries() -> None:
    (found,) = (
        outcome
        for outcome in judged(THREE, waiver(ticket="DATA-1", expires="2026-12-15"))
        if outcome.status is Status.WAIVED
    )
    assert not found.blocking
    assert found.measured == 0.22 and found.limit == 0.2
    assert found.reason == (
        "waived by wv-1 until 2026-12-15, 22 days left, ticket DATA-1, approved by bo (approver not verified)"
    )
    exemption = found.exemption
    assert exemption is not None
    assert (exemption.kind, exemption.id, exemption.limit) == ("waiver", "wv-1", 0.25)
    assert (exemption.days_left, exemption.location) == (22, PLACE)
    assert (exemption.approved_by, exemption.verified) == (("bo",), ())
    assert found.covered_by == ("wv-1",)


def test_a_breach_beyond_the_waiver_says_what_the_waiver_would_allow() -> None:
    (found,) = (outcome for outcome in judged(THREE, waiver()) if outcome.status is Status.FAIL)
    assert found.blocking
    assert found.reason == "the waiver wv-1 allows max 0.25 until 2027-01-10, and that is not enough"


@pytest.mark.parametrize(
    ("match", "waived"),
    [
        pytest.param(Match("data/train"), {"a.jsonl", "c.jsonl"}, id="the dataset"),
        pytest.param(Match("data/*"), {"a.jsonl", "c.jsonl"}, id="a glob over datasets"),
        pytest.param(Match("data/other"), set(), id="another dataset"),
        pytest.param(Match("*"), set(), id="a glob that stays within a folder"),
        pytest.param(Match("data/train", shard="c.jsonl"), {"c.jsonl"}, id="one shard"),
        pytest.param(Match("data/train", shard="[ac].jsonl"), set(), id="brackets stand for themselves"),
        pytest.param(Match("data/train", shard="*"), {"a.jsonl", "c.jsonl"}, id="every shard"),
        pytest.param(Match("data/train", domain="health"), set(), id="a domain that no finding is about"),
        pytest.param(Match("data/train", shard="c.jsonl", domain="health"), set(), id="a shard and a domain"),
    ],
)
def test_where_a_waiver_is_for(match: Match, waived: set[str]) -> None:
    found = by_shard(judged(THREE, waiver(match=match, relax={"max": 0.5})))
    assert {name for name, status in found.items() if status is Status.WAIVED} == waived


def test_a_waiver_for_a_shard_does_not_cover_the_whole_dataset() -> None:
    used = (rule({"max": 0.2, "per": ["dataset", "shard"]}),)
    found = by_shard(judged(THREE, waiver(match=Match("data/train", shard="*"), relax={"max": 0.5}), used=used))
    assert found["whole"] is Status.FAIL
    assert found["a.jsonl"] is Status.WAIVED


def test_a_waiver_for_the_only_shard_covers_the_dataset() -> None:
    used = (rule({"max": 0.2, "per": ["dataset", "shard"]}),)
    one = {"shards": {"a.jsonl": shard(30)}}
    (found,) = judged(one, waiver(match=Match("data/train", shard="a.jsonl"), relax={"max": 0.5}), used=used)
    assert found.status is Status.WAIVED


def test_a_waiver_for_a_domain_covers_a_rule_that_is_for_that_domain() -> None:
    described = {"shards": {"a.jsonl": [{"origin": "machine", "records": 9, "domain": "health"}]}}
    where = Selector(where={"domain": ("health",)})
    used = (rule({"max": 0.2, "per": ["dataset"]}, select=where),)
    relax = {"max": 0.999}
    (found,) = judged(described, waiver(match=Match("data/train", domain="health"), relax=relax), used=used)
    assert found.status is Status.FAIL  # all of it is machine-made, and a waiver never switches a rule off
    assert "not enough" in found.reason
    (other,) = judged(described, waiver(match=Match("data/train", domain="legal"), relax=relax), used=used)
    assert other.reason == "" and other.covered_by == ()


@pytest.mark.parametrize("level", [Level.WARN, Level.AUDIT])
def test_a_rule_that_only_warns_is_waived_the_same(level: Level) -> None:
    found = by_shard(judged(THREE, waiver(), used=(rule(level=level),)))
    assert found == {"a.jsonl": Status.WARN, "b.jsonl": Status.PASS, "c.jsonl": Status.WAIVED}


def test_what_is_doubtful_is_waived_too() -> None:
    labels = [
        {"origin": "machine", "records": 30, "scores": {900: 20, 500: 10}},
        {"origin": "human", "records": 970, "scores": {980: 970}},
    ]
    described = {"shards": {"a.jsonl": labels}}
    used = (rule({"max": 0.05, "per": ["dataset"]}),)
    assert [one.status for one in judged(described, used=used)] == [Status.WARN]
    assert [one.status for one in judged(described, waiver(relax={"max": 0.09}), used=used)] == [Status.WAIVED]
    # Doubt about the relaxed limit is no relief either.
    assert [one.status for one in judged(described, waiver(relax={"max": 0.0505}), used=used)] == [Status.WARN]


def test_what_breaks_the_rule_for_sure_and_the_relaxed_one_perhaps_is_not_waived() -> None:
    labels = [{"origin": "machine", "records": 300}, {"origin": "human", "records": 700, "scores": {980: 700}}]
    used = (rule({"max": 0.2, "per": ["dataset"]}),)
    (found,) = judged({"shards": {"a.jsonl": labels}}, waiver(relax={"max": 0.315}), used=used)
    assert found.status is Status.FAIL


@pytest.mark.parametrize("stage", list(Stage))
def test_not_evaluated_stays_so(stage: Stage) -> None:
    plain = judged(OPEN, stage=stage)
    assert judged(OPEN, waiver(relax={"max": 0.99}), stage=stage) == plain
    assert [outcome.status for outcome in plain] == [Status.NOT_EVALUATED]


def test_a_shard_that_is_measured_is_waived_beside_one_that_is_not() -> None:
    found = judged(HALF_OPEN, waiver(relax={"max": 0.4}))
    assert [outcome.status for outcome in found] == [Status.WAIVED, Status.NOT_EVALUATED]
    assert exit_code(found) == 3


def test_a_dataset_that_is_measured_in_part_is_not_within_a_relaxed_limit() -> None:
    used = (rule({"max": 0, "per": ["dataset"]}),)
    plain = judged(HALF_OPEN, used=used)
    assert [outcome.status for outcome in plain] == [Status.FAIL, Status.NOT_EVALUATED]
    found = judged(HALF_OPEN, waiver(relax={"max": 0.5}), used=used)
    assert [outcome.status for outcome in found] == [Status.FAIL, Status.NOT_EVALUATED]


def test_other_breaches_of_the_same_rule_stay() -> None:
    described = {"shards": {"a.jsonl": {"cells": shard(22), "bad_rows": 3}}}
    found = judged(described, waiver())
    assert {outcome.unit: outcome.status for outcome in found} == {
        "bad rows": Status.FAIL,
        "share of records": Status.WAIVED,
    }
    (rows,) = (one for one in judged(described, waiver(relax={"max_bad_rows": 3})) if one.unit == "bad rows")
    assert rows.status is Status.WAIVED


def test_a_relaxed_rule_that_breaks_elsewhere_relieves_nothing() -> None:
    # Small parts are judged within the whole then, which breaks the cap as well.
    found = by_shard(judged(THREE, waiver(relax={"min_records": 1000})))
    assert found["a.jsonl"] is Status.FAIL and found["c.jsonl"] is Status.FAIL


def test_a_waiver_relaxes_the_limit_not_the_reference() -> None:
    """What is worse than a reference stays so; that there is none keeps no limit from being relaxed."""
    described = {"shards": {"a.jsonl": {"cells": shard(22), "bad_rows": 3}}}
    used = (rule(ratchet=Ratchet("base", max_worse=0.02)),)
    relax = {"max": 0.25, "max_bad_rows": 3}
    found = judged(described, waiver(relax=relax), used=used)
    assert [(one.unit, one.status) for one in found if "ratchet" not in dict(one.scope)] == [
        ("bad rows", Status.WAIVED),
        ("share of records", Status.WAIVED),
    ]
    (missing,) = (one for one in found if "ratchet" in dict(one.scope))
    assert missing.status is Status.NOT_EVALUATED and missing.blocking
    ruling = book(used, waiver(relax=relax))
    now, before = evidence(described), evidence({"shards": {"a.jsonl": shard(10)}})
    held = now._replace(earlier={"base": before._replace(label="base")})
    both = evaluate.apply(ruling.policies, {"data/train": held}, Stage.PR, relief=Relief.of(ruling, TODAY))
    assert {one.status for one in both if "ratchet" in dict(one.scope)} == {Status.FAIL}
    assert {one.status for one in both if "ratchet" not in dict(one.scope)} == {Status.WAIVED}


def test_several_waivers_the_loosest_that_suffices_counts_and_all_are_named() -> None:
    several = (
        waiver("wv-a", relax={"max": 0.21}),
        waiver("wv-b", relax={"max": 0.25}),
        waiver("wv-c", relax={"max": 0.24}),
        waiver("wv-d", relax={"max": 0.25}, expires="2026-12-01"),
    )
    for order in permutations(several):
        (found,) = (one for one in judged(THREE, *order) if one.status is Status.WAIVED)
        assert found.exemption is not None
        assert (found.exemption.id, found.exemption.others) == ("wv-b", ("wv-c", "wv-d"))
        assert found.covered_by == ("wv-a", "wv-b", "wv-c", "wv-d")
        assert found.reason.endswith("also by wv-c, wv-d")


def test_the_loosest_of_limits_that_are_a_least() -> None:
    described = {"shards": {"a.jsonl": shard(0)}}
    used = (rule({"min": 0.9, "fields": ["url"], "per": ["dataset"]}, check="source-metadata"),)
    plain = judged(described, used=used)
    assert [one.status for one in plain] == [Status.FAIL]
    found = judged(described, waiver(relax={"min": 0.5}), used=used)
    assert [one.status for one in found] == [Status.FAIL]


class TestManyParts:
    """More parts than a report lists one by one."""

    PARTS: Mapping[str, Any] = {f"{number:03}.jsonl": shard(30 if number % 2 else 40) for number in range(120)}
    MANY: Mapping[str, Any] = {"shards": PARTS}

    def test_a_narrower_waiver_hides_nothing(self) -> None:
        match = Match("data/train", shard="00?.jsonl")
        found = judged(self.MANY, waiver(match=match, relax={"max": 0.5}))
        failing = [one for one in found if one.status is Status.FAIL]
        assert len([one for one in found if one.status is Status.WAIVED]) == 10
        assert len(failing) == 51
        assert failing[-1].measured == 110 and failing[-1].blocking
        assert "110 findings like these, the first 50 are listed" in failing[-1].message

    def test_a_waiver_that_is_not_enough_for_half_of_them(self) -> None:
        found = judged(self.MANY, waiver(relax={"max": 0.35}))
        assert sum(one.status is Status.FAIL for one in found) == 51
        assert exit_code(found) == 1
        summed = [one for one in found if one.unit == "findings"]
        assert [(one.status, one.measured) for one in summed] == [(Status.FAIL, 60), (Status.WAIVED, 60)]

    def test_a_waiver_for_all_of_them(self) -> None:
        found = judged(self.MANY, waiver(relax={"max": 0.5}))
        assert {one.status for one in found} == {Status.WAIVED}
        assert exit_code(found) == 0

    def test_a_waiver_by_another_glob_for_all_of_them(self) -> None:
        found = judged(self.MANY, waiver(match=Match("data/train", shard="*.jsonl"), relax={"max": 0.5}))
        assert exit_code(found) == 0

    def test_one_part_too_many(self) -> None:
        described = {"shards": {**self.PARTS, "one-more.jsonl": shard(51)}}
        found = judged(described, waiver(relax={"max": 0.5}))
        assert [dict(one.scope) for one in found if one.status is Status.FAIL] == [{"shard": "one-more.jsonl"}]

    def test_a_waiver_without_effect_changes_nothing(self) -> None:
        assert [one._replace(reason="", covered_by=()) for one in judged(self.MANY, waiver(expires="2026-11-22"))] == [
            *judged(self.MANY)
        ]


class TestDays:
    """Both ends count."""

    @pytest.mark.parametrize(
        ("today", "status"),
        [
            pytest.param("2026-11-30", Status.FAIL, id="the day before"),
            pytest.param("2026-12-01", Status.WAIVED, id="the first day"),
            pytest.param("2026-12-31", Status.WAIVED, id="the last day"),
            pytest.param("2027-01-01", Status.FAIL, id="the day after"),
        ],
    )
    def test_when_it_counts(self, today: str, status: Status) -> None:
        one = waiver(not_before="2026-12-01", expires="2026-12-31")
        assert by_shard(judged(THREE, one, today=today))["c.jsonl"] is status

    @pytest.mark.parametrize(
        ("today", "said"),
        [
            pytest.param("2026-12-16", [], id="15 days left"),
            pytest.param("2026-12-17", ["waiver-expiring"], id="14 days left"),
            pytest.param("2026-12-31", ["waiver-expiring"], id="the last day"),
            pytest.param("2027-01-01", ["waiver-expired"], id="over"),
            pytest.param("2026-11-01", [], id="not yet"),
        ],
    )
    def test_it_warns_before_and_after(self, today: str, said: list[str]) -> None:
        found = told(THREE, waiver(not_before="2026-12-01", expires="2026-12-31"), today=today)
        assert [one.check for one in found] == said
        assert all(
            one.status is Status.WARN and not one.blocking and one.rule.startswith("headwater/") for one in found
        )

    def test_the_words(self) -> None:
        one = waiver(expires="2026-12-01", ticket="DATA-1", owner="cy")
        (before,) = told(THREE, one)
        assert (
            before.message == "the waiver wv-1 lapses in 8 days, after 2026-12-01: from then on team/cap applies again"
        )
        assert before.fix == "mend the data by then, or ask for a new waiver (ticket DATA-1, owner cy)"
        (after,) = told(THREE, one, today="2026-12-02")
        assert after.message == "the waiver wv-1 lapsed on 2026-12-01 (1 day ago), team/cap applies again"
        assert after.location == PLACE

    def test_a_lapsed_waiver_is_named_where_the_rule_bites(self) -> None:
        found = [one for one in judged(THREE, waiver(expires="2026-11-22")) if one.status is Status.FAIL]
        assert [one.reason for one in found] == ["the waiver wv-1 lapsed on 2026-11-22"] * 2

    def test_too_long_from_today_is_refused(self) -> None:
        terms = WaiverTerms(max_days=30, min_approvers=0)
        with pytest.raises(PolicyError, match="would hold for 31 days from 2026-11-23; team/cap allows 30"):
            judged(THREE, waiver(expires="2026-12-24"), terms=terms)
        assert by_shard(judged(THREE, waiver(expires="2026-12-23"), terms=terms))["c.jsonl"] is Status.WAIVED


class TestIdle:
    """Waivers that help nothing."""

    def test_one_that_nothing_needs(self) -> None:
        (found,) = told({"shards": {"a.jsonl": shard(1)}}, waiver())
        assert found.check == "waiver-unused"
        assert found.message == "nothing needs the waiver wv-1: team/cap finds nothing there"
        assert found.fix == "remove waivers/a.yaml"

    def test_one_for_a_dataset_that_is_not_judged(self) -> None:
        (found,) = told(THREE, waiver(match=Match("data/gone")))
        assert found.message == "nothing needs the waiver wv-1: team/cap judges no dataset data/gone"

    def test_one_that_is_not_enough(self) -> None:
        (found,) = told(THREE, waiver(relax={"max": 0.21}))
        assert found.check == "waiver-ineffective"
        assert "allows max 0.21, which is not enough for any of the 2 findings" in found.message

    def test_one_of_two_that_does_nothing(self) -> None:
        (found,) = told(THREE, waiver("wv-a", relax={"max": 0.21}), waiver("wv-b", relax={"max": 0.3}))
        assert found.message.startswith("the waiver wv-a allows max 0.21")

    def test_only_a_run_over_everything_can_tell(self) -> None:
        assert told({"shards": {"a.jsonl": shard(1)}}, waiver(), complete=False) == []

    def test_what_was_not_evaluated_may_yet_need_it(self) -> None:
        assert told(OPEN, waiver()) == []

    def test_a_rule_of_another_stage_says_nothing(self) -> None:
        assert told(THREE, waiver(), used=(rule(stages=(Stage.RELEASE,)),)) == []


class TestApproval:
    """Who may approve, as the policy asks."""

    @pytest.mark.parametrize(
        ("terms", "given", "problem"),
        [
            pytest.param(WaiverTerms(), {}, "", id="one approver"),
            pytest.param(WaiverTerms(), {"approved_by": ()}, "it needs 1 approver, and has none", id="nobody"),
            pytest.param(
                WaiverTerms(),
                {"approved_by": ("ana",)},
                "it needs 1 approver, and has none (ana asked for it or owns it)",
                id="who asked for it",
            ),
            pytest.param(
                WaiverTerms(), {"approved_by": ("ANA",)}, "asked for it or owns it", id="who asked for it, in capitals"
            ),
            pytest.param(WaiverTerms(), {"approved_by": ("cy",), "owner": "cy"}, "has none (cy asked", id="the owner"),
            pytest.param(
                WaiverTerms(min_approvers=2), {"approved_by": ("bo", "Bo")}, "2 approvers, and has 1", id="one as two"
            ),
            pytest.param(WaiverTerms(min_approvers=2), {"approved_by": ("bo", "cy")}, "", id="two"),
            pytest.param(WaiverTerms(approver_groups=("safety",)), {}, "", id="a member of the group"),
            pytest.param(
                WaiverTerms(approver_groups=("safety",)),
                {"approved_by": ("di",)},
                "it needs 1 approver of safety, and has none",
                id="no member",
            ),
            pytest.param(
                WaiverTerms(approver_groups=("board",)),
                {},
                "governance/groups.yaml does not have the group board",
                id="a group that nobody wrote down",
            ),
            pytest.param(
                WaiverTerms(signatures="required"), {}, "1 approver with a signature that holds", id="not signed"
            ),
            pytest.param(
                WaiverTerms(signatures="required", min_approvers=0), {}, "with a signature", id="signed by nobody"
            ),
        ],
    )
    def test_what_counts(self, terms: WaiverTerms, given: dict[str, Any], problem: str) -> None:
        approvers = Approvers(groups={"safety": ("bo", "cy")})
        terms = terms._replace(max_days=400)
        found = by_shard(judged(THREE, waiver(**given), terms=terms, approvers=approvers))
        assert found["c.jsonl"] is (Status.FAIL if problem else Status.WAIVED)
        said = told(THREE, waiver(**given), terms=terms, approvers=approvers)
        assert [one.check for one in said] == (["waiver-unapproved"] if problem else [])
        assert all(problem in one.message and one.blocking and one.status is Status.FAIL for one in said)

    def test_at_commit_it_may_still_be_a_proposal(self) -> None:
        for stage in (Stage.COMMIT, Stage.PUSH):
            (found,) = told(THREE, waiver(approved_by=()), terms=WaiverTerms(max_days=400), stage=stage)
            assert (found.status, found.blocking) == (Status.WARN, False)

    def test_a_finding_says_why_its_waiver_has_no_effect(self) -> None:
        terms = WaiverTerms(max_days=400)
        found = [one for one in judged(THREE, waiver(approved_by=()), terms=terms) if one.status is Status.FAIL]
        assert {one.reason for one in found} == {"the waiver wv-1 has no effect: it needs 1 approver, and has none"}

    def test_signatures_are_asked_for_once_a_waiver(self) -> None:
        asked: list[str] = []

        def verify(one: Waiver) -> tuple[str, ...]:
            asked.append(one.id)
            return ("bo",)

        ruling = book((rule(), rule(id="team/b")), waiver(), waiver("wv-2", rule="team/b"))
        relief = Relief.of(ruling, TODAY, verify)
        found = evaluate.apply(ruling.policies, {"data/train": evidence(THREE)}, Stage.PR, relief=relief)
        assert sorted(asked) == ["wv-1", "wv-2"]
        assert all("bo (verified)" in one.reason for one in found if one.status is Status.WAIVED)

    def test_nobody_is_asked_where_nothing_is_waived(self) -> None:
        def verify(one: Waiver) -> tuple[str, ...]:
            raise AssertionError(one.id)

        ruling = book((rule(),), waiver())
        relief = Relief.of(ruling, TODAY, verify)
        assert evaluate.apply(
            ruling.policies, {"data/train": evidence({"shards": {"a": shard(1)}})}, Stage.PR, relief=relief
        )


def test_what_cannot_be_waived_is_not_whoever_says_so() -> None:
    """A waiver for such a rule is refused when it is read; even one that got by would do nothing."""
    plain = judged(THREE, used=(rule(waivable=False),))
    assert judged(THREE, waiver(relax={"max": 0.9}), used=(rule(waivable=False),)) == plain


def test_no_relief_is_what_an_empty_rulebook_grants() -> None:
    assert Relief.of(Rulebook(), "")._replace(approvers=NO_RELIEF.approvers) == NO_RELIEF._replace(today="")


_RANK = {Status.PASS: 0, Status.WAIVED: 1, Status.WARN: 2, Status.NOT_EVALUATED: 3, Status.FAIL: 4}
_MATCHES = st.sampled_from(
    [Match("data/train"), Match("data/train", shard="a.jsonl"), Match("data/*", shard="*"), Match("x")]
)
_WAIVERS = st.lists(
    st.tuples(_MATCHES, st.integers(21, 99), st.sampled_from(["2026-11-22", "2026-11-23", "2026-12-30"])), max_size=4
)
_SHARDS = st.dictionaries(
    st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"]),
    st.one_of(st.integers(0, 100).map(shard), st.just({"unmeasured": "OFFLINE"})),
    min_size=1,
)


class TestAnyWaivers:
    """What holds whatever the waivers and the data are."""

    @settings(max_examples=60, deadline=None)
    @given(shards=_SHARDS, wanted=_WAIVERS, data=st.data())
    def test_order_does_not_matter_and_what_is_open_stays(
        self, shards: dict[str, Any], wanted: list[tuple[Match, int, str]], data: st.DataObject
    ) -> None:
        waivers = self._made(wanted)
        used = (rule({"max": 0.2, "per": ["dataset", "shard"]}),)
        found = judged({"shards": shards}, *waivers, used=used)
        assert judged({"shards": shards}, *data.draw(st.permutations(waivers)), used=used) == found
        plain = judged({"shards": shards}, used=used)
        assert [one for one in found if one.status is Status.NOT_EVALUATED] == [
            one for one in plain if one.status is Status.NOT_EVALUATED
        ]
        assert [(one.scope, one.measured, one.limit) for one in found] == [
            (one.scope, one.measured, one.limit) for one in plain
        ]

    @settings(max_examples=60, deadline=None)
    @given(shards=_SHARDS, wanted=_WAIVERS.filter(bool))
    def test_a_waiver_less_makes_nothing_better(
        self, shards: dict[str, Any], wanted: list[tuple[Match, int, str]]
    ) -> None:
        waivers = self._made(wanted)
        more = judged({"shards": shards}, *waivers)
        for left_out in range(len(waivers)):
            fewer = judged({"shards": shards}, *waivers[:left_out], *waivers[left_out + 1 :])
            assert all(_RANK[one.status] >= _RANK[other.status] for one, other in zip(fewer, more, strict=True))
            assert exit_code(more) == 0 or exit_code(fewer) != 0

    @staticmethod
    def _made(wanted: list[tuple[Match, int, str]]) -> list[Waiver]:
        return [
            waiver(f"wv-{number}", match=match, relax={"max": percent / 100}, expires=day)
            for number, (match, percent, day) in enumerate(wanted)
        ]


def test_what_a_ratchet_cannot_tell_is_not_relieved() -> None:
    of_rule, of_ratchet = ((), "share of records"), (((RATCHET, "base"),), "share of records")
    trial = Trial(Standing(waiver(), State.ACTIVE, 20), frozenset(), {}, open=False, unheld=True, strange=False)

    assert trial.relieves(of_rule)
    assert not trial.relieves(of_ratchet)
    assert trial._replace(open=True, unheld=False).relieves(of_ratchet)
