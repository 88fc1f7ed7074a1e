"""Rules that look at some shards of a dataset only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checker import evaluate, rules
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage
from checker.policytest.given import evidence

WHERE = Location("policies/core.yaml", 9)
TWO = {
    "shards": {
        "clean/a.jsonl": [{"origin": "human", "records": 9}],
        "web/b.jsonl": [{"origin": "machine", "records": 9}],
    }
}


def rule(check: str, params: Mapping[str, object], select: Selector) -> RuleUse:
    return RuleUse(f"core/{check}", check, rules.by_id(check).build(params), Level.BLOCK, select, WHERE)


def applied(described: Mapping[str, Any], select: Selector, check: str = "synthetic-cap") -> tuple[Outcome, ...]:
    params: Mapping[str, object] = {"max": 0.1, "per": ["dataset", "shard"]} if check == "synthetic-cap" else {}
    policy = Policy("core", "1.0.0", "sha256:policy", (rule(check, params, select),), WHERE)
    return evaluate.apply((policy,), {"data/train": evidence(described)}, Stage.PR)


@pytest.mark.parametrize(
    ("paths", "statuses"),
    [
        pytest.param(("clean/**",), [Status.PASS], id="the clean folder"),
        pytest.param(("*/a.jsonl",), [Status.PASS], id="a glob within one folder"),
        pytest.param(("web/**",), [Status.FAIL], id="the machine-made folder"),
        pytest.param(("nothing/**", "web/b.jsonl"), [Status.FAIL], id="any of several globs"),
        pytest.param((), [Status.FAIL, Status.FAIL, Status.PASS], id="all shards"),
    ],
)
def test_only_the_shards_that_fit_are_judged(paths: tuple[str, ...], statuses: list[Status]) -> None:
    outcomes = applied(TWO, Selector(paths=paths))

    assert [outcome.status for outcome in outcomes] == statuses
    assert all(("only among the shards" in outcome.message) == bool(paths) for outcome in outcomes)


def test_paths_that_no_shard_fits_are_said_and_do_not_block() -> None:
    (outcome,) = applied(TWO, Selector(paths=("news/**",)))

    assert outcome.status is Status.NOT_EVALUATED
    assert not outcome.blocking
    assert outcome.message == "core/synthetic-cap matches nothing (shards news/**), so nothing was judged"


def test_paths_that_no_shard_fits_block_where_a_match_is_demanded() -> None:
    (outcome,) = applied(TWO, Selector(paths=("news/**",), require_match=True))

    assert outcome.blocking


def test_shards_that_nobody_knows_are_not_taken_for_none() -> None:
    (outcome,) = applied({"version": {"shards_problem": "offline"}}, Selector(paths=("news/**",)))

    assert outcome.status is Status.NOT_EVALUATED
    assert outcome.blocking
    assert outcome.message.startswith("data/train: offline")


def test_paths_and_where_narrow_together() -> None:
    described = {
        "shards": {
            "a": [{"origin": "human", "records": 9, "domain": "health"}],
            "b": [{"origin": "machine", "records": 9, "domain": "health"}],
            "c": [{"origin": "machine", "records": 9, "domain": "web"}],
        }
    }
    fine = applied(described, Selector(paths=("a", "c"), where={"domain": ("health",)}))
    broken = applied(described, Selector(paths=("b", "c"), where={"domain": ("health",)}))

    assert {outcome.status for outcome in fine} == {Status.PASS}
    assert {outcome.status for outcome in broken} == {Status.FAIL}


def test_real_records_that_left_the_paths_are_the_business_of_the_floor() -> None:
    described = {
        "shards": {"old/a": [{"origin": "human", "records": 9}]},
        "base": {"shards": {"gold/a": [{"origin": "human", "records": 5}]}},
    }
    outcomes = applied(described, Selector(paths=("gold/**",)), "real-floor")

    assert [outcome.status for outcome in outcomes] != [Status.PASS]
    assert any(outcome.blocking for outcome in outcomes)


def test_rules_for_other_shards_do_not_share_what_they_work_out() -> None:
    policy = Policy(
        "core",
        "1.0.0",
        "sha256:policy",
        tuple(
            rule("synthetic-cap", {"max": 0.1, "per": ["dataset"]}, Selector(paths=paths))
            for paths in (("clean/**",), ("web/**",), (), ("clean/**",))
        ),
        WHERE,
    )
    outcomes = evaluate.apply((policy,), {"data/train": evidence(TWO)}, Stage.PR)

    assert [outcome.measured for outcome in outcomes] == [0.0, 1.0, 0.5, 0.0]
