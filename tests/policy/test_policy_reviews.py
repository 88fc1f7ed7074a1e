"""Rules that are past the day of their review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.model.location import Location
from checker.policy.load import collect, load_policies
from checker.policy.reviews import review_due

Write = Callable[[str], bytes]
RULE = "rules: [{id: a, check: card-required, level: %s, rationale: {why: a law, review_by: %s}}]\n"


@pytest.mark.parametrize(
    ("today", "due"),
    [
        pytest.param("2027-03-31", False, id="the day before"),
        pytest.param("2027-04-01", False, id="on the day"),
        pytest.param("2027-04-02", True, id="the day after"),
        pytest.param("2026-12-31", False, id="the year before"),
        pytest.param("9999-12-31", True, id="long after"),
    ],
)
def test_a_rule_is_due_once_its_day_has_passed(policy: Write, today: str, due: bool) -> None:
    policies = load_policies({"p.yaml": policy(RULE % ("warn", "2027-04-01"))})

    assert [found.rule for found in review_due(policies, today)] == (["team/a"] if due else [])


def test_what_is_said_and_where(policy: Write) -> None:
    (found,) = review_due(load_policies({"p.yaml": policy(RULE % ("warn", "2027-04-01"))}), "2027-04-02")

    assert found.message == "team/a was to be reviewed by 2027-04-01 (a law)"
    assert found.fix == "see whether its limit still holds, then write the day of the next review as review_by"
    assert found.location == Location("p.yaml", 4, 52)


def test_a_rule_that_is_off_and_one_without_a_day_are_never_due(policy: Write) -> None:
    body = RULE.replace("}}]", "}}, {id: b, check: card-required, level: warn}]")
    policies = load_policies({"p.yaml": policy(body % ('"off"', "2020-01-01"))})

    assert list(review_due(policies, "2027-04-02")) == []


def test_a_reason_that_another_policy_inherits_is_told_once_where_it_stands(policy: Write) -> None:
    core = policy(RULE % ("warn", "2027-04-01")).replace(b"team", b"core")
    found = list(
        review_due(load_policies({"a.yaml": core, "p.yaml": policy("extends: [{pack: core}]\n")}), "2028-01-01")
    )

    assert [(each.rule, each.location.path) for each in found] == [("core/a", "a.yaml")]


def test_a_rule_of_a_pack_tells_whom_to_ask(policy: Write, write_pack: Callable[[str, str], Path]) -> None:
    folder = write_pack("house", RULE % ("warn", "2027-04-01"))
    loaded = collect({"p.yaml": policy("extends: [{pack: house@1}]\n")}, packs=folder)
    (found,) = review_due(loaded.policies, "2028-01-01")

    assert found.location == Location("house@1", 4, 52)
    assert found.fix == "ask the owners of house@1, or give the rule a rationale of its own here"
