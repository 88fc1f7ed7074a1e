"""Policies in words."""

from __future__ import annotations

import pytest

from checker import rules, safeyaml
from checker.errors import UsageError
from checker.policy.explain import example, explain_check, list_checks
from checker.policy.load import collect


@pytest.mark.parametrize("check_id", rules.check_ids())
def test_the_page_of_a_check_says_everything(check_id: str) -> None:
    page = explain_check(check_id)

    for heading in ("What it checks\n---", "Why it matters\n---", "How to fix\n---", "Parameters\n---", "Example\n---"):
        assert heading in page
    for info in rules.by_id(check_id).parameters():
        assert f"\n{info.name}\n    " in page
    assert page.count("stricter: ") == len(rules.by_id(check_id).parameters())
    assert page.endswith("\n")


def test_a_parameter_says_unit_default_bounds_and_direction() -> None:
    page = explain_check("synthetic-cap")

    assert "(required; at least 0; at most 1; unit share; stricter: lower)" in page
    assert "(default machine; one of prior, machine; stricter: towards machine)" in page
    assert "(default [dataset, shard]; any of dataset, shard, domain, language, source; stricter: more members)" in page


@pytest.mark.parametrize("check_id", rules.check_ids())
def test_the_example_is_a_policy_that_loads(check_id: str) -> None:
    text = example(rules.by_id(check_id)).encode()

    assert collect({"example.yaml": text}).faults == ()
    assert safeyaml.load(text, "example.yaml").data is not None


def test_an_unknown_check_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="synthetic_cap is not a check; did you mean synthetic-cap"):
        explain_check("synthetic_cap")


def test_the_list_names_every_check_with_its_demand() -> None:
    rows = list_checks()

    assert [name for name, _ in rows] == list(rules.check_ids())
    assert all(words and not words.endswith(".") for _, words in rows)
