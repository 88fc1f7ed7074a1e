"""No worse than a reference: part by part, exactly at the edge, and open where there is nothing to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import evaluate, rules
from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap
from checker.model.location import Location
from checker.model.outcome import Judgement, Outcome, Status, Verdict
from checker.model.policy import Level, Policy, Ratchet, RuleUse, Selector, Stage, WhenMissing
from checker.model.signals import Comparison
from checker.policytest.given import evidence
from checker.rules._base import Missing

WHERE = Location("policies/core.yaml", 9)
LABEL = "release v1.2 (a1b2c3d4e5f6)"
CASES = sorted((Path(__file__).parents[1] / "rules").glob("*/*.yaml"))


def rule(
    ratchet: Ratchet | None, check: str = "synthetic-cap", params: Mapping[str, Any] | None = None, **given: Any
) -> RuleUse:
    chosen = {"max": 0.9, "per": ["dataset"]} if params is None else params
    fields: dict[str, Any] = {"id": f"core/{check}", "level": Level.BLOCK, "select": Selector(), **given}
    built = rules.by_id(check).build(chosen)
    return RuleUse(check=check, params=built, location=WHERE, ratchet=ratchet, **fields)


def shards(**machine_of: int) -> Mapping[str, Any]:
    """Shards of 100 records, so many of them machine-made."""
    return {
        f"{name}.jsonl": [{"origin": "machine", "records": made}, {"origin": "human", "records": 100 - made}]
        for name, made in machine_of.items()
    }


def against(now: Mapping[str, Any], before: Mapping[str, Any] | Gap, name: str = "release") -> Evidence:
    there = before if isinstance(before, Gap) else evidence(before)._replace(label=LABEL)
    return evidence(now)._replace(earlier={name: there})


def judged(used: RuleUse, seen: Evidence, stage: Stage = Stage.PR) -> list[Outcome]:
    """The outcomes of the ratchet alone."""
    policies = (Policy("core", "1.0.0", "sha256:policy", (used,), WHERE),)
    found = evaluate.apply(policies, {seen.dataset.name: seen}, stage)
    return [outcome for outcome in found if "ratchet" in dict(outcome.scope)]


def of_shares(now: int, before: int, ratchet: Ratchet) -> Outcome:
    seen = against({"shards": shards(a=now)}, {"shards": shards(a=before)})
    (outcome,) = judged(rule(ratchet), seen)
    return outcome


@pytest.mark.parametrize(
    ("now", "before", "ratchet", "status", "limit"),
    [
        pytest.param(5, 3, Ratchet("release", 0.02), Status.PASS, 0.05, id="exactly at the limit"),
        pytest.param(6, 3, Ratchet("release", 0.02), Status.FAIL, 0.05, id="one record over"),
        pytest.param(3, 3, Ratchet("release", 0.0), Status.PASS, 0.03, id="as it was, and no worse is allowed"),
        pytest.param(4, 3, Ratchet("release", 0.0), Status.FAIL, 0.03, id="one record worse, and none is allowed"),
        pytest.param(0, 3, Ratchet("release", 0.0), Status.PASS, 0.03, id="better"),
        pytest.param(33, 30, Ratchet("release", None, 0.1), Status.PASS, 0.33, id="exactly at the share"),
        pytest.param(34, 30, Ratchet("release", None, 0.1), Status.FAIL, 0.33, id="over the share"),
        pytest.param(0, 0, Ratchet("release", None, 0.5), Status.PASS, 0.0, id="a share of nothing is nothing"),
        pytest.param(1, 0, Ratchet("release", None, 0.5), Status.FAIL, 0.0, id="more than a share of nothing"),
        pytest.param(2, 0, Ratchet("release", 0.02), Status.PASS, 0.02, id="points from nothing"),
        pytest.param(31, 30, Ratchet("release", 0.02, 0.01), Status.FAIL, 0.303, id="both stated, the share is nearer"),
        pytest.param(33, 30, Ratchet("release", 0.02, 0.5), Status.FAIL, 0.32, id="both stated, the points are nearer"),
        pytest.param(100, 99, Ratchet("release", 0.02), Status.PASS, 1.01, id="a limit beyond all there is"),
    ],
)
def test_a_part_may_be_as_much_worse_as_is_stated(
    now: int, before: int, ratchet: Ratchet, status: Status, limit: float
) -> None:
    outcome = of_shares(now, before, ratchet)
    assert (outcome.status, outcome.measured, outcome.limit) == (status, now / 100, limit)
    assert (outcome.reference, outcome.unit) == (LABEL, "share of records")
    assert outcome.blocking is (status is Status.FAIL)


def test_thirds_are_compared_exactly() -> None:
    """7 of 21 and 2 points more is 53 of 150: the nearest doubles would say that it is too much."""
    now = [{"origin": "machine", "records": 53}, {"origin": "human", "records": 97}]
    before = [{"origin": "machine", "records": 7}, {"origin": "human", "records": 14}]
    seen = against({"shards": {"a.jsonl": now}}, {"shards": {"a.jsonl": before}})
    (outcome,) = judged(rule(Ratchet("release", 0.02)), seen)
    assert outcome.status is Status.PASS
    assert Fraction(53, 150) == Fraction(7, 21) + Fraction(2, 100)
    assert Fraction(53 / 150) > Fraction(7 / 21) + Fraction(0.02)


def test_the_message_has_both_numbers_the_slack_the_reference_and_the_next_step() -> None:
    outcome = of_shares(6, 3, Ratchet("release", 0.02))
    assert outcome.message == f"data/train: 6% machine-made, 3% at {LABEL}; it may get worse by 2 points: at most 5%"
    assert outcome.fix == "take 2 records that are machine-made out of data/train"
    assert set(outcome.evidence) == {"md5:feed.dir", "sha256:measured-a.jsonl"}
    assert str(outcome.location) == "data/train.dvc:3"


def test_the_fix_is_enough_and_not_one_record_too_many() -> None:
    def left(gone: int) -> Fraction:
        return Fraction(6 - gone, 100 - gone)

    assert left(2) <= Fraction(5, 100) < left(1)


@pytest.mark.parametrize(
    ("ratchet", "words"),
    [
        pytest.param(Ratchet("release", 0.01), "it may get worse by 1 point: at most 4%", id="one point"),
        pytest.param(Ratchet("release", 0.005), "it may get worse by 0.5 points: at most 3.5%", id="half a point"),
        pytest.param(Ratchet("release", None, 0.1), "it may get worse by 10% of that: at most 3.3%", id="a share"),
        pytest.param(
            Ratchet("release", 0.02, 0.1), "by 2 points and by 10% of that: at most 3.3%", id="both are stated"
        ),
        pytest.param(Ratchet("release", 0.0), "it may not get worse: at most 3%", id="none"),
    ],
)
def test_the_slack_is_told_as_it_is_written(ratchet: Ratchet, words: str) -> None:
    assert words in of_shares(50, 3, ratchet).message


def test_where_the_rule_itself_is_broken_too_both_are_said() -> None:
    seen = against({"shards": shards(a=50)}, {"shards": shards(a=3)})
    used = rule(Ratchet("release", 0.02), params={"max": 0.2, "per": ["dataset"]})
    policies = (Policy("core", "1.0.0", "sha256:policy", (used,), WHERE),)
    own, ratcheted = evaluate.apply(policies, {"data/train": seen}, Stage.PR)
    assert own.status is ratcheted.status is Status.FAIL
    assert (own.limit, ratcheted.limit) == (0.2, 0.05)
    assert "it breaks the rule's own limit too" in ratcheted.message
    assert "the cap is 20%" in ratcheted.message


def test_each_part_is_held_against_the_same_part() -> None:
    """The whole got better; one shard, which was clean, did not."""
    seen = against({"shards": shards(a=10, b=0)}, {"shards": shards(a=0, b=40)})
    used = rule(Ratchet("release", 0.05), params={"max": 0.9, "per": ["dataset", "shard"]})
    found = {outcome.scope: outcome for outcome in judged(used, seen)}
    broken = found[("shard", "a.jsonl"), ("ratchet", "release")]
    assert (broken.status, broken.measured, broken.limit) == (Status.FAIL, 0.1, 0.05)
    (nearest,) = (outcome for outcome in found.values() if outcome.status is Status.PASS)
    assert "nearest to its limit of 2 parts that hold" in nearest.message


@pytest.mark.parametrize(
    ("now", "status", "limit"),
    [
        pytest.param({"a": 10, "b": 40, "c": 42}, Status.PASS, 0.42, id="as bad as the worst one, and what is allowed"),
        pytest.param({"a": 10, "b": 40, "c": 43}, Status.FAIL, 0.42, id="worse than the worst one"),
    ],
)
def test_a_new_part_is_held_against_the_worst_of_its_kind(now: dict[str, int], status: Status, limit: float) -> None:
    seen = against({"shards": shards(**now)}, {"shards": shards(a=10, b=40)})
    seen = seen._replace(every_part=False)
    used = rule(Ratchet("release", 0.02), params={"max": 0.9, "per": ["shard"]})
    found = [outcome for outcome in judged(used, seen) if dict(outcome.scope)["shard"] == "c.jsonl"]
    assert [(outcome.status, outcome.limit) for outcome in found] == [(status, limit)]
    assert "its worst shard b.jsonl, since this one is new" in found[0].message


def test_the_first_of_several_shards_is_held_against_the_dataset_that_was_one_shard() -> None:
    seen = against({"shards": shards(a=30, b=5)}, {"shards": shards(a=10)})
    used = rule(Ratchet("release", 0.0), params={"max": 0.9, "per": ["dataset", "shard"]})
    broken = [outcome for outcome in judged(used, seen) if outcome.status is Status.FAIL]
    assert [dict(outcome.scope).get("shard") for outcome in broken] == ["a.jsonl", None]
    assert "of which it is the only shard" in broken[0].message


def test_an_only_shard_is_told_once() -> None:
    used = rule(Ratchet("release", 0.0), params={"max": 0.9, "per": ["dataset", "shard"]})
    seen = against({"shards": shards(a=30)}, {"shards": shards(a=10, b=10)})
    assert [outcome.scope for outcome in judged(used, seen)] == [(("ratchet", "release"),)]


def test_many_parts_that_got_worse_are_counted_beyond_the_first_fifty() -> None:
    now = {f"s{number:03}": 20 for number in range(60)}
    before = dict.fromkeys(now, 1)
    seen = against({"shards": shards(**now)}, {"shards": shards(**before)})
    used = rule(Ratchet("release", 0.02), params={"max": 0.9, "per": ["shard"]})
    found = judged(used, seen)
    assert len(found) == 51
    assert found[-1].measured == 60
    assert "60 parts like these" in found[-1].message
    every = judged(used, seen._replace(every_part=True))
    assert len(every) == 60


FLOOR = {"per": ["dataset", "domain"]}


def reals(**records_of: int) -> Mapping[str, Any]:
    cells = [{"origin": "human", "records": number, "domain": domain} for domain, number in records_of.items()]
    return {"shards": {"a.jsonl": cells}}


@pytest.mark.parametrize(
    ("now", "before", "broken"),
    [
        pytest.param({"health": 90, "law": 20}, {"health": 100, "law": 10}, ["health"], id="one domain lost records"),
        pytest.param({"law": 200}, {"health": 100, "law": 10}, ["health"], id="one domain is gone"),
        pytest.param({"health": 50, "law": 5}, {"health": 100, "law": 10}, ["health", None, "law"], id="all lost some"),
        pytest.param({"health": 100, "law": 10}, {"health": 100, "law": 10}, [], id="nothing changed"),
        pytest.param(
            {"health": 100, "law": 10, "art": 10}, {"health": 100, "law": 10}, [], id="a new domain as large as one"
        ),
    ],
)
def test_a_part_that_is_gone_is_a_loss_where_records_are_counted(
    now: dict[str, int], before: dict[str, int], broken: list[str | None]
) -> None:
    found = judged(rule(Ratchet("release", 0.0), "real-floor", FLOOR), against(reals(**now), reals(**before)))
    failed = [dict(outcome.scope).get("domain") for outcome in found if outcome.status is Status.FAIL]
    assert sorted(failed, key=str) == sorted(broken, key=str)


def test_counts_are_told_as_counts() -> None:
    seen = against(reals(health=90), reals(health=100))
    (outcome,) = judged(rule(Ratchet("release", 5), "real-floor", {}), seen)
    assert outcome.message == (
        f"data/train: 90 real records, 100 real records at {LABEL}; it may get worse by 5 real records: at least"
        " 95 real records"
    )
    assert (outcome.measured, outcome.limit) == (90, 95)
    assert outcome.fix == "bring back 5 real records"


def test_a_share_that_must_not_fall_says_how_many_records_are_lacking() -> None:
    def stated(number: int) -> Mapping[str, Any]:
        cells = [{"origin": "human", "records": number}, {"origin": "unknown", "records": 100 - number}]
        return {"shards": {"a.jsonl": cells}}

    params = {"min_coverage": 0.1, "require_scores": False}
    (outcome,) = judged(rule(Ratchet("release", 0.05), "origin-flags", params), against(stated(60), stated(90)))
    assert (outcome.status, outcome.limit) == (Status.FAIL, 0.85)
    assert "60% with a stated origin, 90% at" in outcome.message
    assert "at least 85%" in outcome.message
    assert outcome.fix == "bring 25 records of data/train up to it"


# ---- open: no reference, half a reference, or nothing here


HERE = {"shards": shards(a=3)}
OPEN_SHARD = {"shards": {**shards(a=3), "b.jsonl": {"unmeasured": "OFFLINE"}}}


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [
        pytest.param(
            HERE, Gap("release v1 has no data/train", "keep its name"), "v1 has no data/train", id="the dataset is new"
        ),
        pytest.param(HERE, {"shards": {"a.jsonl": []}}, "has no records", id="the reference has no records"),
        pytest.param(
            HERE,
            {"shards": None, "version": {"shards_problem": "its list is lost"}},
            "its list is lost",
            id="no shards",
        ),
        pytest.param(HERE, {"shards": {"a.jsonl": {"unmeasured": "NO_BYTES"}}}, "not measured", id="not measured"),
        pytest.param(HERE, {"shards": {"a.jsonl": {"unmeasured": "DAMAGED"}}}, "not match", id="damaged"),
        pytest.param(HERE, OPEN_SHARD, "b.jsonl is not measured", id="one shard of the reference is open"),
        pytest.param(OPEN_SHARD, HERE, "b.jsonl is not measured", id="one shard here is open"),
    ],
)
def test_what_cannot_be_compared_is_open_and_says_why(now: Any, before: Any, says: str) -> None:
    found = judged(rule(Ratchet("release", 0.02)), against(now, before))
    assert [outcome.status for outcome in found] == [Status.NOT_EVALUATED]
    assert found[0].blocking
    assert says in found[0].message
    assert "cannot be held against" in found[0].message


def test_a_reference_that_nobody_gathered_is_open() -> None:
    (outcome,) = judged(rule(Ratchet("release", 0.02)), evidence(HERE))
    assert outcome.status is Status.NOT_EVALUATED
    assert "no evidence of it was gathered" in outcome.message


@pytest.mark.parametrize(
    ("of_ratchet", "of_rule", "stage", "blocks"),
    [
        pytest.param(None, None, Stage.PR, True, id="at a pull request by default"),
        pytest.param(None, None, Stage.COMMIT, False, id="at a commit by default"),
        pytest.param(WhenMissing.SKIP, None, Stage.PR, False, id="the ratchet lets it pass"),
        pytest.param(WhenMissing.SKIP, WhenMissing.BLOCK, Stage.PR, False, id="the ratchet's own word counts"),
        pytest.param(None, WhenMissing.WARN, Stage.PR, False, id="else the rule's"),
        pytest.param(WhenMissing.BLOCK, WhenMissing.SKIP, Stage.COMMIT, True, id="the ratchet is stricter"),
    ],
)
def test_what_a_missing_reference_means(
    of_ratchet: WhenMissing | None, of_rule: WhenMissing | None, stage: Stage, blocks: bool
) -> None:
    used = rule(Ratchet("release", 0.02, when_missing=of_ratchet), when_missing=of_rule)
    (outcome,) = judged(used, against(HERE, Gap("there is none")), stage)
    assert (outcome.status, outcome.blocking) == (Status.NOT_EVALUATED, blocks)


def test_the_ratchets_word_is_not_for_the_rule_itself() -> None:
    used = rule(Ratchet("release", 0.02, when_missing=WhenMissing.SKIP))
    seen = against({"shards": {"a.jsonl": {"unmeasured": "OFFLINE"}}}, {"shards": shards(a=3)})
    policies = (Policy("core", "1.0.0", "sha256:policy", (used,), WHERE),)
    own, ratcheted = evaluate.apply(policies, {"data/train": seen}, Stage.PR)
    assert (own.blocking, ratcheted.blocking) == (True, False)


def test_a_measured_shard_is_held_while_another_is_open() -> None:
    now = {"shards": {**shards(a=30), "b.jsonl": {"unmeasured": "OFFLINE"}}}
    used = rule(Ratchet("release", 0.02), params={"max": 0.9, "per": ["dataset", "shard"]})
    found = judged(used, against(now, {"shards": shards(a=3, b=3)}))
    assert {dict(outcome.scope).get("shard"): outcome.status for outcome in found} == {
        None: Status.NOT_EVALUATED,
        "a.jsonl": Status.FAIL,
    }


def test_a_deferred_reference_is_deferred() -> None:
    found = judged(
        rule(Ratchet("release", 0.02)), against(HERE, Gap("the budget was spent", deferred=True)), Stage.PUSH
    )
    assert "deferred to a later stage" in found[0].reason


def test_other_units_are_not_compared() -> None:
    """With too small a reference diversity is judged absolutely: such a value has no counterpart in a ratio."""
    case = yaml.safe_load((CASES[0].parents[1] / "diversity/pass-as-varied-as-gold.yaml").read_text())
    small = yaml.safe_load((CASES[0].parents[1] / "diversity/pass-exactly-at-the-absolute-limits.yaml").read_text())
    used = rule(Ratchet("release", 0.02), "diversity", case.get("params", {}))
    found = judged(used, against(case, {**small, "params": {}}))
    assert found
    assert any("cannot be compared" in outcome.message for outcome in found if outcome.status is Status.NOT_EVALUATED)


def test_impossible_counts_of_a_reference_are_damage() -> None:
    broken = {"shards": {"a.jsonl": [{"origin": "human", "records": 5, "reviewed": 9}]}}
    (outcome,) = judged(rule(Ratchet("release", 0.02)), against(HERE, broken))
    assert outcome.status is Status.NOT_EVALUATED
    assert "impossible counts" in outcome.message


def test_a_figure_that_is_no_number_is_open() -> None:
    case = yaml.safe_load((CASES[0].parents[1] / "collapse-score/pass-exactly-at-the-limit.yaml").read_text())
    seen = against(case, case)
    nan: dict[str, Comparison | Gap] = {}
    for name, found in seen.comparisons.items():
        assert isinstance(found, Comparison)
        assert found.collapse is not None
        nan[name] = found._replace(collapse=found.collapse._replace(value=float("nan")))
    used = rule(Ratchet("release", 0.5), "collapse-score", case.get("params", {}))
    outcomes = judged(used, seen._replace(comparisons=nan))
    assert [outcome.status for outcome in outcomes] == [Status.NOT_EVALUATED]


# ---- the checks


def told(check_id: str, case: Mapping[str, Any], *, every: bool) -> list[Judgement]:
    check = rules.by_id(check_id)
    seen = evidence(case)._replace(every_part=every)
    said: list[Judgement] = []
    try:
        said.extend(check.judge(seen, check.build(case.get("params", {}))))
    except Missing:
        return said
    return said


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in CASES])
def test_told_in_full_a_check_says_all_that_it_says_in_short(path: Path) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    short, full = (told(path.parent.name, case, every=every) for every in (False, True))
    wrong = {(one.verdict, one.scope, one.message) for one in short if one.verdict is not Verdict.HOLDS}
    listed = {one for one in wrong if "findings like these" not in one[2] and "are listed" not in one[2]}
    assert listed <= {(one.verdict, one.scope, one.message) for one in full}
    assert {one.scope for one in short if one.verdict is Verdict.HOLDS} <= {one.scope for one in full}


COMPARED = [check_id for check_id in rules.check_ids() if rules.by_id(check_id).worse]


@pytest.mark.parametrize("check_id", COMPARED)
def test_what_a_check_measures_can_be_held_against_itself(check_id: str) -> None:
    """Every passing case: as good as itself, with a slack of nothing."""
    assert rules.by_id(check_id).worse in ("higher", "lower")
    compared = 0
    for path in (path for path in CASES if path.parent.name == check_id and path.stem.startswith("pass")):
        case = yaml.safe_load(path.read_text("utf-8"))
        if not any(one.figure for one in told(check_id, case, every=True)):
            continue
        used = rule(Ratchet("release", 0.0), check_id, case.get("params", {}))
        where = {axis: tuple(values) for axis, values in case.get("where", {}).items()}
        used = used._replace(select=Selector(where=where))
        then = {key: value for key, value in case.items() if key != "base"}
        found = judged(used, against(case, then))
        assert found
        assert {outcome.status for outcome in found} == {Status.PASS}, (path.stem, found)
        compared += 1
    assert compared


def test_a_ratchet_asks_for_what_its_check_needs_and_no_card() -> None:
    used = rule(Ratchet("gold", 0.1), "license-allowed", {"allow": ["*"]})
    policies = (Policy("core", "1.0.0", "sha256:policy", (used, rule(Ratchet("gold", 0.1))), WHERE),)
    (wanted,) = evaluate.earlier(policies, evidence(HERE).dataset, Stage.PR).values()
    assert wanted.needs == {Need.SHARDS, Need.COMPOSITION}


def test_without_a_ratchet_nothing_is_asked_for() -> None:
    policies = (Policy("core", "1.0.0", "sha256:policy", (rule(None),), WHERE),)
    assert evaluate.earlier(policies, evidence(HERE).dataset, Stage.PR) == {}
