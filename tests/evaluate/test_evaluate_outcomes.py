"""Levels, stages and missing evidence become outcomes and exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checker import evaluate, rules
from checker.model.dataset import DatasetSettings, Role, Snapshot, SnapshotKind
from checker.model.evidence import Evidence, Need
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage, WhenMissing
from checker.model.report import Report
from checker.policytest.given import evidence

HOLDS = {"shards": {"07.jsonl": [{"origin": "human", "records": 100}]}}
DOUBTFUL = {
    "shards": {
        "07.jsonl": [
            {"origin": "machine", "records": 30, "scores": {900: 20, 500: 10}},
            {"origin": "human", "records": 970, "scores": {980: 970}},
        ]
    }
}
BROKEN = {"shards": {"07.jsonl": [{"origin": "machine", "records": 100}]}}
OPEN = {"shards": {"07.jsonl": {"unmeasured": "OFFLINE"}}}
DEFERRED = {"shards": {"07.jsonl": {"unmeasured": "DEFERRED"}}}
WHERE = Location("policies/core.yaml", 9)
FLOOR_NEEDS = {Need.SHARDS, Need.COMPOSITION, Need.BASE, Need.BASE_COMPOSITION}


def rule(check: str = "synthetic-cap", params: Mapping[str, object] | None = None, **given: Any) -> RuleUse:
    chosen = {"max": 0.05, "per": ["dataset"]} if params is None and check == "synthetic-cap" else params or {}
    fields: dict[str, Any] = {"id": f"core/{check}", "level": Level.BLOCK, "select": Selector(), **given}
    return RuleUse(check=check, params=rules.by_id(check).build(chosen), location=WHERE, **fields)


def policy(*used: RuleUse) -> tuple[Policy, ...]:
    return (Policy("core", "1.0.0", "sha256:policy", used, WHERE),)


def applied(described: Mapping[str, Any], *used: RuleUse, stage: Stage = Stage.COMMIT) -> tuple[Outcome, ...]:
    return evaluate.apply(policy(*used), {"data/train": evidence(described)}, stage)


def exit_code(outcomes: tuple[Outcome, ...]) -> int:
    snapshot = Snapshot(SnapshotKind.INDEX, "index")
    return Report("0", Stage.COMMIT, snapshot, None, (), (), outcomes).exit_code


@pytest.mark.parametrize(
    ("described", "level", "stage", "when_missing", "status", "code"),
    [
        pytest.param(HOLDS, Level.BLOCK, Stage.COMMIT, None, Status.PASS, 0, id="holds"),
        pytest.param(BROKEN, Level.BLOCK, Stage.COMMIT, None, Status.FAIL, 1, id="broken blocks"),
        pytest.param(BROKEN, Level.WARN, Stage.RELEASE, None, Status.WARN, 0, id="broken at level warn"),
        pytest.param(BROKEN, Level.AUDIT, Stage.RELEASE, None, Status.WARN, 0, id="broken at level audit"),
        pytest.param(DOUBTFUL, Level.BLOCK, Stage.RELEASE, None, Status.WARN, 0, id="doubtful warns at any level"),
        pytest.param(OPEN, Level.BLOCK, Stage.COMMIT, None, Status.NOT_EVALUATED, 0, id="open at commit"),
        pytest.param(OPEN, Level.BLOCK, Stage.PUSH, None, Status.NOT_EVALUATED, 0, id="open at push"),
        pytest.param(OPEN, Level.BLOCK, Stage.PR, None, Status.NOT_EVALUATED, 3, id="open at pr"),
        pytest.param(OPEN, Level.BLOCK, Stage.RELEASE, None, Status.NOT_EVALUATED, 3, id="open at release"),
        pytest.param(OPEN, Level.WARN, Stage.PR, None, Status.NOT_EVALUATED, 0, id="open at level warn"),
        pytest.param(OPEN, Level.WARN, Stage.PR, WhenMissing.BLOCK, Status.NOT_EVALUATED, 0, id="warn never blocks"),
        pytest.param(OPEN, Level.BLOCK, Stage.COMMIT, WhenMissing.BLOCK, Status.NOT_EVALUATED, 3, id="told to block"),
        pytest.param(OPEN, Level.BLOCK, Stage.PR, WhenMissing.WARN, Status.NOT_EVALUATED, 0, id="told to warn"),
        pytest.param(OPEN, Level.BLOCK, Stage.PR, WhenMissing.SKIP, Status.NOT_EVALUATED, 0, id="told to skip"),
        pytest.param(DEFERRED, Level.BLOCK, Stage.COMMIT, None, Status.NOT_EVALUATED, 0, id="deferred at commit"),
        pytest.param(DEFERRED, Level.BLOCK, Stage.PR, None, Status.NOT_EVALUATED, 3, id="deferred at pr"),
        pytest.param(
            DEFERRED,
            Level.BLOCK,
            Stage.COMMIT,
            WhenMissing.BLOCK,
            Status.NOT_EVALUATED,
            3,
            id="deferred, told to block",
        ),
    ],
)
def test_exit_code(
    described: Mapping[str, Any],
    level: Level,
    stage: Stage,
    when_missing: WhenMissing | None,
    status: Status,
    code: int,
) -> None:
    outcomes = applied(described, rule(level=level, when_missing=when_missing), stage=stage)
    assert [outcome.status for outcome in outcomes] == [status]
    assert exit_code(outcomes) == code
    assert bool(outcomes[0].reason) is (status is Status.NOT_EVALUATED)
    assert all(outcome.evidence for outcome in outcomes)


def test_a_finding_beats_what_is_not_evaluated() -> None:
    outcomes = applied(BROKEN, rule(), rule("lineage-complete"), stage=Stage.PR)
    assert [outcome.status for outcome in outcomes] == [Status.FAIL, Status.NOT_EVALUATED]
    assert exit_code(outcomes) == 1


def test_a_rule_that_is_off_or_of_another_stage_says_nothing() -> None:
    other = rule("card-required", stages=(Stage.PR,))
    assert applied(BROKEN, rule(level=Level.OFF), other) == ()


def test_what_a_deferred_outcome_says() -> None:
    (outcome,) = applied(DEFERRED, rule())
    assert outcome.reason.startswith("deferred to a later stage: ")
    assert outcome.fix == "run headwater check --stage push"


def test_the_numbers_come_first_and_the_policy_advises_after() -> None:
    (outcome,) = applied(BROKEN, rule(fix="ask the data team"))
    assert outcome.fix.startswith("add 1,900 real records")
    assert outcome.fix.endswith("; ask the data team")


def test_advice_of_the_policy_is_not_given_for_missing_evidence_or_a_pass() -> None:
    assert "ask" not in applied(OPEN, rule(fix="ask the data team"))[0].fix
    assert applied(HOLDS, rule(fix="ask the data team"))[0].fix == ""


def test_what_was_said_before_evidence_ran_out_is_kept() -> None:
    described = {"card": {"fields": {"license": "mit"}}}
    used = rule("license-allowed", {"allow": ["Apache-2.0"]})
    outcomes = applied(described, used, stage=Stage.PR)
    assert [outcome.status for outcome in outcomes] == [Status.FAIL, Status.NOT_EVALUATED]


def test_a_check_that_says_nothing_has_not_passed() -> None:
    described = {**HOLDS, "card": {"fields": {"size_records": "many"}}}
    (outcome,) = applied(described, rule("card-truthful", {"claims": ["size"]}), stage=Stage.PR)
    assert outcome.status is Status.NOT_EVALUATED
    assert outcome.blocking
    assert outcome.reason == "card-truthful found nothing to judge in data/train"


def test_forged_counts_are_no_evidence() -> None:
    described = {"shards": {"a": [{"origin": "human", "records": 100}, {"origin": "machine", "records": -50}]}}
    outcomes = applied(described, rule(), stage=Stage.PR)
    assert exit_code(outcomes) == 3
    assert "impossible counts" in outcomes[0].reason


def test_outcomes_are_ordered_by_policy_then_by_dataset_whatever_the_order_of_gathering() -> None:
    first, second = rule(id="core/a"), rule(id="core/b")
    seen = {name: evidence(HOLDS)._replace(dataset=evidence(HOLDS).dataset._replace(name=name)) for name in ("z", "a")}
    outcomes = evaluate.apply(policy(second, first), seen, Stage.PR)
    assert [(outcome.rule, outcome.dataset) for outcome in outcomes] == [
        ("core/b", "a"),
        ("core/b", "z"),
        ("core/a", "a"),
        ("core/a", "z"),
    ]


# -- selection --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "stage", "code"),
    [
        pytest.param(Selector(datasets=("eval/**",)), Stage.PR, 0, id="matches nothing"),
        pytest.param(Selector(datasets=("eval/**",), require_match=True), Stage.PR, 3, id="a match is required"),
        pytest.param(Selector(roles=("gold",), require_match=True), Stage.RELEASE, 3, id="no dataset of that role"),
    ],
)
def test_a_rule_that_matches_nothing_says_so(select: Selector, stage: Stage, code: int) -> None:
    (outcome,) = applied(HOLDS, rule(select=select), stage=stage)
    assert outcome.status is Status.NOT_EVALUATED
    assert outcome.dataset == ""
    assert outcome.location == WHERE
    assert "matches nothing" in outcome.reason
    assert exit_code((outcome,)) == code


@pytest.mark.parametrize(
    ("datasets", "code"),
    [
        pytest.param("data/**", 0, id="the datasets of the policy are there, none is what the pack is for"),
        pytest.param("dada/**", 3, id="a typo: not even the datasets of the policy are there"),
    ],
)
@pytest.mark.parametrize(
    "of_pack",
    [
        pytest.param({"where": {"domain": ("law",)}}, id="a pack for a domain"),
        pytest.param({"roles": ("gold",)}, id="a pack for a role"),
    ],
)
def test_a_match_is_demanded_only_of_what_the_policy_selects_itself(
    of_pack: dict[str, Any], datasets: str, code: int
) -> None:
    select = Selector(datasets=(datasets,), require_match=True, narrowed_by_pack=tuple(of_pack), **of_pack)
    (outcome,) = applied(
        {"shards": {"a": [{"origin": "human", "domain": "health", "records": 5}]}}, rule(select=select), stage=Stage.PR
    )
    assert outcome.status is Status.NOT_EVALUATED
    assert bool(outcome.fix) is bool(code)
    assert exit_code((outcome,)) == code


def test_at_commit_only_what_changed_is_gathered_so_no_match_means_nothing() -> None:
    used = rule(select=Selector(datasets=("eval/**",), require_match=True))
    assert applied(HOLDS, used) == ()
    assert evaluate.apply(policy(used), {}, Stage.COMMIT) == ()


def test_a_commit_that_judges_everything_can_say_that_nothing_matches() -> None:
    used = rule(select=Selector(datasets=("eval/**",), require_match=True))
    (outcome,) = evaluate.apply(policy(used), {}, Stage.COMMIT, everything=True)
    assert outcome.blocking


def test_no_dataset_at_all_is_no_pass() -> None:
    (outcome,) = evaluate.apply(policy(rule()), {}, Stage.PR)
    assert outcome.status is Status.NOT_EVALUATED
    assert "there are no datasets" in outcome.message


def test_roles_select() -> None:
    seen = evidence({**HOLDS, "settings": {"role": Role.TRAIN}})
    train, gold = rule(select=Selector(roles=("train",))), rule(select=Selector(roles=("gold",)))
    outcomes = evaluate.apply(policy(train, gold), {"data/train": seen}, Stage.PR)
    assert [outcome.status for outcome in outcomes] == [Status.PASS, Status.NOT_EVALUATED]


# -- where ------------------------------------------------------------------------------------------------------------

HEALTH = Selector(where={"domain": ("health",)})
HEALTHY = {"shards": {"a": [{"origin": "human", "records": 9, "domain": "health"}]}}
WEBBY = {"shards": {"a": [{"origin": "machine", "records": 9, "domain": "web"}]}}
SILENT = {"shards": {"a": [{"origin": "human", "records": 9}]}}


def test_where_narrows_what_a_check_of_records_counts() -> None:
    described = {"shards": {"a": [*HEALTHY["shards"]["a"], *WEBBY["shards"]["a"]]}}
    (outcome,) = applied(described, rule(select=HEALTH), stage=Stage.PR)
    assert outcome.status is Status.PASS
    assert "0 of 9 records" in outcome.message


@pytest.mark.parametrize("check", ["synthetic-cap", "card-required"])
def test_where_that_no_record_is_in_is_said_once_and_does_not_block(check: str) -> None:
    (outcome,) = applied(WEBBY, rule(check, select=HEALTH), stage=Stage.PR)
    assert outcome.status is Status.NOT_EVALUATED
    assert not outcome.blocking
    assert "domain health" in outcome.message


@pytest.mark.parametrize("check", ["synthetic-cap", "card-required"])
@pytest.mark.parametrize("described", [pytest.param(SILENT, id="not stated"), pytest.param(OPEN, id="not measured")])
def test_where_that_nobody_can_tell_blocks_a_pull_request(check: str, described: Mapping[str, Any]) -> None:
    outcomes = applied(described, rule(check, select=HEALTH), stage=Stage.PR)
    assert [outcome.status for outcome in outcomes] == [Status.NOT_EVALUATED]
    assert exit_code(outcomes) == 3


@pytest.mark.parametrize(
    "described",
    [
        pytest.param(HEALTHY, id="records are"),
        pytest.param({**SILENT, "settings": {"domain": "Health"}}, id="the settings say so"),
        pytest.param({**SILENT, "card": {"fields": {"domain": "health", "name": "x"}}}, id="the card says so"),
    ],
)
def test_a_check_of_the_dataset_applies_where_it_has_such_records(described: Mapping[str, Any]) -> None:
    (outcome,) = applied(described, rule("lineage-complete", select=HEALTH), stage=Stage.PR)
    assert "the lineage of data/train was not read" in outcome.message


@pytest.mark.parametrize(
    "described",
    [
        pytest.param({**SILENT, "settings": {"domain": "web"}}, id="the settings name another"),
        pytest.param({**SILENT, "card": {"fields": {"name": "x"}}}, id="the card names none"),
        pytest.param({"version": {"shards_problem": "offline"}}, id="the shards are not known"),
    ],
)
def test_a_check_of_the_dataset_does_not_guess_its_scope(described: Mapping[str, Any]) -> None:
    (outcome,) = applied(described, rule("lineage-complete", select=HEALTH), stage=Stage.PR)
    assert "nobody knows whether it has records of domain health" in outcome.message
    assert outcome.evidence == ("md5:feed.dir",)


@pytest.mark.parametrize(
    "described",
    [
        pytest.param({**WEBBY, "settings": {"domain": "health"}}, id="the records themselves decide"),
        pytest.param(
            {"shards": {"a": [*WEBBY["shards"]["a"], {"origin": "human", "records": 0, "domain": "health"}]}},
            id="no record is no reason",
        ),
    ],
)
def test_a_check_of_records_is_for_the_records_that_there_are(described: Mapping[str, Any]) -> None:
    (outcome,) = applied(described, rule(select=HEALTH), stage=Stage.PR)
    assert "matches nothing" in outcome.message


def test_a_check_of_records_says_itself_how_many_it_cannot_place() -> None:
    (outcome,) = applied(SILENT, rule(select=HEALTH), stage=Stage.PR)
    assert "the domain of 9 records is not stated" in outcome.message


def test_an_empty_dataset_is_matched_by_a_rule_for_all_records() -> None:
    (outcome,) = applied({"shards": {}}, rule(), stage=Stage.PR)
    assert "has no shards" in outcome.message


def test_records_that_were_lost_are_the_business_of_the_floor() -> None:
    described = {**WEBBY, "base": {"shards": {"b": [{"origin": "human", "records": 5, "domain": "health"}]}}}
    (outcome,) = applied(described, rule("real-floor", select=HEALTH), stage=Stage.PR)
    assert outcome.status is Status.FAIL


# -- needs ------------------------------------------------------------------------------------------------------------


def wanted(*used: RuleUse, stage: Stage = Stage.COMMIT, **settings: Any) -> frozenset[Need]:
    dataset = evidence(HOLDS).dataset._replace(settings=DatasetSettings(**settings))
    return evaluate.needs(policy(*used), dataset, stage)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        pytest.param(rule("card-required"), {Need.CARD}, id="a card opens no shard"),
        pytest.param(rule("lineage-complete", {"require_source": False}), {Need.LINEAGE}, id="lineage alone"),
        pytest.param(rule(), {Need.SHARDS, Need.COMPOSITION}, id="records need no text"),
        pytest.param(
            rule(params={"max": 0.1, "unit": "tokens"}),
            {Need.SHARDS, Need.COMPOSITION, Need.TEXT},
            id="tokens need text",
        ),
        pytest.param(
            rule(params={"max": 0.1, "mixed_as": "parts"}),
            {Need.SHARDS, Need.COMPOSITION, Need.TEXT},
            id="parts of mixed records need text",
        ),
        pytest.param(rule("real-floor"), FLOOR_NEEDS, id="the floor needs the base"),
        pytest.param(rule("real-floor", {"unit": "tokens"}), {*FLOOR_NEEDS, Need.TEXT}, id="a floor of tokens"),
        pytest.param(rule("card-truthful", {"claims": ["bytes"]}), {Need.CARD}, id="bytes are in git"),
        pytest.param(rule("card-truthful", {"claims": ["sources"]}), {Need.CARD, Need.LINEAGE}, id="claimed sources"),
        pytest.param(
            rule("card-truthful", {"claims": ["version"]}), {Need.CARD, Need.BASE, Need.SHARDS}, id="a claimed version"
        ),
        pytest.param(
            rule("card-truthful", {"claims": ["size"]}), {Need.CARD, Need.SHARDS, Need.COMPOSITION}, id="a claimed size"
        ),
        pytest.param(
            rule("license-allowed", {"allow": ["MIT"], "places": ["card"]}), {Need.CARD}, id="the card's license"
        ),
        pytest.param(rule(level=Level.OFF), set(), id="off"),
        pytest.param(rule(stages=(Stage.PR,)), set(), id="another stage"),
        pytest.param(rule(select=Selector(datasets=("eval/**",))), set(), id="another dataset"),
        pytest.param(
            rule("card-required", select=HEALTH),
            {Need.CARD, Need.SHARDS, Need.COMPOSITION},
            id="where asks the records when nothing else tells",
        ),
    ],
)
def test_needs(used: RuleUse, expected: set[Need]) -> None:
    assert wanted(used) == expected


def test_where_asks_no_card_for_a_check_of_records() -> None:
    assert wanted(rule(select=HEALTH)) == {Need.SHARDS, Need.COMPOSITION}


def test_where_asks_no_records_when_the_settings_tell() -> None:
    assert wanted(rule("card-required", select=HEALTH), domain="health") == {Need.CARD}


def test_needs_are_the_union_over_the_rules() -> None:
    assert wanted(rule("card-required"), rule("real-floor")) == {Need.CARD, *FLOOR_NEEDS}


# -- a check of one's own ---------------------------------------------------------------------------------------------


def test_evidence_reaches_the_check_with_the_scope_of_its_rule() -> None:
    seen: Evidence = evidence(HEALTHY)
    assert seen.where == {}
    outcomes = evaluate.apply(policy(rule(select=HEALTH), rule()), {"data/train": seen}, Stage.PR)
    assert [outcome.status for outcome in outcomes] == [Status.PASS, Status.PASS]
